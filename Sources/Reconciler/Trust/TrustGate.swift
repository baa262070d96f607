import Foundation
import GitStore
import Manifests
import Model
import TenantStore

/// Decides whether a commit is signed as this home and its applied policies ask, before anything of it is read.
struct TrustGate: Sendable {
    /// The setting that holds the commit of `init --at`.
    static let sealSetting = "trust.seal"

    let context: HomeContext
    let mirror: Mirror

    enum Verdict: Sendable {
        /// `signer` verified the newest commit; `nil` where nothing asked for that.
        case accepted(signer: String?)
        case refused(TrustRefusal)
    }

    /// - Parameter recording: whether the time of commits that were not seen before may be written down. It is, before
    ///   they are judged: a second look must not find other keys valid than the first.
    func judge(_ revision: Revision, applied: Revision?, recording: Bool) async throws -> Verdict {
        if let applied, applied.commit == revision.commit { return .accepted(signer: applied.signer) }
        let policies = try await context.store.resources(kind: .policy)
        let rules = try TrustRules(floor: context.configuration.signatures, policies: policies)
        let seal = applied == nil ? try await seal() : nil
        if let seal, try await !descends(revision.commit, from: seal) {
            return .refused(.rewritten(revision, from: seal, what: "the seal that this home was made with"))
        }
        if let applied, try await !mirror.isAncestor(applied.commit, of: revision.commit) {
            // Where signatures are asked for, only a signed word would do, and there is none yet.
            guard rules.askForNothing,
                try await HistoryAcknowledgement.covers(
                    revision, applied: applied, store: context.store, mirror: mirror)
            else {
                return .refused(.rewritten(revision, from: applied.commit, what: "the applied commit"))
            }
        }
        if rules.askForNothing { return .accepted(signer: nil) }
        return try await judge(try await claims(rules, to: revision, after: applied?.commit ?? seal), tip: revision, recording)
    }

    /// A commit with what it must satisfy.
    private struct Claim: Sendable {
        var revision: Revision
        var demands: [TrustRules.Demand]
    }

    /// Each commit is compared with the one before it, the first with the last accepted one: so their differences add up
    /// to everything that would change, also where a merge took the accepted commit in from the side.
    private func claims(_ rules: TrustRules, to tip: Revision, after base: GitObjectID?) async throws -> [Claim] {
        var claims: [Claim] = []
        var previous = base
        for commit in try await mirror.firstParents(after: base, to: tip.commit) {
            let before = previous
            let demands = try await rules.demands(isTip: commit.commit == tip.commit) {
                try await mirror.changedPaths(from: before, to: commit.commit)
            }
            if !demands.isEmpty { claims.append(Claim(revision: commit, demands: demands)) }
            previous = commit.commit
        }
        return claims
    }

    private func judge(_ claims: [Claim], tip: Revision, _ recording: Bool) async throws -> Verdict {
        guard !claims.isEmpty else { return .accepted(signer: nil) }
        let seen = try await firstSeen(claims.map(\.revision), recording: recording)
        var verifier = try CommitVerifier(home: context.home, mirror: mirror)
        let roles = try roles(for: claims)
        var signer: String?
        for (claim, seenAt) in zip(claims, seen) {
            switch try await verifier.verify(claim.revision.commit, seenAt: seenAt) {
            case .unsigned:
                return .refused(.unsigned(claim.revision, claim.demands[0]))
            case .invalid(let why):
                return .refused(.invalid(claim.revision, claim.demands[0], why: why, seenAt: seenAt))
            case .signed(let principals):
                for demand in claim.demands where !demand.roles.isEmpty {
                    let holders = demand.roles.flatMap { roles[$0] ?? [] }
                    guard principals.contains(where: holders.contains) else {
                        return .refused(.unauthorised(claim.revision, demand, by: principals, holders: holders))
                    }
                }
                if claim.revision.commit == tip.commit { signer = principals.first }
            }
        }
        return .accepted(signer: signer)
    }

    /// When each commit was first seen; those that were not are seen now.
    private func firstSeen(_ revisions: [Revision], recording: Bool) async throws -> [String] {
        let now = context.clock.now()
        return try await context.store.perform { store in
            let seen = try revisions.map { try store.firstSeen($0.commit) }
            if recording {
                try store.record(
                    zip(revisions, seen).filter { $0.1 == nil }.map {
                        RevisionRecord(revision: $0.0, firstSeen: now, outcome: .progressing, changes: 0)
                    })
            }
            return seen.map { $0 ?? now }
        }
    }

    /// Role → principals, read only where a rule asks for one.
    private func roles(for claims: [Claim]) throws -> [String: [String]] {
        guard claims.contains(where: { $0.demands.contains { !$0.roles.isEmpty } }) else { return [:] }
        guard let bytes = FileManager.default.contents(atPath: context.home.roles) else {
            throw TrustError.unreadable(path: context.home.roles)
        }
        return try TrustRoles.parse(Array(bytes)).principals
    }

    private func seal() async throws -> GitObjectID? {
        try await context.store.setting(Self.sealSetting).flatMap { GitObjectID(hex: $0) }
    }

    /// A seal that the branch never contained is not in the mirror at all.
    private func descends(_ commit: GitObjectID, from seal: GitObjectID) async throws -> Bool {
        do {
            _ = try await mirror.revision(seal)
            return try await mirror.isAncestor(seal, of: commit)
        } catch GitStoreError.objectMissing {
            return false
        }
    }
}

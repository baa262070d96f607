import Foundation
import GitStore
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
            return .refused(.rewritten(revision, from: seal, what: "the seal that this home was made with", isSeal: true))
        }
        var base = applied?.commit ?? seal
        if let applied, try await !mirror.isAncestor(applied.commit, of: revision.commit) {
            let step = try await AcknowledgedStep.find(
                from: applied, to: revision, mustBeSigned: !rules.askForNothing, context: context, mirror: mirror)
            guard let step else { return .refused(.rewritten(revision, from: applied.commit, what: "the applied commit")) }
            if let refusal = try await refusal(of: step, rules, applied: applied, revision) { return .refused(refusal) }
            base = step.base
        }
        if rules.askForNothing { return .accepted(signer: nil) }
        let claims = try await claims(rules, to: revision, after: base)
        guard !claims.isEmpty else { return .accepted(signer: nil) }
        let now = context.clock.now()
        let seen = try await context.store.perform { store in
            try FirstSeen.times(
                of: claims.map(\.revision), after: applied?.commit, now: now, recording: recording, in: store)
        }
        var judge = try ClaimJudge(claims, home: context.home, mirror: mirror, base: base)
        var signer: String?
        for (claim, seenAt) in zip(claims, seen) {
            switch try await judge.judge(claim, seenAt: seenAt) {
            case .refused(let refusal): return .refused(refusal)
            case .accepted(let signers): signer = claim.revision.commit == revision.commit ? signers.first : nil
            }
        }
        return .accepted(signer: signer)
    }

    /// What those who acknowledged a rewrite may not answer for.
    private func refusal(
        of step: AcknowledgedStep, _ rules: TrustRules, applied: Revision, _ revision: Revision
    ) async throws -> TrustRefusal? {
        if rules.paths.isEmpty && rules.reviews.isEmpty { return nil }
        let roles = try ClaimJudge.roles(of: context.home)
        return step.refusal(
            rules, undone: try await mirror.changedPaths(from: applied.commit, to: step.base), roles: roles,
            people: try People(home: context.home, roles: roles), of: revision)
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

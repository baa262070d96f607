import Foundation
import GitStore
import Manifests
import Model

/// A commit of the line of first parents, with what it must satisfy.
struct Claim: Sendable {
    var revision: Revision
    /// Never empty.
    var demands: [TrustRules.Demand]
}

/// Judges commits one by one: each by its signature, and by who signed it.
struct ClaimJudge {
    enum Outcome: Sendable {
        /// All names under which the key is trusted.
        case accepted(signers: [String])
        case refused(TrustRefusal)
    }

    private let mirror: Mirror
    /// The last commit that counted before the line begins.
    private let base: GitObjectID?
    private let roles: [String: [String]]
    private let people: People
    private var verifier: CommitVerifier

    /// Reads roles and names only where one of the claims asks for them.
    init(_ claims: [Claim], home: TenantHome, mirror: Mirror, base: GitObjectID?) throws {
        let demands = claims.flatMap(\.demands)
        roles = demands.contains { !$0.roles.isEmpty || $0.review != nil } ? try Self.roles(of: home) : [:]
        people = demands.contains { $0.review != nil } ? try People(home: home, roles: roles) : People(AllowedSigners(""))
        verifier = try CommitVerifier(home: home, mirror: mirror)
        self.mirror = mirror
        self.base = base
    }

    /// Role → principals.
    static func roles(of home: TenantHome) throws -> [String: [String]] {
        guard let bytes = FileManager.default.contents(atPath: home.roles) else { throw TrustError.unreadable(path: home.roles) }
        return try TrustRoles.parse(Array(bytes)).principals
    }

    /// `seenAt` (RFC 3339, UTC) is the time at which keys must be valid.
    mutating func judge(_ claim: Claim, seenAt: String) async throws -> Outcome {
        let (revision, first) = (claim.revision, claim.demands[0])
        switch try await verifier.verify(revision.commit, seenAt: seenAt) {
        case .unsigned: return .refused(.unsigned(revision, first))
        case .invalid(let why): return .refused(.invalid(revision, first, why: why, seenAt: seenAt))
        case .signed(let principals):
            for demand in claim.demands {
                let holders = demand.roles.flatMap { roles[$0] ?? [] }
                guard demand.roles.isEmpty || principals.contains(where: holders.contains) else {
                    return .refused(.unauthorised(revision, demand, by: principals, holders: holders))
                }
                if let rule = demand.review, let why = try await missing(rule, revision, principals, seenAt) {
                    return .refused(.unreviewed(revision, demand, why: why))
                }
            }
            return .accepted(signers: principals)
        }
    }

    /// What a commit lacks of the reviews that are asked for; `nil` where it has them.
    private mutating func missing(
        _ rule: TrustRules.ReviewRule, _ revision: Revision, _ signers: [String], _ seenAt: String
    ) async throws -> String? {
        var merged: [Review.Signed] = []
        for commit in try await mirror.broughtIn(by: revision.commit, beyond: base) {
            guard rule.authorsSign else {
                merged.append(Review.Signed(revision: commit, signers: []))
                continue
            }
            // Seen with the merge at the latest: this host follows one branch.
            switch try await verifier.verify(commit.commit, seenAt: seenAt) {
            case .signed(let names): merged.append(Review.Signed(revision: commit, signers: names))
            case .unsigned: return "it merges \(commit.commit.short), which is not signed, so nobody knows who wrote that"
            case .invalid(let why): return "it merges \(commit.commit.short), whose signature is not accepted: \(why)"
            }
        }
        let isMerge = revision.parents.count > 1
        let isClean = isMerge ? try await mirror.isCleanMerge(revision.commit) : true
        let review = Review(
            of: Review.Signed(revision: revision, signers: signers), merged: merged, authorsSign: rule.authorsSign,
            isClean: isClean, people: people, roles: roles)
        guard review.reviewers.count < rule.minimum else { return nil }
        let authors = review.authors.sorted().prefix(5).joined(separator: ", ")
        return "\(review.reviewers.count) of \(rule.minimum) people other than its authors (\(authors)) answer for it; it is signed by "
            + signers.joined(separator: ", ") + (isClean ? "" : ", and changes more than it merges")
    }
}

import Digests
import Foundation
import GitStore
import Model
import TenantStore

/// A person's word that a rewritten branch is to be followed: from the applied commit to one that does not descend from it.
///
/// It is good for this one step. Once another commit is applied, it says nothing about a later rewrite, not even about
/// the same one. The settings keep every acknowledgement that was ever given.
public struct HistoryAcknowledgement: Codable, Hashable, Sendable {
    static let setting = "history.acknowledged"

    /// What was acknowledged: tenant, repository, branch, host, commits, reason and position.
    public var document: JSONValue
    /// Who said so: the signature's first principal, else whoever the command named.
    public var by: String
    /// `nil` where nothing asked for one and none was given.
    public var signature: PersonSignature?

    /// What is to be acknowledged now, before anybody has said so.
    public struct Proposal: Sendable {
        public var revision: Revision
        public var word: PersonalWord
        /// Whether the rules in force ask for signatures, so that this one must be signed too.
        public var mustBeSigned: Bool
        /// When the applied commit was first seen: nothing after it can have been seen earlier.
        var floor: String
    }

    /// Derives what a person would acknowledge; changes nothing but the mirror's view of the branch, where that is fetched.
    public static func propose(
        _ text: String, reason: String, context: HomeContext, mirror: Mirror, fetching: Bool
    ) async throws -> Proposal {
        guard let applied = try await context.store.status()?.applied else { throw RunError.nothingApplied }
        // The commit may be here already; where it is not and the remote does not answer, resolving it says so, and the
        // pass that follows tells what is wrong with the remote.
        if fetching { _ = try? await mirror.fetch() }
        let commit = try await mirror.resolve(text)
        guard try await !mirror.isAncestor(applied.commit, of: commit) else {
            throw AcknowledgementError.nothingRewritten(commit: commit, applied: applied.commit)
        }
        if let newest = try await mirror.newestCommit(), try await !mirror.isAncestor(commit, of: newest) {
            throw AcknowledgementError.branchMoved(commit: commit, newest: newest)
        }
        let rules = try TrustRules(
            floor: context.configuration.signatures, policies: try await context.store.resources(kind: .policy))
        let document = try await document(from: applied.commit, to: commit, reason: reason, context: context, mirror: mirror)
        return Proposal(
            revision: try await mirror.revision(commit), word: try PersonalWord(document, for: .history),
            mustBeSigned: !rules.askForNothing, floor: try await context.store.firstSeen(applied.commit) ?? "")
    }

    /// Writes it down; the next pass follows. Several people may acknowledge the same step.
    ///
    /// - Parameter signature: As `ssh-keygen -Y sign` makes it, over exactly the bytes of the proposal.
    public static func record(
        _ text: String, reason: String, by person: String, signature: String?, context: HomeContext, mirror: Mirror
    ) async throws -> (revision: Revision, acknowledgement: HistoryAcknowledgement) {
        let proposal = try await propose(text, reason: reason, context: context, mirror: mirror, fetching: true)
        let now = max(context.clock.now(), proposal.floor)
        var accepted: PersonSignature?
        if let signature {
            accepted = try await PersonVerifier(home: context.home).accept(signature, of: proposal.word, at: now)
        } else if proposal.mustBeSigned {
            throw PersonSignatureError.missing(purpose: .history)
        }
        let acknowledgement = HistoryAcknowledgement(
            document: proposal.word.document, by: accepted?.principals.first ?? person, signature: accepted)
        try await context.store.set(setting, to: try CanonicalJSON.string(JSONValue(encoding: acknowledgement)), at: now)
        try context.faults.reach(.acknowledgementRecorded)
        return (proposal.revision, acknowledgement)
    }

    /// Every acknowledgement that was given, newest first, with the time at which it was written down.
    public static func all(in store: TenantStore) async throws -> [(acknowledgement: HistoryAcknowledgement, at: String)] {
        try await store.settingHistory(setting).reversed().compactMap { record in
            guard let value = try? CanonicalJSON.decode(HistoryAcknowledgement.self, from: Array(record.value.utf8)) else { return nil }
            return (value, record.at)
        }
    }

    /// The one text of such a word. `position` counts the commits that this home has applied: a word that was given once is
    /// none when the same two commits meet again.
    static func document(
        from: GitObjectID, to: GitObjectID, reason: String, context: HomeContext, mirror: Mirror
    ) async throws -> JSONValue {
        guard let key = FileManager.default.contents(atPath: context.home.stampKeyPublic) else {
            throw HomeError.keyMissing(path: context.home.stampKeyPublic)
        }
        return [
            "version": 1, "tenant": .string(context.configuration.tenant), "repository": .string(mirror.remote.shownURL),
            "branch": .string(mirror.remote.branch),
            "host": .string(try VerifyingKey(openSSH: String(decoding: key, as: UTF8.self)).fingerprint),
            "position": .integer(Int64(try await context.store.applications())),
            "from": .string(from.hex), "to": .string(to.hex), "reason": .string(reason),
        ]
    }
}

/// Why a rewritten branch cannot be acknowledged.
public enum AcknowledgementError: AssayError, Equatable {
    case nothingRewritten(commit: GitObjectID, applied: GitObjectID)
    case branchMoved(commit: GitObjectID, newest: GitObjectID)

    public var reason: String {
        switch self {
        case .nothingRewritten: "NothingRewritten"
        case .branchMoved: "BranchMoved"
        }
    }

    public var message: String {
        switch self {
        case .nothingRewritten(let commit, let applied):
            "Commit \(commit.short) descends from the applied commit \(applied.short)"
        case .branchMoved(let commit, let newest):
            "The branch is at \(newest.short) now, which does not contain \(commit.short)"
        }
    }

    public var remedy: String {
        switch self {
        case .nothingRewritten: "There is nothing to acknowledge: 'assay reconcile' goes on by itself"
        case .branchMoved(_, let newest):
            "Look at it again; if it is right: assay acknowledge \(newest.short) --reason TEXT. A signature for another commit is void"
        }
    }
}

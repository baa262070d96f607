import Digests
import Foundation
import GitStore
import Model
import TenantStore

/// A person's word that a rewritten branch is to be followed: from the applied commit to one that does not descend from it.
///
/// It is good for this one step. Once the new line is applied, it says nothing about a later rewrite. The settings keep
/// every acknowledgement that was ever given.
public enum HistoryAcknowledgement {
    static let setting = "history.acknowledged"

    /// Writes it down; the next pass follows.
    public static func record(
        _ text: String, reason: String, by person: String, context: HomeContext, mirror: Mirror
    ) async throws -> Revision {
        guard let applied = try await context.store.status()?.applied else { throw RunError.nothingApplied }
        // The commit may be here already; where it is not and the remote does not answer, resolving it says so, and the
        // pass that follows tells what is wrong with the remote.
        _ = try? await mirror.fetch()
        let commit = try await mirror.resolve(text)
        guard try await !mirror.isAncestor(applied.commit, of: commit) else {
            throw AcknowledgementError.nothingRewritten(commit: commit, applied: applied.commit)
        }
        let rules = try TrustRules(
            floor: context.configuration.signatures, policies: try await context.store.resources(kind: .policy))
        guard rules.askForNothing else { throw AcknowledgementError.signatureNeeded(applied: applied.commit) }
        let value: JSONValue = [
            "from": .string(applied.commit.hex), "to": .string(commit.hex), "reason": .string(reason), "by": .string(person),
        ]
        try await context.store.set(setting, to: try CanonicalJSON.string(value), at: context.clock.now())
        return try await mirror.revision(commit)
    }

    /// Whether going from the applied commit to this one was acknowledged: to the commit itself, or to what was built on it.
    static func covers(_ revision: Revision, applied: Revision, store: TenantStore, mirror: Mirror) async throws -> Bool {
        guard let text = try await store.setting(setting), let value = try? CanonicalJSON.parse(Array(text.utf8)),
            value["from"]?.string == applied.commit.hex,
            let target = value["to"]?.string.flatMap({ GitObjectID(hex: $0) })
        else { return false }
        return try await mirror.isAncestor(target, of: revision.commit)
    }
}

/// Why a rewritten branch cannot be acknowledged.
public enum AcknowledgementError: AssayError, Equatable {
    case nothingRewritten(commit: GitObjectID, applied: GitObjectID)
    case signatureNeeded(applied: GitObjectID)

    public var reason: String {
        switch self {
        case .nothingRewritten: "NothingRewritten"
        case .signatureNeeded: "PolicyDenied"
        }
    }

    public var message: String {
        switch self {
        case .nothingRewritten(let commit, let applied):
            "Commit \(commit.short) descends from the applied commit \(applied.short)"
        case .signatureNeeded:
            "Signatures are required here, and an acknowledgement would have to be signed, which this version cannot do yet"
        }
    }

    public var remedy: String {
        switch self {
        case .nothingRewritten: "There is nothing to acknowledge: 'assay reconcile' goes on by itself"
        case .signatureNeeded(let applied):
            "Put the branch back to a commit that contains \(applied.short), and undo what was wrong with git revert"
        }
    }
}

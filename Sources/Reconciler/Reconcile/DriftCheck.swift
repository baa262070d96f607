import GitStore
import Manifests
import Model
import TenantStore

/// Compares everything that is deployed with the applied commit, and plans what puts it right.
///
/// Reading a whole commit takes as long as the workspace is large, so it is done where something could have changed:
/// when a process starts, and when another connection has written to the store. What this process writes is known.
struct DriftCheck: Sendable {
    let context: HomeContext
    let mirror: Mirror

    enum Finding: Sendable {
        case none
        case drift(Plan)
        /// The applied commit is no longer valid, as a newer version of this program may judge.
        case invalid([Problem])
    }

    func examine(_ applied: Revision) async throws -> Finding {
        let (isKnown, before) = try await context.store.perform { store in
            (try store.isKnownToMatch(applied.commit), try store.changesByOthers())
        }
        if isKnown { return .none }
        // A mirror that was begun anew has nothing yet to compare with: the fetch that follows changes that.
        guard try await mirror.newestCommit() != nil else { return .none }
        let desired: [Resource]
        do {
            let snapshot = try await mirror.snapshot(applied.commit)
            switch try ManifestLoader.load(snapshot, tenant: context.configuration.tenant) {
            case .loaded(let resources): desired = resources
            case .problems(let problems): return .invalid(problems)
            }
        } catch GitStoreError.treeRefused(_, let problems) {
            return .invalid(problems)
        }
        let changes = Differ.diff(desired: desired, observed: try await context.store.resources())
        guard changes.isEmpty else {
            let ordered = Planner.plan(from: applied.commit, to: applied, changes: changes).changes
            return .drift(Plan(from: applied.commit, to: applied, changes: ordered, purpose: .repair))
        }
        try await context.store.perform { $0.noteMatch(applied.commit, before: before) }
        return .none
    }
}

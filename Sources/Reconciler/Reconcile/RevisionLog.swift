import GitStore
import Model
import TenantStore

/// Writes down every commit of the branch that this host sees, and what becomes of it.
struct RevisionLog: Sendable {
    /// A commit that was deployed as part of a later one.
    static let superseded = "Superseded"

    let context: HomeContext
    let mirror: Mirror

    /// Notes the commits between what is applied and the new tip as seen now, before anything is judged.
    ///
    /// Where nothing is applied yet, or the tip does not descend from it, the tip alone: what else is there was never
    /// to be deployed.
    func see(_ tip: Revision, applied: Revision?) async throws {
        guard try await context.store.firstSeen(tip.commit) == nil else { return }
        let line = try await line(to: tip, after: applied?.commit)
        let now = context.clock.now()
        try await context.store.perform { store in
            _ = try FirstSeen.times(of: line, after: applied?.commit, now: now, recording: true, in: store)
        }
    }

    /// A commit that was applied, with those that it brought along.
    func applied(_ plan: Plan) async throws {
        var line = try await line(to: plan.to, after: plan.from).filter { $0.commit != plan.to.commit }
        // What was acknowledged or sealed was not on the way here.
        if let from = plan.from { line.removeAll { $0.commit == from } }
        for revision in line {
            try await note(
                revision, outcome: .ready, changes: 0, reason: Self.superseded,
                message: "deployed with \(plan.to.commit.hex)")
        }
        try await note(plan.to, outcome: .ready, changes: plan.changes.count)
    }

    /// Once, however often it is tried: a crash repeats the end of a pass, and a commit with problems is looked at again
    /// in every pass.
    func note(
        _ revision: Revision, outcome: ReconcileStatus.Outcome, changes: Int, reason: String = "", message: String = ""
    ) async throws {
        let now = context.clock.now()
        try await context.store.perform { store in
            let last = try store.revisions(of: revision.commit).last
            if let last, last.outcome == outcome, last.reason == reason { return }
            try store.record(
                RevisionRecord(
                    revision: revision, firstSeen: last?.firstSeen ?? now, outcome: outcome, changes: changes,
                    reason: reason, message: message))
        }
    }

    private func line(to tip: Revision, after base: GitObjectID?) async throws -> [Revision] {
        guard let base, try await mirror.isAncestor(base, of: tip.commit) else { return [tip] }
        return try await mirror.firstParents(after: base, to: tip.commit)
    }
}

import GitStore
import Manifests
import Model
import TenantStore

/// One pass: fetch, compare with what is applied, plan, apply.
///
/// Level-triggered: it looks only at the newest commit and at what is applied, never at how they came to differ.
public struct ReconcilePass: Sendable {
    let context: HomeContext
    let mirror: Mirror

    public init(_ context: HomeContext, mirror: Mirror) {
        self.context = context
        self.mirror = mirror
    }

    /// What a pass came to.
    public struct Result: Sendable {
        public var status: ReconcileStatus
        /// What was applied, or would be; empty when nothing differs or nothing may be applied.
        public var plan: Plan?
    }

    /// Finishes a plan that a crash interrupted. Runs before anything else looks at the store.
    /// - Returns: whether there was one.
    @discardableResult
    public func recover() async throws -> Bool {
        guard let unfinished = try await context.store.unfinishedPlan() else { return false }
        try await finish(unfinished.plan, id: unfinished.id)
        return true
    }

    /// Fetches and reconciles to the newest commit. What keeps it from doing so is in the status and thrown or
    /// reported; the last good commit stays applied in every case.
    public func run() async throws -> Result {
        let before = try await context.store.status()
        let newest: GitObjectID
        do {
            newest = try await mirror.fetch().tip
        } catch let error as any AssayError {
            try await note(error, attempted: nil, before: before)
            throw error
        }
        try context.faults.reach(.reconcileFetched)
        if let before, before.outcome == .ready, before.applied?.commit == newest {
            return Result(status: before, plan: nil)
        }
        let revision = try await mirror.revision(newest)
        let proposal: Proposal
        do {
            proposal = try await propose(revision, applied: before?.applied, recording: true)
        } catch let error as any AssayError {
            try await note(error, attempted: revision, before: before)
            throw error
        }
        switch proposal {
        case .refused(let reason, let message, let problems):
            let status = try await stall(
                revision, applied: before?.applied, reason: reason, message: message, problems: problems)
            return Result(status: status, plan: nil)
        case .plan(let plan):
            return Result(status: try await apply(plan), plan: plan)
        }
    }

    /// What reconciling to a commit would do; changes nothing. The same code as `run`.
    public func preview(_ revision: Revision) async throws -> Proposal {
        try await propose(revision, applied: try await context.store.status()?.applied, recording: false)
    }

    public enum Proposal: Sendable {
        case plan(Plan)
        case refused(reason: String, message: String, problems: [Problem])
    }

    private func propose(_ revision: Revision, applied: Revision?, recording: Bool) async throws -> Proposal {
        var revision = revision
        switch try await TrustGate(context: context, mirror: mirror).judge(revision, applied: applied, recording: recording) {
        case .refused(let refusal):
            return .refused(reason: refusal.reason, message: refusal.message, problems: [refusal.problem])
        case .accepted(let signer):
            revision.signer = signer
        }
        let delta: Delta
        switch try await load(revision, applied: applied) {
        case .problems(let problems):
            let count = problems.count == 1 ? "1 problem" : "\(problems.count) problems"
            return .refused(
                reason: "ManifestInvalid", message: "commit \(revision.commit.short) has \(count)", problems: problems)
        case .changed(let found):
            delta = found
        }
        let touched = delta.upserts.map(\.key) + delta.deletes
        let observed = try await context.store.perform { store in
            try touched.compactMap { try store.resource($0) }
        }
        let changes = Differ.diff(desired: delta.upserts, observed: observed)
        if let refusal = versionRefusal(changes) { return refusal }
        return .plan(Planner.plan(from: applied?.commit, to: revision, changes: changes))
    }

    /// A workspace may use what only a later version understands.
    private func versionRefusal(_ changes: [Change]) -> Proposal? {
        for case let resource? in changes.map(\.resource) where resource.key.kind == .workspace {
            guard let minimum = resource.spec["minimumVersion"]?.string, !Product.satisfies(minimum) else { continue }
            let problem = Problem(
                file: resource.path, message: "asks for assay \(minimum), and this is \(Product.version)",
                remedy: "Install assay \(minimum) or later")
            return .refused(reason: "VersionTooOld", message: "the workspace needs a newer assay", problems: [problem])
        }
        return nil
    }

    /// Reads what differs from the applied commit, or everything where nothing is applied yet.
    private func load(_ revision: Revision, applied: Revision?) async throws -> ChangeResult {
        let tenant = context.configuration.tenant
        do {
            guard let applied else {
                switch try ManifestLoader.load(try await mirror.snapshot(revision.commit), tenant: tenant) {
                case .loaded(let resources): return .changed(Delta(upserts: resources))
                case .problems(let problems): return .problems(problems)
                }
            }
            let comparison = try await mirror.changes(from: applied.commit, to: revision.commit)
            if comparison.isEmpty { return .changed(Delta()) }
            let snapshot = try await mirror.snapshot(revision.commit, trusting: applied.commit)
            return try await context.store.perform { store in
                try ManifestLoader.loadChanged(
                    snapshot, changedPaths: comparison.paths, index: StoreIndex(store: store), tenant: tenant)
            }
        } catch GitStoreError.treeRefused(_, let problems) {
            return .problems(problems)
        }
    }

    private func apply(_ plan: Plan) async throws -> ReconcileStatus {
        // Kept before anything refers to it, so that no crash leaves a reference to a commit that may vanish.
        try await mirror.keep(plan.to.commit)
        let id = try await context.store.begin(plan: plan, at: context.clock.now())
        try context.faults.reach(.reconcilePlanWritten)
        return try await finish(plan, id: id)
    }

    @discardableResult
    private func finish(_ plan: Plan, id: Int64) async throws -> ReconcileStatus {
        let now = context.clock.now()
        try await context.store.applyAll(of: id)
        try context.faults.reach(.reconcileChangesApplied)
        let status = ReconcileStatus(
            attempted: plan.to, applied: plan.to, outcome: .ready, reason: "", message: "", problems: [], at: now)
        // The status first: a crash before the plan is finished repeats both, and neither minds.
        try await context.store.setStatus(status)
        try await record(plan.to, outcome: .ready, changes: plan.changes.count)
        try context.faults.reach(.reconcileBeforeFinish)
        try await context.store.finish(plan: id, status: .applied, at: now)
        try context.faults.reach(.reconcileFinished)
        return status
    }

    private func stall(
        _ revision: Revision, applied: Revision?, reason: String, message: String, problems: [Problem]
    ) async throws -> ReconcileStatus {
        let status = ReconcileStatus(
            attempted: revision, applied: applied, outcome: .stalled, reason: reason, message: message,
            problems: problems, at: context.clock.now())
        try await context.store.setStatus(status)
        try await record(revision, outcome: .stalled, changes: 0)
        return status
    }

    /// Writes why a pass could not go on; the applied commit stays.
    private func note(_ error: any AssayError, attempted: Revision?, before: ReconcileStatus?) async throws {
        let outcome: ReconcileStatus.Outcome = error.disposition == .stall ? .stalled : .waiting
        try await context.store.setStatus(
            ReconcileStatus(
                attempted: attempted ?? before?.attempted, applied: before?.applied, outcome: outcome,
                reason: error.reason, message: error.description, problems: [], at: context.clock.now()))
    }

    /// Once, however often it is tried: a crash repeats the end of a pass, and a commit with problems is looked at again
    /// in every pass.
    private func record(_ revision: Revision, outcome: ReconcileStatus.Outcome, changes: Int) async throws {
        if let last = try await context.store.revisions(limit: 1).first, last.revision.commit == revision.commit,
            last.outcome == outcome, last.changes == changes
        {
            return
        }
        let seen = try await context.store.firstSeen(revision.commit) ?? context.clock.now()
        try await context.store.record(
            RevisionRecord(revision: revision, firstSeen: seen, outcome: outcome, changes: changes))
    }
}

/// What is deployed, as the other half of an incremental load.
struct StoreIndex: ResourceIndex {
    let store: StoreDatabase

    func resource(_ key: ResourceKey) throws -> Resource? { try store.resource(key) }
    func referrers(to key: ResourceKey) throws -> [ResourceKey] { try store.referrers(to: key) }
    func resources(kind: ResourceKind, tenant: String?) throws -> [Resource] {
        try store.resources(kind: kind, tenant: tenant)
    }
}

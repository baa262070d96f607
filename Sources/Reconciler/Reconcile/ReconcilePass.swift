import GitStore
import Manifests
import Model
import TenantStore

/// One pass: compare the store with what is applied, fetch, compare that with the newest commit, plan, apply.
///
/// Level-triggered: it looks only at the newest commit and at what is applied, never at how they came to differ.
public struct ReconcilePass: Sendable {
    let context: HomeContext
    let mirror: Mirror
    private let checker: any PromotionChecking
    private let log: RevisionLog

    public init(_ context: HomeContext, mirror: Mirror, checker: (any PromotionChecking)? = nil) {
        self.context = context
        self.mirror = mirror
        self.checker = checker ?? ScenarioCheck(context, mirror: mirror)
        log = RevisionLog(context: context, mirror: mirror)
    }

    /// What a pass came to.
    public struct Result: Sendable {
        public var status: ReconcileStatus
        /// What was applied, or would be; empty when nothing differs or nothing may be applied.
        public var plan: Plan?
        /// What of the deployed state differed from its commit, and was put right before anything else.
        public var repaired: [Change] = []
        /// Deployments that do not serve the applied commit now.
        public var holds: [DeploymentHold] = []
    }

    /// Why a commit is not applied.
    public struct Refusal: Sendable, Equatable {
        public var reason: String
        public var message: String
        public var problems: [Problem]
    }

    public enum Proposal: Sendable {
        case plan(Plan)
        case refused(Refusal)
    }

    /// Finishes a plan that a crash interrupted. Runs before anything else looks at the store.
    /// - Returns: whether there was one.
    @discardableResult
    public func recover() async throws -> Bool {
        guard let unfinished = try await context.store.unfinishedPlan() else { return false }
        try await finish(unfinished.plan, id: unfinished.id)
        return true
    }

    /// Repairs the deployed state, fetches and reconciles to the newest commit. What keeps it from doing so is in the
    /// status and thrown or reported; the last good commit stays applied in every case.
    public func run() async throws -> Result {
        let before = try await context.store.status()
        let repaired: [Change]
        let newest: GitObjectID
        do {
            repaired = try await repair(before)
            newest = try await mirror.fetch().tip
        } catch let error as any AssayError {
            try await note(error, attempted: nil, before: before)
            throw error
        }
        try context.faults.reach(.reconcileFetched)
        let held = try await context.store.holds()
        if let before, before.outcome == .ready, before.applied?.commit == newest, !held.contains(where: \.isPassing) {
            return Result(status: before, repaired: repaired, holds: held)
        }
        try await HomeLog(context).noteSettings(trustRoot: try TrustRoot.keep(context))
        let revision = try await mirror.revision(newest)
        try await log.see(revision, applied: before?.applied)
        let proposal: Proposal
        do {
            proposal = try await propose(revision, applied: before?.applied, recording: true)
        } catch let error as any AssayError {
            try await note(error, attempted: revision, before: before)
            throw error
        }
        switch proposal {
        case .refused(let refusal):
            let status = try await stall(revision, applied: before?.applied, refusal)
            return Result(status: status, repaired: repaired, holds: held)
        case .plan(let plan):
            // Looked at again after a failure that has passed, or for the sake of a hold, and nothing has come of it.
            if let applied = before?.applied, applied.commit == newest, plan.changes.isEmpty, plan.holds == held {
                let status = ready(applied)
                try await context.store.setStatus(status)
                return Result(status: status, repaired: repaired, holds: held)
            }
            let status = try await apply(plan)
            return Result(status: status, plan: plan, repaired: repaired, holds: plan.holds ?? [])
        }
    }

    /// What reconciling to a commit would do; changes nothing, and runs nothing. The same code as `run`, but for the
    /// check of changed code.
    public func preview(_ revision: Revision) async throws -> Proposal {
        try await propose(revision, applied: try await context.store.status()?.applied, recording: false)
    }

    // MARK: - From a commit to a plan

    private func propose(_ revision: Revision, applied: Revision?, recording: Bool) async throws -> Proposal {
        var revision = revision
        switch try await TrustGate(context: context, mirror: mirror).judge(revision, applied: applied, recording: recording) {
        case .refused(let refusal):
            return .refused(
                Refusal(reason: refusal.reason, message: refusal.message, problems: [refusal.problem]))
        case .accepted(let signer):
            revision.signer = signer
        }
        if let refusal = emptyRefusal(revision) { return .refused(refusal) }
        let delta: Delta
        switch try await load(revision, applied: applied) {
        case .problems(let problems): return .refused(invalid(revision, problems))
        case .changed(let found): delta = found
        }
        let touched = delta.upserts.map(\.key) + delta.deletes
        let observed = try await context.store.perform { store in
            try touched.compactMap { try store.resource($0) }
        }
        let changes = Differ.diff(desired: delta.upserts, observed: observed)
        if let refusal = versionRefusal(changes) { return .refused(refusal) }
        if let refusal = try await pruneRefusal(changes, observed: observed) { return .refused(refusal) }
        var plan = Planner.plan(from: applied?.commit, to: revision, changes: changes)
        if recording {
            let planner = HoldPlanner(context: context, mirror: mirror, checker: checker)
            switch try await planner.judge(changes, to: revision, applied: applied) {
            case .problems(let problems): return .refused(invalid(revision, problems))
            case .holds(let holds): plan.holds = holds
            }
        }
        return .plan(plan)
    }

    private func invalid(_ revision: Revision, _ problems: [Problem]) -> Refusal {
        let count = problems.count == 1 ? "1 problem" : "\(problems.count) problems"
        return Refusal(
            reason: "ManifestInvalid", message: "commit \(revision.commit.short) has \(count)", problems: problems)
    }

    /// A commit without a single file is a mistake of its own kind: nothing in it could be corrected.
    private func emptyRefusal(_ revision: Revision) -> Refusal? {
        guard revision.tree == .emptyTree else { return nil }
        let problem = Problem(
            file: "workspace.yaml", message: "commit \(revision.commit.short) holds no file at all",
            remedy: "Undo it with git revert, or push the branch that was meant")
        return Refusal(reason: "TreeEmpty", message: problem.message, problems: [problem])
    }

    private func pruneRefusal(_ changes: [Change], observed: [Resource]) async throws -> Refusal? {
        let deleted = Set(changes.filter { $0.action == .delete }.map(\.key))
        guard !deleted.isEmpty else { return nil }
        let limits = context.configuration.prune
        let guarding = try await context.store.perform { store in
            PruneGuard(
                limits: limits, deployed: Set(try store.keys().filter(\.kind.belongsToTenant)),
                unfinished: try store.deploymentsWithUnfinishedRuns())
        }
        return guarding.refusal(changes, deleted: observed.filter { deleted.contains($0.key) })
    }

    /// A workspace may use what only a later version understands.
    private func versionRefusal(_ changes: [Change]) -> Refusal? {
        for case let resource? in changes.map(\.resource) where resource.key.kind == .workspace {
            guard let minimum = resource.spec["minimumVersion"]?.string, !Product.satisfies(minimum) else { continue }
            let problem = Problem(
                file: resource.path, message: "asks for assay \(minimum), and this is \(Product.version)",
                remedy: "Install assay \(minimum) or later")
            return Refusal(reason: "VersionTooOld", message: "the workspace needs a newer assay", problems: [problem])
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

    // MARK: - From a plan to the store

    /// What differs from the applied commit is put right, whatever the newest commit is and whether the remote answers.
    private func repair(_ before: ReconcileStatus?) async throws -> [Change] {
        guard let applied = before?.applied else { return [] }
        switch try await DriftCheck(context: context, mirror: mirror).examine(applied) {
        case .none:
            return []
        case .drift(let plan):
            _ = try await apply(plan)
            return plan.changes
        case .invalid(let problems):
            // A newer version of this program may refuse what an older one accepted. It serves on until a commit mends it.
            var refusal = invalid(applied, problems)
            refusal.message += " for this version of assay, which were none when it was applied"
            try await stall(applied, applied: applied, refusal)
            return []
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
        let ready = ready(plan.to)
        // A repair says nothing about where reconciling stands.
        try await context.store.applyAll(of: id, status: plan.repairs ? nil : ready)
        try context.faults.reach(.reconcileChangesApplied)
        if !plan.repairs { try await log.applied(plan) }
        try context.faults.reach(.reconcileBeforeFinish)
        try await context.store.perform { store in
            try store.finish(plan: id, status: .applied, at: now)
            if !plan.repairs { store.carryMatch(from: plan.from, to: plan.to.commit) }
        }
        try context.faults.reach(.reconcileFinished)
        return plan.repairs ? try await context.store.status() ?? ready : ready
    }

    private func ready(_ revision: Revision) -> ReconcileStatus {
        ReconcileStatus(
            attempted: revision, applied: revision, outcome: .ready, reason: "", message: "", problems: [],
            at: context.clock.now())
    }

    @discardableResult
    private func stall(_ revision: Revision, applied: Revision?, _ refusal: Refusal) async throws -> ReconcileStatus {
        let status = ReconcileStatus(
            attempted: revision, applied: applied, outcome: .stalled, reason: refusal.reason, message: refusal.message,
            problems: refusal.problems, at: context.clock.now())
        try await context.store.setStatus(status)
        try await log.note(
            revision, outcome: .stalled, changes: 0, reason: refusal.reason, message: refusal.message)
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

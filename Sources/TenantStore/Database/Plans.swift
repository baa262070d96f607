import Model

// A plan is written whole before its first effect, so that whoever starts next can finish it.
extension StoreDatabase {
    /// Writes a plan down; refuses while another is unfinished.
    public func begin(plan: Plan, at: String) throws -> Int64 {
        let text = try JSONColumn.text(plan)
        return try transaction {
            if let open = try connection.row("SELECT id FROM plans WHERE status = 'open'", read: { $0.integer(0) }) {
                throw StoreError.planUnfinished(id: open)
            }
            try connection.run(
                "INSERT INTO plans (plan, created_at, steps, to_commit) VALUES (?, ?, ?, ?)", .text(text), .text(at),
                .int(plan.changes.count), .text(plan.to.commit.hex))
            return connection.lastInsertedRow
        }
    }

    public func unfinishedPlan() throws -> UnfinishedPlan? {
        let open = try connection.row("SELECT id, next_step, created_at FROM plans WHERE status = 'open'") {
            (id: $0.integer(0), nextStep: $0.int(1), at: $0.text(2))
        }
        guard let open else { return nil }
        return UnfinishedPlan(id: open.id, plan: try plan(open.id), nextStep: open.nextStep, at: open.at)
    }

    /// A plan never changes, so its text is read once and not again for each of its steps.
    private func plan(_ id: Int64) throws -> Plan {
        if let lastPlan, lastPlan.id == id { return lastPlan.plan }
        let plan = try connection.row("SELECT plan FROM plans WHERE id = ?", .integer(id)) {
            try JSONColumn.value(Plan.self, $0.text(0))
        }
        guard let plan else { throw StoreError.planUnknown(id: id) }
        lastPlan = (id, plan)
        return plan
    }

    /// Applies one step and advances the plan, in one transaction; a step that was applied before is left as it is.
    public func apply(step: Int, of plan: Int64) throws {
        try transaction {
            let open = try openPlan(plan)
            guard step >= 0, step <= open.nextStep, step < open.plan.changes.count else {
                throw StoreError.planStepOutOfOrder(
                    id: plan, step: step, next: open.nextStep, count: open.plan.changes.count)
            }
            guard step == open.nextStep else { return }
            try carryOut(open.plan.changes[step], of: open)
            try advance(plan, to: step + 1)
        }
    }

    /// Applies all steps that are left, with the holds and the status that belong to them, in one transaction: nothing
    /// ever sees the new state without what is withheld of it.
    public func applyAll(of plan: Int64, status: ReconcileStatus?) throws {
        try transaction {
            let open = try openPlan(plan)
            for change in open.plan.changes[open.nextStep...] { try carryOut(change, of: open) }
            if let holds = open.plan.holds { try replaceHolds(holds) }
            if let status { try setStatus(status) }
            try advance(plan, to: open.plan.changes.count)
        }
    }

    private func carryOut(_ change: Change, of open: UnfinishedPlan) throws {
        if open.plan.repairs { try keepRepaired(change, commit: open.plan.to.commit, at: open.at) }
        try write(change, commit: open.plan.to.commit)
    }

    /// The plan that brought a commit in, if one did: what the commit changed here.
    public func appliedPlan(to commit: GitObjectID) throws -> Plan? {
        try connection.row(
            "SELECT plan FROM plans WHERE to_commit = ? AND status = 'applied' ORDER BY id LIMIT 1", .text(commit.hex)
        ) { try JSONColumn.value(Plan.self, $0.text(0)) }
    }

    /// Ends a plan; it counts as applied only when every step is.
    public func finish(plan: Int64, status: PlanStatus, at: String) throws {
        try transaction {
            let open = try openPlan(plan)
            guard status == .abandoned || open.nextStep == open.plan.changes.count else {
                throw StoreError.planStepOutOfOrder(
                    id: plan, step: open.plan.changes.count, next: open.nextStep, count: open.plan.changes.count)
            }
            try connection.run(
                "UPDATE plans SET status = ?, finished_at = ? WHERE id = ?", .text(status.rawValue), .text(at),
                .integer(plan))
        }
    }

    private func openPlan(_ id: Int64) throws -> UnfinishedPlan {
        guard let open = try unfinishedPlan(), open.id == id else { throw StoreError.planUnknown(id: id) }
        return open
    }

    private func advance(_ plan: Int64, to step: Int) throws {
        try connection.run("UPDATE plans SET next_step = ? WHERE id = ?", .int(step), .integer(plan))
    }
}

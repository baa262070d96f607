import Model

/// Orders changes so that at every step what a resource needs is already there.
public enum Planner {
    /// Creates and updates go from what is referred to towards what refers; deletes follow in the opposite order.
    public static func plan(from: GitObjectID?, to revision: Revision, changes: [Change]) -> Plan {
        let writes = changes.filter { $0.action != .delete }.sorted { order($0, before: $1) }
        let deletes = changes.filter { $0.action == .delete }.sorted { order($1, before: $0) }
        return Plan(from: from, to: revision, changes: writes + deletes)
    }

    private static func order(_ a: Change, before b: Change) -> Bool {
        (rank(a.key.kind), a.key) < (rank(b.key.kind), b.key)
    }

    /// A kind refers only to kinds of a lower rank.
    private static func rank(_ kind: ResourceKind) -> Int {
        switch kind {
        case .workspace: 0
        case .policy, .chartOfAccounts, .calendar, .agent, .notificationChannel, .capabilities: 1
        case .tenant, .runbook: 2
        case .entity: 3
        case .deployment: 4
        case .schedule: 5
        }
    }
}

import Model

/// That a person stopped, or started again, a deployment or a schedule on this host.
public struct Suspension: Hashable, Sendable {
    public var target: SuspensionTarget
    /// `false` where this is the end of one.
    public var isSuspended: Bool
    /// Who, such as `user ada`.
    public var by: String
    public var reason: String
    /// RFC 3339, UTC.
    public var at: String

    public init(target: SuspensionTarget, isSuspended: Bool, by: String, reason: String, at: String) {
        self.target = target
        self.isSuspended = isSuspended
        self.by = by
        self.reason = reason
        self.at = at
    }

    /// `since 2026-04-01T08:00:00.000Z by user ada: audit`.
    public var account: String { "since \(at) by \(by)" + (reason.isEmpty ? "" : ": \(reason)") }
}

/// What can be suspended on a host.
public struct SuspensionTarget: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// `deployment` or `schedule`.
    public let kind: ResourceKind
    public let name: String

    private init(_ kind: ResourceKind, _ name: String) {
        self.kind = kind
        self.name = name
    }

    public static func deployment(_ name: String) -> SuspensionTarget { SuspensionTarget(.deployment, name) }
    public static func schedule(_ name: String) -> SuspensionTarget { SuspensionTarget(.schedule, name) }

    /// `schedule/nav-close`, as it can be typed.
    public var description: String { "\(kind.rawValue.lowercased())/\(name)" }

    public static func < (a: Self, b: Self) -> Bool { (a.kind, a.name) < (b.kind, b.name) }
}

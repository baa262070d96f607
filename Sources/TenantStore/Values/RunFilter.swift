import Model

/// Which runs a list is about; what is `nil` does not matter.
public struct RunFilter: Hashable, Sendable {
    public var deployment: String?
    public var entity: String?
    public var period: Period?
    public var state: RunState?

    public init(deployment: String? = nil, entity: String? = nil, period: Period? = nil, state: RunState? = nil) {
        self.deployment = deployment
        self.entity = entity
        self.period = period
        self.state = state
    }
}

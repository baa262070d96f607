import Model
import TenantStore

/// What a coordinator tells whoever watches it, at once and in order.
public enum RunNotice: Sendable {
    /// An attempt begins; it takes at most the limits' time.
    case started(RunRow, limits: Limits)
    /// The run ended, or waits: as it stands now.
    case left(RunRow)
}

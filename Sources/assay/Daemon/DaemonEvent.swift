import Model
import Reconciler
import Synchronization
import TenantStore

/// Something that happened in the daemon, for whoever has to do with it.
enum DaemonEvent: Sendable {
    /// A pass came to an end; with a plan where it applied one.
    case passed(ReconcileStatus, plan: Plan?)
    case passFailed(any Error)
    /// A command changed the home, or may have.
    case commanded(String)
    case decided([FiringRecord])
    case released([FiringKey])
    case attempted(FiringRunKey, FiringRunner.Result)
    /// An attempt that could not even be recorded; it is made again.
    case attemptFailed(FiringRunKey, any Error)
    case runStarted(RunRow, limits: Limits)
    /// A run ended, or waits for an answer.
    case runLeft(RunRow)
    case reloaded
}

/// Tells every observer of everything that happens, as it happens.
///
/// Observers are called where it happened and must not wait for anything: they count, and ring bells.
final class DaemonEvents: Sendable {
    typealias Observer = @Sendable (DaemonEvent) -> Void
    private let observers = Mutex<[Observer]>([])

    func observe(_ observer: @escaping Observer) { observers.withLock { $0.append(observer) } }
    func send(_ event: DaemonEvent) { for observer in observers.withLock({ $0 }) { observer(event) } }
}

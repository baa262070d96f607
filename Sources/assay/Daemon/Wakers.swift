import Model
import Reconciler
import Synchronization

/// The watchers of this home's remote; made anew when the settings are read again.
final class Wakers: Sendable {
    private let factories: [DaemonParts.WakerFactory]
    private let core: DaemonCore
    private let wake: @Sendable (String) -> Void
    private let running = Mutex<[any Waker]>([])

    init(_ factories: [DaemonParts.WakerFactory], core: DaemonCore, wake: @escaping @Sendable (String) -> Void) {
        self.factories = factories
        self.core = core
        self.wake = wake
    }

    /// One that cannot watch is logged and left out: the poll finds everything, only later.
    func restart() {
        stop()
        let context = core.home.context
        let made = factories.compactMap { factory -> (any Waker)? in
            do {
                return try factory(context, wake)
            } catch {
                core.log.error("waker-failed", error)
                return nil
            }
        }
        running.withLock { $0 = made }
    }

    func stop() {
        let stopped = running.withLock { running in
            defer { running = [] }
            return running
        }
        stopped.forEach { $0.stop() }
    }
}

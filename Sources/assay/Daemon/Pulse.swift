import Synchronization

/// Whether every loop of the daemon gets on: each says how soon it will be heard of again.
///
/// The service manager's watchdog is fed from this and not from a timer, so that a daemon with a stuck loop is restarted.
final class Pulse: Sendable {
    private let deadlines = Mutex<[String: ContinuousClock.Instant]>([:])

    /// The loop is heard of again within that time.
    func expect(_ loop: String, within duration: Duration) {
        deadlines.withLock { $0[loop] = .now + duration }
    }

    /// The loop waits for work; nothing is expected of it.
    func rest(_ loop: String) { deadlines.withLock { $0[loop] = nil } }

    /// Loops that have been silent for too long, sorted.
    func overdue(at now: ContinuousClock.Instant = .now) -> [String] {
        deadlines.withLock { $0.filter { $0.value < now }.map(\.key).sorted() }
    }
}

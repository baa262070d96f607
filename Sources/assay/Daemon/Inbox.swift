import Synchronization

/// What the reconcile loop has to do, in order; wake-ups that wait already are one.
final class Inbox: Sendable {
    enum Event: Sendable {
        /// Why.
        case wake(String)
        case command(ControlServer.Connection)
        case stop
    }

    private struct State {
        var events: [Event] = []
        var waiter: CheckedContinuation<Event, Never>?
        var wakes = false
    }
    private let state = Mutex(State())

    func put(_ event: Event) {
        let resumed = state.withLock { state -> CheckedContinuation<Event, Never>? in
            if let waiter = state.waiter {
                state.waiter = nil
                return waiter
            }
            if case .wake = event {
                guard !state.wakes else { return nil }
                state.wakes = true
            }
            // Stopping comes before whatever else waits.
            if case .stop = event { state.events.insert(event, at: 0) } else { state.events.append(event) }
            return nil
        }
        resumed?.resume(returning: event)
    }

    /// The next event; only the loop asks.
    func next() async -> Event {
        await withCheckedContinuation { continuation in
            let event = state.withLock { state -> Event? in
                guard !state.events.isEmpty else {
                    state.waiter = continuation
                    return nil
                }
                let event = state.events.removeFirst()
                if case .wake = event { state.wakes = false }
                return event
            }
            if let event { continuation.resume(returning: event) }
        }
    }

    /// The commands that nobody will carry out any more.
    func abandon() -> [ControlServer.Connection] {
        state.withLock { state in
            defer { state.events = [] }
            return state.events.compactMap { if case .command(let connection) = $0 { connection } else { nil } }
        }
    }
}

import Foundation
import Synchronization

/// Lets one task wait until somebody rings, or until a moment comes. Rings before the wait are kept, as one.
final class Bell: Sendable {
    private struct State {
        var isRung = false
        var waiter: CheckedContinuation<Bool, Never>?
        /// Number of the wait, so that the timer of an earlier one wakes nobody.
        var wait = 0
    }
    private let state = Mutex(State())

    func ring() {
        let waiter = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            defer { state.waiter = nil }
            if state.waiter == nil { state.isRung = true }
            return state.waiter
        }
        waiter?.resume(returning: true)
    }

    /// Waits until the clock on the wall shows `date`, also where it is set meanwhile.
    /// - Returns: whether it was rung; otherwise the moment has come.
    func wait(until date: Date) async -> Bool {
        let seconds = date.timeIntervalSince1970
        let whole = seconds.rounded(.down)
        let time = timespec(tv_sec: Int(whole), tv_nsec: Int((seconds - whole) * 1e9))
        return await wait { $0.schedule(wallDeadline: DispatchWallTime(timespec: time), leeway: .nanoseconds(0)) }
    }

    func wait(for duration: Duration) async -> Bool {
        let seconds = max(0, duration / .seconds(1))
        return await wait { $0.schedule(deadline: .now() + seconds) }
    }

    private func wait(_ schedule: (any DispatchSourceTimer) -> Void) async -> Bool {
        let timer = DispatchSource.makeTimerSource(queue: .global())
        schedule(timer)
        defer { timer.cancel() }
        return await withCheckedContinuation { continuation in
            let wait = state.withLock { state -> Int? in
                if state.isRung {
                    state.isRung = false
                    return nil
                }
                precondition(state.waiter == nil, "two tasks wait for one bell")
                state.waiter = continuation
                state.wait += 1
                return state.wait
            }
            if let wait { timer.setEventHandler { [self] in end(wait) } } else { continuation.resume(returning: true) }
            // Only now: a moment that has come already must find somebody waiting.
            timer.resume()
        }
    }

    private func end(_ wait: Int) {
        let waiter = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard state.wait == wait else { return nil }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: false)
    }
}

/// A door that opens once; whoever waits goes through then, and everybody after that at once.
final class Latch: Sendable {
    private let state = Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

    var isOpen: Bool { state.withLock { $0.isOpen } }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state -> Bool in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}

import Foundation
import GitStore
import Model
import TenantStore

// Taking what waits to where it belongs: at least once, until it has arrived.
extension StatusReporter {
    /// What became of one round.
    public struct Delivery: Sendable {
        public var delivered: [OutboxItem] = []
        /// What did not arrive, as it now waits.
        public var failed: [(item: OutboxItem, error: any AssayError)] = []
    }

    public enum Scope: Sendable {
        /// What is due.
        case due
        /// Everything that waits: a person has just set something right and wants to see it.
        case all
    }

    /// Tries to deliver what waits. Never throws for what goes wrong outside: it waits on, and longer each time. A second
    /// call meanwhile does nothing.
    ///
    /// - Parameter deadline: how long one push may take.
    public func deliver(_ scope: Scope = .due, deadline: Duration = .seconds(120)) async throws -> Delivery {
        var delivery = Delivery()
        guard !isDelivering else { return delivery }
        isDelivering = true
        defer { isDelivering = false }
        for kind in [OutboxItem.Kind.push, .hook] {
            let now = context.clock.date
            let horizon = HostClock.format(now.addingTimeInterval(2 * Self.longestWait))
            let due = scope == .due ? (now: HostClock.format(now), horizon: horizon) : nil
            for item in try await context.store.outbox(kind, due: due, limit: 20) {
                do {
                    let arrived = try await deliver(item, deadline: deadline)
                    try await context.store.delivered(
                        arrived, witness: try await witness(of: arrived), at: context.clock.now())
                    delivery.delivered.append(arrived)
                } catch let error as any AssayError where !(error is StoreError) {
                    delivery.failed.append((try await postpone(item, because: error), error))
                }
            }
        }
        return delivery
    }

    /// Delivers beside everything else that a daemon does: at once, whenever something was collected, and whenever a wait is
    /// over. Returns when its task is cancelled, which also ends a program that it is waiting for.
    ///
    /// - Parameter tell: called after each round that did something, for the log.
    public func run(_ tell: @Sendable (Result<Delivery, any Error>) -> Void) async {
        // What a person has set right before the start need not wait.
        var scope = Scope.all
        alarm.yield()
        defer { timer?.cancel() }
        for await _ in alarms {
            var wait: Duration?
            do {
                let delivery = try await deliver(scope)
                if !delivery.delivered.isEmpty || !delivery.failed.isEmpty { tell(.success(delivery)) }
                scope = .due
                wait = try await nextDelivery()
            } catch is CancellationError {
                return
            } catch {
                tell(.failure(error))
                wait = .seconds(60)
            }
            guard !Task.isCancelled else { return }
            guard let wait else { continue }
            let alarm = alarm
            timer?.cancel()
            timer = Task {
                try await Task.sleep(for: wait)
                alarm.yield()
            }
        }
    }

    /// How long until something that waits is due; `nil` where nothing waits.
    public func nextDelivery() async throws -> Duration? {
        guard let next = try await context.store.outboxDepth().next else { return nil }
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        guard let date = try? style.parse(next) else { return .zero }
        let seconds = min(date.timeIntervalSince(context.clock.date), Self.longestWait)
        return .milliseconds(max(0, Int64((seconds * 1000).rounded(.up))))
    }

    /// In seconds, but for the jitter.
    private static var longestWait: Double { 900 }

    /// - Returns: the item that has arrived, where another one took its place.
    private func deliver(_ item: OutboxItem, deadline: Duration) async throws -> OutboxItem {
        switch item.kind {
        case .push: return try await push(item, deadline: deadline)
        case .hook:
            guard let command = context.configuration.hooks.commitStatus else { return item }
            try await CommitStatusHook(command, home: context.home).run(item.payload)
            try context.faults.reach(.reportHookRun)
            return item
        }
    }

    /// Doubles from two seconds to a quarter of an hour; what only a person can set right waits that long at once.
    private func postpone(_ item: OutboxItem, because error: any AssayError) async throws -> OutboxItem {
        let longest = Self.longestWait
        let seconds = error.disposition == .stall ? longest : min(Double(2 << min(item.attempts, 16)), longest)
        let next = HostClock.format(context.clock.date.addingTimeInterval(seconds * jitter()))
        try await context.store.postpone(item, until: next, reason: error.reason, error: error.description)
        var waiting = item
        waiting.attempts += 1
        waiting.nextAttempt = next
        waiting.reason = error.reason
        waiting.error = error.description
        return waiting
    }
}

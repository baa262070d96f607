import Model

/// Something that the daemon does now and then, in a task of its own.
struct Chore: Sendable {
    let name: String
    /// The longest time between two times.
    let every: Duration
    /// The shortest time between two times.
    let pause: Duration
    /// Whether what happened is a reason to do it now.
    let wakesOn: @Sendable (DaemonEvent) -> Bool
    let body: @Sendable (DaemonCore) async throws -> Void
    /// Done once, when the daemon stops.
    let end: @Sendable () async -> Void

    init(
        name: String, every: Duration, pause: Duration = .seconds(1),
        wakesOn: @escaping @Sendable (DaemonEvent) -> Bool = { _ in false },
        body: @escaping @Sendable (DaemonCore) async throws -> Void, end: @escaping @Sendable () async -> Void = {}
    ) {
        self.name = name
        self.every = every
        self.pause = pause
        self.wakesOn = wakesOn
        self.body = body
        self.end = end
    }

    /// Does it until the task is cancelled. What goes wrong is logged, once for as long as it is the same; what is passing is
    /// tried again soon.
    func run(_ core: DaemonCore) async {
        await repeatUntilCancelled(core)
        await end()
    }

    private func repeatUntilCancelled(_ core: DaemonCore) async {
        let bell = Bell(), wakesOn = wakesOn
        core.events.observe { if wakesOn($0) { bell.ring() } }
        await core.ready.wait()
        var backoff = Backoff(), last: String?
        while !Task.isCancelled {
            var delay = every
            do {
                try await body(core)
                backoff.reset()
                last = nil
            } catch {
                if Task.isCancelled { return }
                if last != "\(error)" { core.log.error("chore-failed", error, ["chore": .string(name)]) }
                last = "\(error)"
                if (error as? any AssayError)?.disposition == .retry { delay = backoff.next(upTo: every) }
            }
            try? await Task.sleep(for: min(pause, delay))
            if Task.isCancelled { return }
            await withTaskCancellationHandler {
                _ = await bell.wait(for: delay)
            } onCancel: {
                bell.ring()
            }
        }
    }
}

import Foundation
import Model
import Reconciler
import Synchronization
import TenantStore

/// Watches the workspace repository and keeps the tenant reconciled to it, until it is told to stop.
///
/// One loop does one thing at a time: a pass, or a command that was handed over. Level-triggered: whatever woke it, a pass
/// looks at the newest commit only, so a burst of wake-ups is one pass.
struct Daemon: Sendable {
    enum Event: Sendable {
        case wake(String)
        case command(ControlServer.Connection)
        case reload
        case stop
    }

    let home: TenantHome
    let environment: [String: String]
    let log: DaemonLog
    let manager: ServiceManager
    private let inbox = Inbox()

    init(home: TenantHome, tenant: String, environment: [String: String]) {
        self.home = home
        self.environment = environment
        log = DaemonLog(tenant: tenant)
        manager = ServiceManager(environment: environment)
    }

    /// Returns when it was told to stop and what it was doing is finished. The caller holds the home's lock.
    func run() async throws {
        let server = try ControlServer(home: home)
        defer { server.stop() }
        let inbox = inbox
        server.start { inbox.put(.command($0)) }
        let signals = Signals(inbox)
        defer { signals.cancel() }
        let pulse = watchdog()
        defer { pulse?.cancel() }

        var context = try open()
        log.write("started", ["home": .string(home.path), "pid": .integer(Int64(getpid()))])
        manager.ready()
        var backoff = Backoff()
        await recover(context)
        var reason = "start"
        while true {
            let delay = await pass(context, because: reason, backoff: &backoff)
            let timer = Task {
                try await Task.sleep(for: delay)
                inbox.put(.wake("interval"))
            }
            defer { timer.cancel() }
            switch await serve(&context) {
            case .stop:
                manager.stopping()
                log.write("stopped")
                return
            case .wake(let why): reason = why
            case .reload, .command: reason = "reload"
            }
        }
    }

    private func open() throws -> HomeContext {
        try HomeContext.open(home, readOnly: false, faults: FaultInjection.points(environment))
    }

    /// Carries out commands until something asks for a pass or for the end.
    private func serve(_ context: inout HomeContext) async -> Event {
        while true {
            let event = await inbox.next()
            switch event {
            case .stop, .wake:
                return event
            case .reload:
                manager.reloading()
                do {
                    context = try open()
                    log.write("reloaded")
                } catch {
                    log.error("reload-failed", error)
                }
                manager.ready()
                return event
            case .command(let connection):
                if await execute(connection, context) { return .wake("notify") }
            }
        }
    }

    /// Runs a handed-over command. What it prints goes to whoever asked.
    /// - Returns: whether it only asks for a pass.
    private func execute(_ connection: ControlServer.Connection, _ context: HomeContext) async -> Bool {
        let words = connection.request.words
        if words.first == Commands.notifyName {
            connection.end(.done)
            return true
        }
        log.write("command", ["words": .array(words.map { .string($0) })])
        let console = Console(
            colours: connection.request.colours, output: { connection.send(.output($0)) },
            errors: { connection.send(.errors($0)) })
        let code = await Commands.$console.withValue(console) {
            await Commands.$held.withValue(context) { await App(console: console).execute(words) }
        }
        connection.end(code)
        return false
    }

    /// One pass; what goes wrong is logged and in the status, and never ends the daemon.
    /// - Returns: how long to wait for the next one.
    private func pass(_ context: HomeContext, because reason: String, backoff: inout Backoff) async -> Duration {
        let interval = Duration.seconds(context.configuration.poll.seconds)
        do {
            let result = try await ReconcilePass(context, mirror: try context.mirror()).run()
            backoff.reset()
            let commit = result.status.applied?.commit.hex ?? ""
            manager.status("\(result.status.outcome.rawValue) at \(commit.prefix(10))")
            if let plan = result.plan {
                log.write(
                    "reconciled",
                    ["commit": .string(commit), "changes": .integer(Int64(plan.changes.count)), "because": .string(reason)])
            } else if result.status.outcome != .ready {
                log.write(
                    "stalled",
                    [
                        "attempted": .string(result.status.attempted?.commit.hex ?? ""), "applied": .string(commit),
                        "reason": .string(result.status.reason), "message": .string(result.status.message),
                    ], level: "error")
            }
            return Backoff.jittered(interval)
        } catch {
            log.error("pass-failed", error)
            let retry = (error as? any AssayError)?.disposition == .retry
            return retry ? backoff.next(upTo: interval) : Backoff.jittered(interval)
        }
    }

    /// Finishes what a crash interrupted, before anything new.
    private func recover(_ context: HomeContext) async {
        do {
            let mirror = try context.mirror()
            if try await ReconcilePass(context, mirror: mirror).recover() { log.write("recovered-plan") }
            guard try await context.store.status()?.applied != nil else { return }
            let coordinator = try await RunCoordinator(context, mirror: mirror)
            let recovery = try await coordinator.recover()
            await coordinator.close()
            for run in recovery.finished {
                log.write("recovered-run", ["run": .string(run.id), "state": .string(run.state.rawValue)])
            }
            for problem in recovery.problems { log.write("recovery-problem", ["message": .string(problem)], level: "error") }
        } catch {
            log.error("recovery-failed", error)
        }
    }

    private func watchdog() -> Task<Void, any Error>? {
        guard let period = manager.watchdog else { return nil }
        let manager = manager
        return Task {
            while true {
                manager.alive()
                try await Task.sleep(for: period)
            }
        }
    }
}

/// Waits between attempts that fail in passing: doubling from one second, with jitter, never longer than the interval.
struct Backoff {
    private var failures = 0

    mutating func reset() { failures = 0 }

    mutating func next(upTo longest: Duration) -> Duration {
        defer { failures = min(failures + 1, 20) }
        return Self.jittered(min(.seconds(1 << min(failures, 16)), longest))
    }

    /// Five per cent either way, so that many daemons do not knock at one forge in step.
    static func jittered(_ duration: Duration) -> Duration { duration * Double.random(in: 0.95...1.05) }
}

/// What the loop has to do, in order; wake-ups that wait already are one.
final class Inbox: Sendable {
    private struct State {
        var events: [Daemon.Event] = []
        var waiter: CheckedContinuation<Daemon.Event, Never>?
        var wakes = false
    }
    private let state = Mutex(State())

    func put(_ event: Daemon.Event) {
        let resumed = state.withLock { state -> CheckedContinuation<Daemon.Event, Never>? in
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
    func next() async -> Daemon.Event {
        await withCheckedContinuation { continuation in
            let event = state.withLock { state -> Daemon.Event? in
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
}

/// SIGTERM and SIGINT stop, SIGHUP reloads; a second SIGTERM or SIGINT ends the process at once.
struct Signals {
    private let sources: [any DispatchSourceSignal]

    init(_ inbox: Inbox) {
        func source(_ number: Int32, _ body: @escaping @Sendable () -> Void) -> any DispatchSourceSignal {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler(handler: body)
            source.resume()
            return source
        }
        let asked = Atomic<Int>(0)
        let counter = Counter(asked: asked)
        let stop: @Sendable () -> Void = {
            // What a run has recorded is kept, and the next start finishes it.
            if counter.increment() > 1 { _exit(130) }
            inbox.put(.stop)
        }
        sources = [source(SIGTERM, stop), source(SIGINT, stop), source(SIGHUP) { inbox.put(.reload) }]
    }

    func cancel() { sources.forEach { $0.cancel() } }

    private final class Counter: Sendable {
        private let asked: Atomic<Int>
        init(asked: consuming Atomic<Int>) { self.asked = asked }
        func increment() -> Int { asked.add(1, ordering: .relaxed).newValue }
    }
}

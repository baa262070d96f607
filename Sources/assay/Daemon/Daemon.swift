import Foundation
import Model
import Reconciler
import TenantStore

/// Watches the workspace repository, keeps the tenant reconciled to it, and runs what schedules ask for, until it is told
/// to stop.
///
/// Only wiring: `ReconcileLoop` makes passes, `RunWorker` carries out runs, `ScheduleTicker` decides starts, chores do the
/// rest. They share the home and its mirror, tell each other of changes, and none waits for another.
struct Daemon: Sendable {
    let home: TenantHome
    let environment: [String: String]
    var parts = DaemonParts.standard
    var clock = HostClock()

    /// Returns when it was told to stop and the run in flight is finished. The caller holds the home's lock.
    func run() async throws {
        let context = try HomeContext.open(
            home, readOnly: false, clock: clock, faults: FaultInjection.points(environment))
        let core = DaemonCore(
            home: HeldHome(context), log: DaemonLog(tenant: context.configuration.tenant),
            manager: ServiceManager(environment: environment))
        // Before anything of this process is at work.
        do { try RunCoordinator.removeLeftovers(context) } catch { core.log.error("recovery-failed", error) }
        let inbox = Inbox(), worker = RunWorker(core)
        let ticker = ScheduleTicker(core, worker: worker)
        let wakers = Wakers(parts.wakers, core: core) { inbox.put(.wake($0)) }
        let metrics = MetricsRecorder()
        core.events.observe { metrics.take($0, core) }
        parts.observers.forEach { core.events.observe($0) }
        let page = MetricsPage(core: core, recorder: metrics, worker: worker, more: parts.gauges)

        let server = try ControlServer(home: home)
        defer { server.stop() }
        server.start { Self.route($0, core: core, inbox: inbox, worker: worker) }
        let signals = Signals(
            stop: { core.stopping.open() },
            reload: {
                Self.reload(core)
                wakers.restart()
                inbox.put(.wake("reload"))
            })
        defer { signals.cancel() }
        core.log.write("started", ["home": .string(home.path), "pid": .integer(Int64(getpid()))])
        core.manager.ready()

        let passes = Task { await ReconcileLoop(core: core, inbox: inbox).run() }
        let runs = Task { await worker.run() }
        let ticks = Task { await ticker.run() }
        let chores = (parts.chores + [page.chore]).map { chore in Task { await chore.run(core) } }
        let watchdog = core.manager.watchdog.map { period in Task { await Watchdog(core: core, period: period).run() } }
        defer { watchdog?.cancel() }
        wakers.restart()

        await core.stopping.wait()
        core.manager.stopping()
        wakers.stop()
        chores.forEach { $0.cancel() }
        inbox.put(.stop)
        await ticker.wake()
        await worker.wake()
        // Whoever has not got as far as that waits for nothing else.
        core.ready.open()
        await ticks.value
        await runs.value
        // A pass that waits for a remote is left: whatever it has begun, the next start finishes.
        let isQuiet = await Self.wait(for: [passes] + chores, atMost: .seconds(10))
        inbox.abandon().forEach { HandedOver(core: core, connection: $0).refuse() }
        await page.writeLast()
        core.log.write("stopped")
        // The lock of the home must not be given back before what still goes on has ended: it ends with the process.
        if !isQuiet { exit(ExitCode.done.rawValue) }
    }

    /// Gives a command to whoever carries it out.
    private static func route(
        _ connection: ControlServer.Connection, core: DaemonCore, inbox: Inbox, worker: RunWorker
    ) {
        let command = HandedOver(core: core, connection: connection)
        guard !core.stopping.isOpen else { return command.refuse() }
        if command.words.first == Commands.notifyName {
            inbox.put(.wake("notify"))
            return connection.end(.done)
        }
        switch command.definition?.lane ?? .atOnce {
        case .passes: inbox.put(.command(connection))
        case .runs: Task { await worker.submit(command) }
        case .atOnce: Task { await command.carryOut() }
        }
    }

    private static func reload(_ core: DaemonCore) {
        core.manager.reloading()
        do {
            try core.home.reload()
            core.log.write("reloaded")
        } catch {
            core.log.error("reload-failed", error)
        }
        core.manager.ready()
        core.events.send(.reloaded)
    }

    /// - Returns: whether all have ended.
    private static func wait(for tasks: [Task<Void, Never>], atMost longest: Duration) async -> Bool {
        let bell = Bell()
        Task {
            for task in tasks { await task.value }
            bell.ring()
        }
        return await bell.wait(for: longest)
    }
}

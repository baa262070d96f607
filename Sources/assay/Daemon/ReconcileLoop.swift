import Foundation
import Model
import Reconciler
import TenantStore

/// Keeps the tenant at the newest commit: one pass, or one command that was handed over, at a time.
///
/// Level-triggered: whatever woke it, a pass looks at the newest commit only. So a burst of wake-ups is one pass, and a
/// commit that came meanwhile takes the place of the one that a waiting pass would have looked at. Runs go on beside it.
struct ReconcileLoop: Sendable {
    static let name = "passes"
    /// No pass takes longer: a fetch has a deadline, and so has everything after it.
    private static let longestPass = Duration.seconds(3_600)

    let core: DaemonCore
    let inbox: Inbox

    /// Returns when it was told to stop.
    func run() async {
        var backoff = Backoff(), because = "start"
        while true {
            core.pulse.expect(Self.name, within: Self.longestPass)
            let delay = await pass(because: because, &backoff)
            let timer = Task {
                try await Task.sleep(for: delay)
                inbox.put(.wake("interval"))
            }
            defer { timer.cancel() }
            core.pulse.expect(Self.name, within: delay + .seconds(60))
            guard let reason = await serve() else { return core.pulse.rest(Self.name) }
            because = reason
        }
    }

    /// Carries out commands until something asks for a pass (why) or for the end (`nil`).
    private func serve() async -> String? {
        while true {
            switch await inbox.next() {
            case .stop: return nil
            case .wake(let why): return why
            case .command(let connection):
                core.pulse.expect(Self.name, within: Self.longestPass)
                await HandedOver(core: core, connection: connection).carryOut()
                if let status = try? await core.home.context.store.status() { show(status) }
            }
        }
    }

    /// One pass; what goes wrong is logged and in the status, and never ends the daemon.
    /// - Returns: how long to wait for the next one.
    private func pass(because reason: String, _ backoff: inout Backoff) async -> Duration {
        let context = core.home.context
        let interval = Duration.seconds(context.configuration.poll.seconds)
        do {
            let pass = ReconcilePass(context, mirror: try core.home.mirror())
            if try await pass.recover() { core.log.write("recovered-plan") }
            core.ready.open()
            let result = try await pass.run()
            backoff.reset()
            log(result, because: reason)
            core.events.send(.passed(result.status, plan: result.plan))
            show(result.status)
            return Backoff.jittered(interval)
        } catch {
            core.home.forgetMirror(after: error)
            core.log.error("pass-failed", error, ["because": .string(reason)])
            core.events.send(.passFailed(error))
            if let status = try? await context.store.status() { show(status) }
            // An interrupted plan cannot be finished now, so nothing is known to be whole.
            if !core.ready.isOpen, (try? await context.store.unfinishedPlan()) == .some(nil) { core.ready.open() }
            let retry = (error as? any AssayError)?.disposition == .retry
            return retry ? backoff.next(upTo: interval) : Backoff.jittered(interval)
        }
    }

    private func show(_ status: ReconcileStatus) {
        let commit = status.applied?.commit.hex ?? ""
        core.status.update { $0.outcome = "\(status.outcome.rawValue) at \(commit.prefix(10))" }
    }

    private func log(_ result: ReconcilePass.Result, because reason: String) {
        let commit = result.status.applied?.commit.hex ?? ""
        if let plan = result.plan {
            core.log.write(
                "reconciled",
                ["commit": .string(commit), "changes": .integer(Int64(plan.changes.count)), "because": .string(reason)])
        } else if result.status.outcome != .ready {
            core.log.write(
                "stalled",
                [
                    "commit": .string(result.status.attempted?.commit.hex ?? ""), "applied": .string(commit),
                    "reason": .string(result.status.reason), "message": .string(result.status.message),
                ], level: "error")
        }
    }
}

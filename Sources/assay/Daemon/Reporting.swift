import Foundation
import Model
import Reconciler

/// Has what happened written down in Git, and delivered; the reporter is made anew when the settings are read again.
actor Reporting {
    private var current: (reporter: StatusReporter, generation: Int, delivery: Task<Void, Never>)?

    /// Once a minute as well, for the sake of what another process changed.
    nonisolated var chore: Chore {
        Chore(name: "report", every: .seconds(60), pause: .milliseconds(200), wakesOn: Self.isNews) { core in
            _ = try await self.reporter(core).collect()
        } end: {
            await self.stop()
        }
    }

    private static func isNews(_ event: DaemonEvent) -> Bool {
        switch event {
        case .passed, .passFailed, .commanded, .runLeft, .reloaded: true
        default: false
        }
    }

    private func reporter(_ core: DaemonCore) async throws -> StatusReporter {
        if let current, current.generation == core.home.generation { return current.reporter }
        await stop()
        let generation = core.home.generation
        let reporter = StatusReporter(core.home.context, mirror: try core.home.mirror())
        let delivery = Task {
            await reporter.run { result in
                switch result {
                case .success(let round):
                    for item in round.delivered {
                        core.log.write("reported", ["kind": .string(item.kind.rawValue), "commit": .string(item.subject)])
                    }
                    for (item, error) in round.failed {
                        core.log.error("report-postponed", error, ["kind": .string(item.kind.rawValue), "commit": .string(item.subject)])
                    }
                case .failure(let error): core.log.error("report-failed", error)
                }
            }
        }
        current = (reporter, generation, delivery)
        return reporter
    }

    /// Ends what is being delivered; it waits in the outbox.
    private func stop() async {
        guard let stopped = current else { return }
        current = nil
        stopped.delivery.cancel()
        await stopped.delivery.value
    }
}

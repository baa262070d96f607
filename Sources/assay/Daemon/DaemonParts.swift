import GitStore
import Reconciler

/// What other rooms add to the daemon.
struct DaemonParts: Sendable {
    /// Notices that the repository may have changed, and only wakes the poll. Made anew when the settings are read again;
    /// `nil` where it does not apply to this home's remote.
    typealias WakerFactory = @Sendable (HomeContext, _ wake: @escaping @Sendable (String) -> Void) throws -> (any Waker)?

    var wakers: [WakerFactory] = []
    /// Done now and then, each in a task of its own.
    var chores: [Chore] = []
    /// Told of everything that happens, at once; they must not wait for anything.
    var observers: [DaemonEvents.Observer] = []
    /// More of the metrics page; asked each time it is written.
    var gauges: [@Sendable (DaemonCore) async throws -> [MetricFamily]] = []

    /// What every daemon has.
    static var standard: DaemonParts {
        let reporting = Reporting()
        return DaemonParts(
            wakers: [{ context, wake in try RemoteWatch(remote: try context.remote()) { wake("change") } }],
            chores: [compaction, reporting.chore], gauges: [outbox])
    }

    /// Every fetch adds a pack to the mirror.
    private static let compaction = Chore(name: "compaction", every: .seconds(600)) { core in
        if try await core.home.mirror().compact() { core.log.write("mirror-compacted") }
    }

    @Sendable private static func outbox(_ core: DaemonCore) async throws -> [MetricFamily] {
        let depth = try await core.home.context.store.outboxDepth()
        return [
            MetricFamily(
                "outbox_depth", "What waits to be said to the outside.", by: "kind",
                ["push": Double(depth.pushes), "hook": Double(depth.hooks)])
        ]
    }
}

/// Something that watches a remote until it is stopped.
protocol Waker: Sendable {
    func stop()
}

extension RemoteWatch: Waker {
    func stop() { cancel() }
}

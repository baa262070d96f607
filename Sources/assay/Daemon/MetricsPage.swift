import Foundation
import Model
import Reconciler
import TenantStore

/// The page of metrics, kept in a file for node_exporter's textfile collector where `config.yaml` names one.
struct MetricsPage: Sendable {
    let core: DaemonCore
    let recorder: MetricsRecorder
    let worker: RunWorker
    let more: [@Sendable (DaemonCore) async throws -> [MetricFamily]]
    private let sizes = HomeSizes()

    init(
        core: DaemonCore, recorder: MetricsRecorder, worker: RunWorker,
        more: [@Sendable (DaemonCore) async throws -> [MetricFamily]]
    ) {
        self.core = core
        self.recorder = recorder
        self.worker = worker
        self.more = more
    }

    /// Shorter than the usual interval of scrapes.
    var chore: Chore {
        Chore(name: "metrics", every: .seconds(15), wakesOn: { _ in true }) { _ in try await write() }
    }

    /// As the daemon leaves things.
    func writeLast() async {
        do { try await write() } catch { core.log.error("chore-failed", error, ["chore": "metrics"]) }
    }

    private func write() async throws {
        let context = core.home.context
        guard let path = context.metrics else { return }
        var families = try await own(context) + recorder.families
        for source in more { families += try await source(core) }
        let text = families.map { $0.text(["tenant": context.configuration.tenant]) }.joined()
        try Self.write(text, to: path)
    }

    private func own(_ context: HomeContext) async throws -> [MetricFamily] {
        let status = try await context.store.status()
        let figures = try await context.store.perform { try $0.figures() }
        let schedules = try await ScheduleOverview.read(context, upcoming: 1)
        let starts = schedules.compactMap { state in
            state.upcoming.first.map { (state.name, Double($0.firing.nominal.seconds)) }
        }
        let waiting = await worker.waiting
        let sizes = await sizes.measure(context, stale: recorder.endedRuns)
        let applied = status?.applied?.commit.hex, attempted = status?.attempted?.commit.hex
        return [
            MetricFamily("build_info", "Version of assay; always 1.", by: "version", [Product.version: 1]),
            MetricFamily(
                "reconcile_status", "What the last pass came to; always 1.",
                samples: status.map {
                    [.init(labels: ["outcome": $0.outcome.rawValue, "reason": $0.reason], value: 1)]
                } ?? []),
            MetricFamily(
                "applied_commit_info", "The commit that is applied; always 1.", by: "commit", applied.map { [$0: 1] } ?? [:]),
            MetricFamily(
                "attempted_commit_info", "The newest commit that was looked at; always 1.", by: "commit",
                attempted.map { [$0: 1] } ?? [:]),
            MetricFamily("runs", "Runs by state.", by: "state", figures.runs.mapValues(Double.init)),
            MetricFamily("stale_runs", "Runs whose opening balances were superseded.", value: sizes.staleRuns.map(Double.init)),
            MetricFamily("queue_depth", "Requests and starts that wait for the run in flight.", value: Double(waiting)),
            MetricFamily("starts_queued", "Starts that wait for the run before.", value: Double(figures.queued)),
            MetricFamily("starts_pending", "Entities of fired starts that have no run yet.", value: Double(figures.pending)),
            MetricFamily("suspensions", "Deployments and schedules that are suspended on this host.", value: Double(figures.suspensions)),
            MetricFamily(
                "schedule_next_start_timestamp_seconds", "The schedule's next start.", by: "schedule",
                Dictionary(starts, uniquingKeysWith: { first, _ in first })),
            MetricFamily("store_bytes", "Size of the store.", value: Double(sizes.store)),
            MetricFamily("objects_bytes", "Size of the kept objects, measured once an hour.", value: sizes.objects.map(Double.init)),
            MetricFamily("mirror_packs", "Packs of the mirror.", value: Double(sizes.packs)),
        ]
    }

    /// Whoever reads sees the old page or the new one, whole.
    private static func write(_ text: String, to path: String) throws {
        let folder = (path as NSString).deletingLastPathComponent
        // The collector reads only names that end in .prom.
        let partial = "\(folder)/.\((path as NSString).lastPathComponent).\(getpid())"
        let failed = { HomeError.unwritable(path: path, why: String(cString: strerror(errno))) }
        let descriptor = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failed() }
        // Whatever the umask: another user collects it.
        fchmod(descriptor, 0o644)
        let bytes = Array(text.utf8)
        let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
        guard count == bytes.count, rename(partial, path) == 0 else {
            let error = failed()
            unlink(partial)
            throw error
        }
    }
}

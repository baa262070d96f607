import Foundation
import Model
import Reconciler
import Synchronization
import TenantStore

/// Counts what happens, since this process began: Prometheus expects counters to begin anew.
final class MetricsRecorder: Sendable {
    private struct Labels: Hashable {
        var decision: String
        var reason: String
    }

    private struct State {
        var lastPass: Date?
        var lastFetch: Date?
        var passes: [String: Double] = [:]
        var failures: [String: Double] = [:]
        var starts: [Labels: Double] = [:]
        var refusals: [String: Double] = [:]
        var running: [String: ContinuousClock.Instant] = [:]
        var durations: [String: (sum: Double, count: Double)] = [:]
        /// Grows with each run that ends.
        var ended = 0
    }
    private let state = Mutex(State())
    private let began = Date()

    var endedRuns: Int { state.withLock { $0.ended } }

    func take(_ event: DaemonEvent, _ core: DaemonCore) {
        state.withLock { state in
            switch event {
            case .passed(let status, _):
                // A pass that came to a verdict has fetched.
                state.lastPass = Date()
                state.lastFetch = state.lastPass
                state.passes[status.outcome.rawValue, default: 0] += 1
            case .passFailed(let error):
                state.lastPass = Date()
                state.passes["failed", default: 0] += 1
                state.failures[(error as? any AssayError)?.reason ?? "Unexpected", default: 0] += 1
            case .decided(let records):
                for record in records {
                    state.starts[Labels(decision: record.decision.rawValue, reason: record.reason), default: 0] += 1
                }
            case .attempted(_, .refused(let error)): state.refusals[error.reason, default: 0] += 1
            case .runStarted(let run, _): state.running[run.id] = .now
            case .runLeft(let run):
                state.ended += 1
                guard let start = state.running.removeValue(forKey: run.id) else { return }
                let seconds = (ContinuousClock.now - start) / .seconds(1)
                let before = state.durations[run.state.rawValue] ?? (0, 0)
                state.durations[run.state.rawValue] = (before.sum + seconds, before.count + 1)
            default: break
            }
        }
    }

    var families: [MetricFamily] {
        state.withLock { state in
            [
                MetricFamily("start_time_seconds", "When the daemon started.", value: began.timeIntervalSince1970),
                MetricFamily(
                    "last_pass_timestamp_seconds", "End of the last pass, whatever came of it.",
                    value: state.lastPass?.timeIntervalSince1970),
                MetricFamily(
                    "last_fetch_timestamp_seconds", "Last time the repository was reached and looked at.",
                    value: state.lastFetch?.timeIntervalSince1970),
                MetricFamily("passes_total", "Passes by outcome.", .counter, by: "outcome", state.passes),
                MetricFamily("pass_failures_total", "Passes that failed, by reason.", .counter, by: "reason", state.failures),
                MetricFamily(
                    "starts_total", "Starts of schedules by decision, with the reason of skipped ones.", .counter,
                    samples: state.starts.map {
                        .init(labels: ["decision": $0.key.decision, "reason": $0.key.reason], value: $0.value)
                    }.sorted { $0.labels.description < $1.labels.description }),
                MetricFamily(
                    "start_refusals_total", "Entities of fired starts that got no run, by reason.", .counter, by: "reason",
                    state.refusals),
                MetricFamily(
                    "run_duration_seconds", "Time from the start of an attempt to its end, by the run's state.", .summary,
                    samples: state.durations.sorted { $0.key < $1.key }.flatMap { name, value in
                        [
                            MetricFamily.Sample(suffix: "_sum", labels: ["state": name], value: value.sum),
                            MetricFamily.Sample(suffix: "_count", labels: ["state": name], value: value.count),
                        ]
                    }),
            ]
        }
    }
}

import Digests
import Foundation
import Model
import Reconciler
import Synchronization
import TenantStore

/// One JSON object a line on standard error: what a log collector reads.
struct DaemonLog: Sendable {
    let tenant: String
    let clock = HostClock()
    /// Lines of several loops never mix.
    private static let line = Mutex<Void>(())

    init(tenant: String) { self.tenant = tenant }

    /// `fields` hold names and ids only, never amounts or the content of documents.
    func write(_ event: String, _ fields: [String: JSONValue] = [:], level: String = "info") {
        var value = fields
        value["at"] = .string(clock.now())
        value["event"] = .string(event)
        value["level"] = .string(level)
        value["tenant"] = .string(tenant)
        guard let bytes = try? CanonicalJSON.encode(.object(value)) else { return }
        // A log that nobody reads any more is no reason to stop.
        Self.line.withLock { _ in
            var rest = (bytes + [0x0a])[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }

    func error(_ event: String, _ error: any Error, _ fields: [String: JSONValue] = [:]) {
        let known = error as? any AssayError
        write(
            event,
            fields.merging([
                "reason": .string(known?.reason ?? "Unexpected"), "message": .string(known?.message ?? "\(error)"),
                "remedy": .string(known?.remedy ?? ""),
            ]) { $1 }, level: "error")
    }

    /// What a line about a run says of it.
    static func fields(_ run: RunRow) -> [String: JSONValue] {
        [
            "run": .string(run.id), "commit": .string(run.commit.hex), "deployment": .string(run.deployment),
            "entity": .string(run.entity), "period": .string(run.period.description), "requestedBy": .string(run.requestedBy),
        ]
    }

    /// What a line about a start says of it.
    static func fields(_ key: FiringKey) -> [String: JSONValue] {
        ["schedule": .string(key.schedule), "nominal": .string(key.nominal.description)]
    }
}

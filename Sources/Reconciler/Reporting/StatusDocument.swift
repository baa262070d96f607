import Digests
import Foundation
import Model
import TenantStore

/// What a home tells the outside, made from the store's values alone. Pure: the same values give the same files.
///
/// It takes words, names of the repository, commits, run ids and stamp digests, and never a message: a message may quote
/// an amount.
struct StatusDocument: Sendable {
    var status: StatusFile
    var deployments: DeploymentsFile
    var lastRuns: RunsFile
    /// Whether it is the attempted commit itself that keeps the tenant, or deployments, from going on, and not the host.
    var refusesCommit: Bool

    /// What the store holds, as it is read.
    struct Source: Sendable {
        var tenant: String
        var status: ReconcileStatus
        var deployments: [Resource]
        var holds: [DeploymentHold]
        /// Deployments that are suspended on the host, and since when.
        var suspended: [String: String] = [:]
        var lastRuns: [ReportedRun]
    }

    /// - Parameter previous: what was told before: what has not changed keeps its time.
    init(_ source: Source, previous: StatusFile?) {
        let status = source.status
        let deployed = Self.deployments(source)
        let places = status.reason == "ManifestInvalid" ? status.problems.prefix(20) : []
        var file = StatusFile(
            version: StatusFile.formatVersion, assay: Product.version, tenant: source.tenant, outcome: status.outcome,
            reason: PublicWord.reason(status.reason), since: status.at, applied: status.applied.map { .init(commit: $0.commit) },
            attempted: status.attempted.map { .init(commit: $0.commit) },
            problems: places.map { .init(file: $0.file, line: $0.line) },
            counts: .init(
                deployments: deployed.count, held: deployed.count { $0.hold != nil }, suspended: deployed.count { $0.suspended }))
        if let previous, previous.saysTheSame(as: file) { file.since = previous.since }
        self.status = file
        refusesCommit = status.outcome == .stalled ? !status.problems.isEmpty : source.holds.contains { !$0.isPassing }
        deployments = DeploymentsFile(version: StatusFile.formatVersion, deployments: deployed)
        lastRuns = RunsFile(source.lastRuns)
    }

    private static func deployments(_ source: Source) -> [DeploymentsFile.Deployment] {
        let holds = Dictionary(source.holds.map { ($0.deployment, $0) }, uniquingKeysWith: { first, _ in first })
        return source.deployments.map { resource in
            let hold = holds[resource.key.name]
            let pinned = resource.spec["source"]?["commit"]?.string.flatMap { GitObjectID(hex: $0) }
            let suspendedSince = source.suspended[resource.key.name]
            return DeploymentsFile.Deployment(
                name: resource.key.name, runbook: resource.spec["runbook"]?.string ?? "",
                suspended: suspendedSince != nil || resource.spec["suspend"]?.bool == true, suspendedSince: suspendedSince,
                serving: hold == nil ? pinned : hold?.serving,
                hold: hold.map { .init(reason: PublicWord.reason($0.reason), attempted: $0.attempted, since: $0.since) })
        }.sorted { $0.name < $1.name }
    }

    /// The files about the tenant, without those of single subjects.
    func files() throws -> [String: [UInt8]] {
        try runFiles().merging([
            StatusFile.path: try Self.bytes(status), DeploymentsFile.path: try Self.bytes(deployments),
        ]) { $1 }
    }

    /// Those of them that a run changes.
    func runFiles() throws -> [String: [UInt8]] {
        [RunsFile.lastPath: try Self.bytes(lastRuns), StatusReadme.path: Array(StatusReadme(self).text.utf8)]
    }

    static func bytes(_ value: some Encodable) throws -> [UInt8] {
        Array(try IndentedJSON.text(try JSONValue(encoding: value)).utf8)
    }

    /// The newest time that anything in here tells, in seconds since 1970: the time of its commit.
    var time: Int64 {
        let times = [status.since] + deployments.deployments.flatMap { [$0.hold?.since, $0.suspendedSince].compactMap { $0 } } + lastRuns.runs.prefix(1).compactMap(\.finishedAt)
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        return times.compactMap { try? Int64(style.parse($0).timeIntervalSince1970.rounded(.down)) }.max() ?? 0
    }

    /// The message of the commit that tells it.
    func message(_ changed: [RunsFile.Run], after previous: StatusFile?) -> String {
        let runs = changed.map { "\($0.deployment) \($0.entity) \($0.period): \($0.state.rawValue)" }
        let headline = status.headline
        guard let first = runs.first, previous?.headline == headline else {
            return headline + "\n" + (runs.isEmpty ? "" : "\n" + runs.prefix(50).joined(separator: "\n") + "\n")
        }
        if runs.count == 1 { return "\(first)\n" }
        return "\(first), and \(runs.count - 1) more\n\n" + runs.prefix(50).joined(separator: "\n") + "\n"
    }
}

extension StatusFile {
    /// Whether nothing differs but the time and the program's version.
    func saysTheSame(as other: StatusFile) -> Bool {
        outcome == other.outcome && reason == other.reason && applied == other.applied && attempted == other.attempted
    }

    /// Such as `ready at 3f2a9c1b0d`, or `stalled ManifestInvalid at 81d0e4aa12; 3f2a9c1b0d stays applied`.
    public var headline: String {
        let words = reason.isEmpty ? outcome.rawValue : "\(outcome.rawValue) \(reason)"
        guard let attempted, attempted != applied else {
            return words + (applied.map { " at \($0.commit.short)" } ?? "")
        }
        return "\(words) at \(attempted.commit.short); \(applied.map { "\($0.commit.short) stays applied" } ?? "nothing is applied")"
    }
}

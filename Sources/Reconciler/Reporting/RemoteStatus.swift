import Digests
import Foundation
import GitStore
import Model

/// The status of a tenant as somebody reads it who has nothing but the repository.
public struct RemoteStatus: Sendable {
    /// Full name of the reference.
    public var reference: String
    /// The commit that tells it.
    public var commit: GitObjectID
    /// Seconds since 1970 of that commit: when something changed last.
    public var changedAt: Int64
    public var status: StatusFile
    public var deployments: [DeploymentsFile.Deployment]
    /// The runs that ended last, newest first; or all of the period that was asked for.
    public var runs: [RunsFile.Run]

    /// Fetches the status reference alone, into a folder that is removed at the end.
    ///
    /// - Parameters:
    ///   - tenant: needed only where the repository has the status of several.
    ///   - branch: short name of a branch, or the full name of a reference, that the status is on.
    /// - Throws: `ReportingError`, `GitStoreError`.
    public static func read(
        _ remote: RemoteConfiguration, tenant: String?, branch: String?, period: Period?
    ) throws -> RemoteStatus {
        let clone = try StatusClone(remote)
        let reference = try branch.map { $0.hasPrefix("refs/") ? $0 : "refs/heads/\($0)" } ?? find(tenant, in: clone, remote)
        guard let revision = try clone.fetch(reference) else {
            throw ReportingError.statusMissing(url: remote.shownURL, wanted: reference)
        }
        func decode<T: Decodable>(_ type: T.Type, _ path: String) throws -> T {
            guard let bytes = try clone.file(path, at: revision.commit) else {
                throw ReportingError.statusUnreadable(reference: reference, why: "there is no \(path)")
            }
            do {
                let value = try CanonicalJSON.parse(bytes)
                guard value["version"]?.integer == Int64(StatusFile.formatVersion) else {
                    throw ReportingError.statusUnreadable(reference: reference, why: "\(path) is of another version")
                }
                return try value.decode(type)
            } catch let error as ReportingError {
                throw error
            } catch {
                throw ReportingError.statusUnreadable(reference: reference, why: "\(path) is damaged")
            }
        }
        let runs = try period.map { period in
            try paths(of: period, in: clone, at: revision.commit).flatMap { try decode(RunsFile.self, $0).runs }
        }
        return RemoteStatus(
            reference: reference, commit: revision.commit, changedAt: revision.committer.time,
            status: try decode(StatusFile.self, StatusFile.path),
            deployments: try decode(DeploymentsFile.self, DeploymentsFile.path).deployments,
            runs: try runs ?? decode(RunsFile.self, RunsFile.lastPath).runs)
    }

    private static func find(_ tenant: String?, in clone: StatusClone, _ remote: RemoteConfiguration) throws -> String {
        if let tenant { return StatusReporter.reference(of: tenant) }
        let prefix = StatusReporter.reference(of: "")
        let found = try clone.references(under: prefix).keys.sorted()
        guard let first = found.first else {
            throw ReportingError.statusMissing(url: remote.shownURL, wanted: "reference under \(prefix)")
        }
        guard found.count == 1 else {
            throw ReportingError.severalTenants(url: remote.shownURL, tenants: found.map { String($0.dropFirst(prefix.count)) })
        }
        return first
    }

    private static func paths(of period: Period, in clone: StatusClone, at commit: GitObjectID) throws -> [String] {
        let folder = "\(RunsFile.folder)/\(period)"
        return try clone.names(in: folder, at: commit).flatMap { deployment in
            try clone.names(in: "\(folder)/\(deployment)", at: commit).map { "\(folder)/\(deployment)/\($0)" }
        }
    }
}

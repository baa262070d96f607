import Digests
import Model
import TenantStore

/// `status.json` of the status reference: where the tenant stands.
public struct StatusFile: Codable, Sendable, Hashable {
    public static let path = "status.json"
    /// Beside it, the signed head of the home's log.
    public static let checkpointPath = "checkpoint"
    public static let formatVersion = 1

    public var version: Int
    /// Version of the program that wrote it.
    public var assay: String
    public var tenant: String
    public var outcome: ReconcileStatus.Outcome
    /// Stable PascalCase; empty when ready.
    public var reason: String
    /// RFC 3339, UTC: since when it is so.
    public var since: String
    public var applied: Commit?
    public var attempted: Commit?
    /// Places in the repository that are wrong at the attempted commit; what is wrong with them, `assay validate` says.
    public var problems: [Place]
    public var counts: Counts

    public struct Commit: Codable, Sendable, Hashable {
        public var commit: GitObjectID
    }

    /// How many deployments there are, and how many of them do not serve as they should or do not run.
    public struct Counts: Codable, Sendable, Hashable {
        public var deployments: Int
        public var held: Int
        public var suspended: Int
    }

    public struct Place: Codable, Sendable, Hashable {
        public var file: String
        /// One-based; 0 where the problem is about the file as a whole.
        public var line: Int
    }
}

/// `deployments.json`: what is deployed, and what keeps a part of it from serving what is applied.
public struct DeploymentsFile: Codable, Sendable, Hashable {
    public static let path = "deployments.json"

    public var version: Int
    /// Sorted by name.
    public var deployments: [Deployment]

    public struct Deployment: Codable, Sendable, Hashable {
        public var name: String
        public var runbook: String
        /// In its manifest or on the host.
        public var suspended: Bool
        /// RFC 3339, UTC: where it is suspended on the host, since when.
        public var suspendedSince: String?
        /// The commit that it serves, where that is not the applied one; absent with a hold where none ever passed.
        public var serving: GitObjectID?
        public var hold: Hold?

        /// Which commit it serves, where that one is applied.
        public func serves(_ applied: GitObjectID?) -> GitObjectID? { hold == nil ? serving ?? applied : serving }
    }

    public struct Hold: Codable, Sendable, Hashable {
        public var reason: String
        /// The commit that may not serve.
        public var attempted: GitObjectID
        public var since: String
    }
}

/// `last-runs.json`, and `runs/<period>/<deployment>/<entity>.json`: runs that wait or have ended.
public struct RunsFile: Codable, Sendable, Hashable {
    public static let lastPath = "last-runs.json"
    public static let folder = "runs"

    public var version: Int
    public var runs: [Run]

    public struct Run: Codable, Sendable, Hashable {
        public var run: String
        public var state: RunState
        public var mode: RunMode?
        public var deployment: String
        public var entity: String
        public var period: String
        public var commit: GitObjectID
        public var finishedAt: String?
        /// The word of the failure.
        public var reason: String?
        public var supersedes: String?
        public var supersededBy: String?
        /// SHA-256 of the stamp file.
        public var stamp: ContentDigest?
    }

    static func path(of subject: RunSubject) -> String {
        "\(folder)/\(subject.period)/\(subject.deployment)/\(subject.entity).json"
    }
}

extension RunsFile {
    init(_ runs: [ReportedRun]) {
        self.init(version: StatusFile.formatVersion, runs: runs.map(Run.init))
    }
}

extension RunsFile.Run {
    init(_ run: ReportedRun) {
        self.init(
            run: run.id, state: run.state, mode: run.mode, deployment: run.subject.deployment, entity: run.subject.entity,
            period: run.subject.period.description, commit: run.commit, finishedAt: run.finishedAt,
            reason: run.failure.map(PublicWord.reason), supersedes: run.supersedes, supersededBy: run.supersededBy,
            stamp: run.stamp)
    }
}

/// The one gate for words that come from somewhere else.
enum PublicWord {
    /// A reason as it is, provided that it is a word as all of ours are: an amount or a name of anything is none.
    static func reason(_ text: String) -> String {
        let isWord = (1...60).contains(text.utf8.count) && text.first?.isUppercase == true
            && text.utf8.allSatisfy { (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) }
        return isWord || text.isEmpty ? text : "Other"
    }
}

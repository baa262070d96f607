import Model

/// The settings of a tenant home: its `config.yaml`, checked and with defaults filled in.
public struct HomeConfiguration: Codable, Sendable, Hashable {
    public var repository: Repository
    /// Name of the tenant whose home this is.
    public var tenant: String
    public var poll: Poll
    /// `none`, `head` or `every`: the floor that the repository's policies may only tighten.
    public var signatures: String
    /// `required` or `degraded`.
    public var sandbox: String
    public var prune: Prune
    /// Absolute path of the interpreter to close over; found when absent.
    public var python: String?
    /// Path of the tenant's database file.
    public var dataPlatform: String?
    /// Path of the document store.
    public var documents: String?
    public var workers: Int
    public var status: Status
    public var hooks: Hooks
    /// Path of the file that the daemon keeps its metrics in, for node_exporter; none when absent.
    public var metrics: String?

    public struct Repository: Codable, Sendable, Hashable {
        public var url: String
        public var branch: String
        public var auth: Auth
        public var knownHosts: String?
        public var caFile: String?
    }

    public struct Auth: Codable, Sendable, Hashable {
        /// `none`, `ssh-key`, `ssh-agent` or `token`.
        public var type: String
        public var user: String?
        /// Path of a private key.
        public var key: String?
        /// Name of a secret of the home.
        public var secret: String?
    }

    /// What one pass may delete.
    public struct Prune: Codable, Sendable, Hashable {
        public var maximum: Int
        public var allowEmpty: Bool

        public init(maximum: Int, allowEmpty: Bool) {
            self.maximum = maximum
            self.allowEmpty = allowEmpty
        }
    }

    public struct Poll: Codable, Sendable, Hashable {
        /// Such as `60s`, `5m` or `1h`.
        public var interval: String
        /// The interval in seconds.
        public var seconds: Int { HomeConfiguration.seconds(interval) ?? 60 }
        /// How long one conversation with the repository may take, such as `60s` or `5m`.
        public var timeout: String
        /// The same in seconds.
        public var timeoutSeconds: Int { HomeConfiguration.seconds(timeout) ?? 60 }
    }

    /// How this home says what it did.
    public struct Status: Codable, Sendable, Hashable {
        /// `off` or `on`: whether the status reference is pushed to the repository.
        public var push: String
        /// Full name of the reference there.
        public var ref: String?
        /// Or the short name of a branch there.
        public var branch: String?
    }

    /// Programs of the host that are told of something.
    public struct Hooks: Codable, Sendable, Hashable {
        /// Program and arguments: told what became of a commit.
        public var commitStatus: [String]?
    }

    /// The reference of the repository that the status is pushed to.
    public var statusReference: String {
        status.ref ?? status.branch.map { "refs/heads/\($0)" } ?? "refs/assay/status/\(tenant)"
    }
}

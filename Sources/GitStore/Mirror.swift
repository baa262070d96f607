import CLibgit2
import Model

/// This host's copy of the workspace repository's branch, with every commit that ever counted.
///
/// Reading and fetching go through separate handles on queues of their own: a remote that does not answer never
/// holds up a run that reads code. `docs/mirror.md` says how a fetch keeps the mirror whole.
public actor Mirror {
    public nonisolated let path: String
    public nonisolated let remote: RemoteConfiguration
    public nonisolated let limits: TreeLimits
    let repository: SharedRepository
    private let fetcher: Fetcher
    private let compactor: Compactor
    private nonisolated let queue: QueueExecutor

    public nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    /// Opens a mirror that `create` made.
    ///
    /// - Parameter worker: Fetches from remotes over the network, with a deadline. Without one they are fetched from in
    ///   this process, for as long as it takes.
    /// - Throws: `mirrorMissing`, `mirrorCorrupted`, `branchInvalid`.
    public init(
        opening path: String, remote: RemoteConfiguration, limits: TreeLimits = .standard, worker: GitWorker? = nil,
        faults: FaultPoints = .none
    ) throws {
        guard remote.hasValidBranch else { throw GitStoreError.branchInvalid(remote.branch) }
        self.path = path
        self.remote = remote
        self.limits = limits
        queue = QueueExecutor(label: "assay.mirror")
        repository = try SharedRepository(opening: path)
        fetcher = try Fetcher(path: path, remote: remote, worker: worker, faults: faults)
        compactor = Compactor(path: path, faults: faults)
    }

    /// Makes an empty mirror at a path where nothing is yet; it appears whole or not at all.
    public static func create(
        at path: String, remote: RemoteConfiguration, limits: TreeLimits = .standard, worker: GitWorker? = nil,
        faults: FaultPoints = .none
    ) throws -> Mirror {
        guard remote.hasValidBranch else { throw GitStoreError.branchInvalid(remote.branch) }
        try Repository.create(at: path)
        return try Mirror(opening: path, remote: remote, limits: limits, worker: worker, faults: faults)
    }

    /// Brings the branch up to date. What fails, hangs or is killed on the way leaves the mirror as it was.
    ///
    /// A tip that the new one does not descend from is kept by itself, before the branch moves.
    public func fetch() async throws -> FetchResult { try await fetcher.fetch() }

    /// Puts packs and loose files together where they have become many, and loses no object.
    ///
    /// Cheap where there is nothing to do. Where there is, it may take seconds; fetching and reading go on meanwhile.
    /// - Returns: whether there was something to do.
    /// - Throws: `mirrorCorrupted`, `mirrorUnwritable`; the mirror is then as it was.
    @discardableResult
    public func compact(_ limits: CompactionLimits = .standard) async throws -> Bool {
        guard try await compactor.compact(limits) else { return false }
        try await fetcher.reopen()
        try repository.reopen()
        return true
    }

    /// The tip of the branch as of the last fetch; `nil` before the first.
    public func newestCommit() throws -> GitObjectID? {
        try repository.with { try $0.target(of: remote.trackingReference) }
    }

    /// Makes a commit, and all its history and files, stay in the mirror whatever the remote does. Idempotent.
    public func keep(_ commit: GitObjectID) throws {
        try repository.with { try $0.keep(commit) }
    }

    /// Every commit that `keep` was called for, sorted.
    public func keptCommits() throws -> [GitObjectID] {
        try repository.with { repository in
            try repository.references(under: Repository.keepPrefix).compactMap {
                GitObjectID(hex: String($0.dropFirst(Repository.keepPrefix.count)))
            }
        }
    }
}

/// What a fetch found.
public enum FetchResult: Hashable, Sendable {
    case unchanged(GitObjectID)
    /// `from` is `nil` for the first fetch.
    case moved(from: GitObjectID?, to: GitObjectID)
    /// The branch no longer descends from `from`, which was kept.
    case rewritten(from: GitObjectID, to: GitObjectID)

    /// The tip of the branch now.
    public var tip: GitObjectID {
        switch self {
        case .unchanged(let tip), .moved(_, let tip), .rewritten(_, let tip): tip
        }
    }
}

extension RemoteConfiguration {
    var trackingReference: String { "refs/remotes/origin/\(branch)" }
    var remoteReference: String { "refs/heads/\(branch)" }

    var hasValidBranch: Bool {
        _ = Library.started
        var isValid: Int32 = 0
        return git_branch_name_is_valid(&isValid, branch) == 0 && isValid == 1
    }
}

extension Repository {
    static let keepPrefix = "refs/assay/keep/"

    func keep(_ commit: GitObjectID) throws {
        let reference = Repository.keepPrefix + commit.hex
        if try target(of: reference) == commit { return }
        _ = try rootTree(of: commit)
        try point(reference, to: commit, because: "kept")
    }
}

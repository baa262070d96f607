import CLibgit2
import Foundation
import Model

/// Talks to the remote, on a handle and a queue of its own because the network may take its time.
actor Fetcher {
    private let repository: Repository
    private let remote: RemoteConfiguration
    private nonisolated let queue: QueueExecutor

    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    init(path: String, remote: RemoteConfiguration) throws {
        repository = try Repository(opening: path)
        repository.removeAbandonedFiles()
        self.remote = remote
        queue = QueueExecutor(label: "assay.fetch")
    }

    /// Returns when every call made before has ended.
    func settle() {}

    func fetch() throws -> FetchResult {
        let connection = try RemoteConnection(to: remote, in: repository)
        let tip = try connection.tip()
        let known = try repository.target(of: remote.trackingReference)
        if tip == known { return .unchanged(tip) }
        try connection.download()
        _ = try repository.rootTree(of: tip)
        var rewritten = false
        if let known, try !repository.isAncestor(known, of: tip) {
            // Before the branch moves: a crash in between keeps one commit too many, never one too few.
            try repository.keep(known)
            rewritten = true
        }
        try repository.point(remote.trackingReference, to: tip, because: "fetch")
        if rewritten, let known { return .rewritten(from: known, to: tip) }
        return .moved(from: known, to: tip)
    }
}

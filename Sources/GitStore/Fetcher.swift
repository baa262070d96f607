import CLibgit2
import Foundation
import Model

/// Brings the mirror up to date, on a handle and a queue of its own because a remote may take its time.
///
/// Whatever happens on the way, the mirror is afterwards as it was or has everything: objects come into a quarantine, are
/// published, and only then one reference moves.
actor Fetcher {
    private let path: String
    private let remote: RemoteConfiguration
    private let worker: GitWorker?
    private let faults: FaultPoints
    private var repository: Repository
    private var isTidy = false
    private nonisolated let queue: QueueExecutor

    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    init(path: String, remote: RemoteConfiguration, worker: GitWorker?, faults: FaultPoints) throws {
        self.path = path
        self.remote = remote
        self.worker = worker
        self.faults = faults
        repository = try Repository(opening: path)
        queue = QueueExecutor(label: "assay.fetch")
    }

    func fetch() async throws -> FetchResult {
        if !isTidy {
            Quarantine.removeAbandoned(of: path)
            repository.removeAbandonedFiles()
            isTidy = true
        }
        while true {
            let known = try repository.target(of: remote.trackingReference)
            let (tip, quarantine) = try await bring(since: known)
            guard let quarantine else { return .unchanged(tip) }
            try faults.reach(.fetchBeforePublish)
            try quarantine.publish(faults)
            if let result = try move(from: known, to: tip) { return result }
            // Another process has fetched meanwhile, perhaps something newer: look again.
        }
    }

    /// Lets go of files that are no longer in the mirror.
    func reopen() throws { repository = try Repository(opening: path) }

    /// Where the branch stands, and what the mirror lacks of it; no quarantine where it has not moved.
    private func bring(since known: GitObjectID?) async throws -> (tip: GitObjectID, Quarantine?) {
        switch RemoteKind(url: remote.url) {
        case nil:
            throw GitStoreError.urlUnsupported(url: remote.shownURL)
        case .local(let folder):
            let source = try LocalRemote(at: folder, remote)
            let tip = try source.tip()
            if tip == known { return (tip, nil) }
            let quarantine = try makeQuarantine()
            try source.copy(tip, lackedBy: repository, into: quarantine, faults)
            return (tip, quarantine)
        case .https, .ssh:
            let quarantine = try makeQuarantine()
            let tip = try await download(into: quarantine, since: known)
            return (tip, tip == known ? nil : quarantine)
        }
    }

    private func makeQuarantine() throws -> Quarantine {
        let quarantine = try Quarantine(in: path)
        try faults.reach(.fetchQuarantineMade)
        return quarantine
    }

    private func download(into quarantine: Quarantine, since known: GitObjectID?) async throws -> GitObjectID {
        guard let worker else { return try NetworkFetch(remote: remote, known: known, quarantine: quarantine).run(faults) }
        return try await worker.ask(
            .fetch(quarantine: quarantine.path, known: known), of: remote, holding: quarantine.lockDescriptor, mirror: path)
    }

    /// `nil` where the branch no longer stands at `known`.
    private func move(from known: GitObjectID?, to tip: GitObjectID) throws -> FetchResult? {
        _ = try repository.rootTree(of: tip)
        var rewritten = false
        if let known, try !repository.isAncestor(known, of: tip) {
            // Before the branch moves: a crash in between keeps one commit too many, never one too few.
            try repository.keep(known)
            rewritten = true
        }
        try faults.reach(.fetchBeforeReference)
        guard try repository.move(remote.trackingReference, from: known, to: tip, because: "fetch") else { return nil }
        try faults.reach(.fetchReferenceMoved)
        if rewritten, let known { return .rewritten(from: known, to: tip) }
        return .moved(from: known, to: tip)
    }
}

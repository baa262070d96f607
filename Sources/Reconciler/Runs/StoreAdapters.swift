import Executor
import Foundation
import Model
import TenantStore

/// The store's object folder, as the vault that the executor asks for.
struct StoreVault: ObjectVault {
    let objects: ObjectStore
    /// Where trees are laid out to be mounted.
    let trees: String

    func put(_ bytes: [UInt8]) throws -> ContentDigest { try objects.put(bytes) }
    func putMany(_ contents: [[UInt8]]) throws -> [ContentDigest] { try objects.putMany(contents) }
    func get(_ digest: ContentDigest) throws -> [UInt8] { try objects.get(digest) }

    func putTree(_ files: [TreeFile]) throws -> ContentDigest {
        try objects.putTree(
            files.map { file in
                switch file.content {
                case .bytes(let bytes):
                    TreeSource(path: file.path, executable: file.executable, content: .bytes(bytes))
                case .file(let source):
                    // The host's libraries are reached through links; a closure holds what they point to.
                    TreeSource(
                        path: file.path, executable: file.executable,
                        content: .file(URL(fileURLWithPath: source).resolvingSymlinksInPath().path))
                }
            })
    }

    func materialise(_ tree: ContentDigest) throws -> String {
        let place = "\(trees)/\(tree)"
        try objects.materialise(tree: tree, into: place)
        return place
    }
}

/// The store's event table, as the history that the executor writes.
struct StoreHistory: HistoryWriter {
    let store: TenantStore
    let run: String

    func append(_ events: [Event]) async throws { try await store.append(run: run, events) }

    func complete(_ event: Event) async throws {
        guard let response = event.responseSHA256, let completion = event.completion else { return }
        try await store.completeEvent(
            run: run, sequence: event.sequence, response: response, completion: completion, actor: event.actor,
            at: event.recordedAt)
    }
}

import Digests
import Foundation
import Model
import Testing

@testable import TenantStore

@Suite struct ObjectStoreTests {
    let folder: TemporaryFolder
    let store: ObjectStore

    init() throws {
        folder = try TemporaryFolder()
        store = ObjectStore(directory: folder.path + "/objects")
    }

    /// Changes a byte behind the store's back, as a failing disk would.
    private func flip(_ digest: ContentDigest) throws {
        let path = store.path(of: digest)
        chmod(path, 0o644)
        let handle = try FileHandle(forUpdating: URL(filePath: path))
        let first = try #require(try handle.read(upToCount: 1)?.first)
        try handle.seek(toOffset: 0)
        try handle.write(contentsOf: Data([first ^ 1]))
        try handle.close()
    }

    @Test("Bytes come back under their SHA-256, the empty ones too, and storing twice is harmless")
    func roundTrip() throws {
        for bytes in [[], [0], Array("text".utf8), [UInt8](repeating: 7, count: 5_000_000)] {
            let digest = try store.put(bytes)
            #expect(digest == SHA256.digest(bytes))
            #expect(try store.put(bytes) == digest)
            #expect(try store.get(digest) == bytes)
            #expect(try store.size(of: digest) == bytes.count)
            #expect(store.contains(digest))
            try store.verify(digest)
        }
        #expect(store.path(of: digest("x")).hasSuffix("objects/2d/" + digest("x").hex.dropFirst(2)))
        #expect(try FileSystem.names(in: store.partials).isEmpty)
        #expect(try store.putMany([]).isEmpty)
        #expect(try store.putMany([[1], [1], [2]]).count == 3)
    }

    @Test("A flipped byte is found on reading, and the object is named")
    func flipped() throws {
        let digest = try store.put(Array("figures".utf8))
        try flip(digest)
        let actual = SHA256.digest(Array("gigures".utf8))
        let expected = StoreError.objectDamaged(expected: digest, actual: actual)
        #expect(throws: expected) { try store.get(digest) }
        #expect(throws: expected) { try store.verify(digest) }
        #expect(expected.message.contains(digest.hex))
    }

    @Test("A truncated object is found and healed by storing it again")
    func truncated() throws {
        let bytes = Array("figures".utf8)
        let digest = try store.put(bytes)
        chmod(store.path(of: digest), 0o644)
        truncate(store.path(of: digest), 3)
        #expect(throws: StoreError.self) { try store.get(digest) }
        try store.put(bytes)
        #expect(try store.get(digest) == bytes)
    }

    @Test("A missing object is named")
    func missing() throws {
        let absent = digest("absent")
        #expect(throws: StoreError.objectMissing(absent)) { try store.get(absent) }
        #expect(throws: StoreError.objectMissing(absent)) { try store.verify(absent) }
        #expect(throws: StoreError.objectMissing(absent)) { try store.size(of: absent) }
        #expect(throws: StoreError.objectMissing(absent)) { try store.treeEntries(absent) }
        #expect(!store.contains(absent))
    }

    @Test("A document is copied with digest and size; links, folders, pipes and missing files are refused")
    func files() throws {
        let path = folder.path + "/a.csv"
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0) }
        try Data(bytes).write(to: URL(filePath: path))
        for _ in 0..<2 {
            let stored = try store.putFile(at: path)
            #expect(stored.digest == SHA256.digest(bytes) && stored.size == 300_000)
        }
        #expect(try store.get(SHA256.digest(bytes)) == bytes)
        symlink(path, folder.path + "/link")
        mkfifo(folder.path + "/pipe", 0o644)
        for name in ["link", "pipe", "objects"] {
            let wrong = folder.path + "/" + name
            #expect(throws: StoreError.notRegularFile(path: wrong)) { try store.putFile(at: wrong) }
        }
        let absent = folder.path + "/absent"
        #expect(throws: StoreError.fileOperation(operation: "open", path: absent, errno: ENOENT)) {
            try store.putFile(at: absent)
        }
    }

    @Test("What an interrupted put left is never an object and can be removed")
    func leftovers() throws {
        try store.put([1])
        try Data([1, 2]).write(to: URL(filePath: store.partials + "/half-written"))
        #expect(!store.contains(SHA256.digest([UInt8(1), 2])))
        try store.removeLeftovers()
        #expect(try FileSystem.names(in: store.partials).isEmpty)
    }

    @Test("Many writers of the same objects agree")
    func concurrent() async throws {
        let store = store
        let contents = (0..<50).map { [UInt8](repeating: UInt8($0), count: 100 + $0) }
        try await withThrowingTaskGroup(of: [ContentDigest].self) { group in
            for _ in 0..<4 { group.addTask { try store.putMany(contents) } }
            for try await digests in group { #expect(digests == contents.map { SHA256.digest($0) }) }
        }
        for bytes in contents { #expect(try store.get(SHA256.digest(bytes)) == bytes) }
    }
}

import Digests
import Foundation
import Testing

@testable import TenantStore

@Suite struct NewFilesTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("More files than may be open at once are all there, whole and with their mode")
    func manyFiles() throws {
        var files = NewFiles()
        for number in 0..<1500 { try files.write(Array("file \(number)".utf8), to: path(number), mode: 0o444) }
        try files.sync()
        for number in 0..<1500 {
            #expect(FileManager.default.contents(atPath: path(number)) == Data("file \(number)".utf8))
            #expect((FileSystem.status(path(number))?.st_mode ?? 0) & 0o777 == 0o444)
        }
    }

    @Test("A file that exists is refused and stays as it is")
    func existing() throws {
        var files = NewFiles()
        try files.write([1], to: path(1), mode: 0o444)
        try files.sync()
        #expect(throws: StoreError.fileOperation(operation: "create", path: path(1), errno: EEXIST)) {
            var more = NewFiles()
            try more.write([2], to: path(1), mode: 0o444)
        }
        #expect(FileManager.default.contents(atPath: path(1)) == Data([1]))
    }

    @Test("Documents stored together have the digests and sizes of each, in order")
    func documents() throws {
        let store = ObjectStore(directory: folder.path + "/objects")
        let contents = [[], Array("a".utf8), [UInt8](repeating: 7, count: 200_000), Array("a".utf8)]
        for (number, bytes) in contents.enumerated() { try Data(bytes).write(to: URL(filePath: path(number))) }
        let stored = try store.putFiles(at: contents.indices.map(path))
        #expect(stored.map(\.digest) == contents.map { SHA256.digest($0) })
        #expect(stored.map(\.size) == contents.map { Int64($0.count) })
        for (digest, bytes) in zip(stored.map(\.digest), contents) { #expect(try store.get(digest) == bytes) }
        #expect(try store.putFiles(at: []).isEmpty)
    }

    private func path(_ number: Int) -> String { "\(folder.path)/\(number)" }
}

import Digests
import Foundation
import Model
import Synchronization

@testable import GitStore

/// How Git names and stores an object, written here so that nothing checks what is stored.
enum GitObject {
    static func id(type: String, _ bytes: [UInt8]) -> GitObjectID {
        let hex = lowerHex(SHA1.digest(whole(type, bytes)))
        guard let id = GitObjectID(hex: hex) else { preconditionFailure("20 bytes are 40 hexadecimal digits") }
        return id
    }

    /// The twenty bytes of a name, as they stand in a tree.
    static func raw(_ id: GitObjectID) -> [UInt8] {
        let digits = Array(id.hex.utf8).map { $0 < 0x61 ? $0 - 0x30 : $0 - 0x61 + 10 }
        return stride(from: 0, to: 40, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    /// The file of a loose object: zlib's format with nothing compressed.
    static func loose(type: String, _ bytes: [UInt8]) -> [UInt8] {
        let content = whole(type, bytes)
        var file: [UInt8] = [0x78, 0x01]
        for start in stride(from: 0, to: content.count, by: 0xffff) {
            let block = content[start..<min(start + 0xffff, content.count)]
            let length = UInt16(block.count)
            file.append(block.endIndex == content.count ? 1 : 0)
            for number in [length, ~length] { file += [UInt8(number & 0xff), UInt8(number >> 8)] }
            file += block
        }
        var (a, b) = (UInt32(1), UInt32(0))
        for byte in content {
            a = (a + UInt32(byte)) % 65_521
            b = (b + a) % 65_521
        }
        return file + withUnsafeBytes(of: (b << 16 | a).bigEndian) { Array($0) }
    }

    private static func whole(_ type: String, _ bytes: [UInt8]) -> [UInt8] { Array("\(type) \(bytes.count)\0".utf8) + bytes }
}

/// An empty bare repository that lends itself to one input after the other.
final class ScratchRepository: Sendable {
    let path: String
    private let written = Mutex<[String]>([])
    private static let idle: Mutex<[ScratchRepository]> = {
        atexit { ScratchRepository.removeAll() }
        return Mutex([])
    }()

    private init() throws {
        let parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : NSTemporaryDirectory()
        path = "\(parent)/assay-fuzz-\(UUID().uuidString)"
        try Repository.create(at: path)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Gives the body a repository that holds nothing, and takes back what it wrote.
    static func lend<Result>(_ body: (ScratchRepository) async throws -> Result) async throws -> Result {
        let repository = try idle.withLock({ $0.popLast() }) ?? ScratchRepository()
        defer {
            repository.clear()
            idle.withLock { $0.append(repository) }
        }
        return try await body(repository)
    }

    private static func removeAll() { idle.withLock { $0.removeAll() } }

    func write(type: String, _ bytes: [UInt8]) throws -> GitObjectID {
        let id = GitObject.id(type: type, bytes)
        let folder = "\(path)/objects/\(id.hex.prefix(2))"
        let file = "\(folder)/\(id.hex.dropFirst(2))"
        mkdir(folder, 0o700)
        guard written.withLock({ files in files.contains(file) ? false : { files.append(file); return true }() }) else { return id }
        guard FileManager.default.createFile(atPath: file, contents: Data(GitObject.loose(type: type, bytes))) else {
            throw CocoaError(.fileWriteUnknown)
        }
        return id
    }

    private func clear() {
        written.withLock { files in
            for file in files { unlink(file) }
            files.removeAll()
        }
    }
}

import ChildProcess
import Digests
import Foundation
import Model

/// SHA-256 of one large file against OpenSSL's own program.
enum HashBenchmark {
    static func run(bytes: Int, rounds: Int, host: Host) async throws -> Comparison {
        var comparison = Comparison(
            "SHA-256", what: "a file of \(bytes >> 20) MiB, read in pieces", floor: "'openssl dgst -sha256' of the same file",
            goal: nil)
        comparison.bytes = bytes
        let path = host.path("large-file")
        // Fixed bytes; SHA-256 takes equally long for all.
        let piece = Data((0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
        guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path) else {
            throw BenchmarkError(message: "\(path) cannot be written")
        }
        for _ in 0..<(bytes >> 20) { try file.write(contentsOf: piece) }
        try file.close()
        for _ in 0..<rounds {
            let ours = try await comparison.measured.time { try SHA256.digest(ofFile: path) }
            let theirs = try await comparison.bare.time { try host.run("openssl", ["dgst", "-sha256", path]) }
            guard theirs.outputText.contains(ours.hex) else { throw BenchmarkError(message: "the digests differ") }
        }
        try FileManager.default.removeItem(atPath: path)
        return comparison
    }
}

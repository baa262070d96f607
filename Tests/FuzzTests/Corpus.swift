import Foundation

/// The inputs of a target that the repository keeps: seeds, found cases, and words to make others of.
struct Corpus {
    struct Case {
        var path: String
        var bytes: [UInt8]
    }

    let cases: [Case]
    let tokens: [[UInt8]]

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../Fuzz").standardized

    init(of target: String) throws {
        cases = try ["seeds", "regressions"].flatMap { try Corpus.files("\($0)/\(target)") }
        let dictionary = try String(contentsOf: Corpus.folder.appending(path: "dictionaries/\(target).dict"), encoding: .utf8)
        tokens = dictionary.split(separator: "\n").filter { $0.hasPrefix("\"") }.map { Corpus.token($0) }
    }

    private static func files(_ path: String) throws -> [Case] {
        let folder = folder.appending(path: path)
        guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { name in
            Case(path: "Fuzz/\(path)/\(name)", bytes: Array(try Data(contentsOf: folder.appending(path: name))))
        }
    }

    /// The bytes of a line of a dictionary, in libFuzzer's format.
    private static func token(_ line: Substring) -> [UInt8] {
        var rest = Array(line.utf8)[1...].dropLast()
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), let next = rest.popFirst() {
                let isHex = next == UInt8(ascii: "x") && rest.count >= 2
                bytes.append(isHex ? UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0 : next)
                if isHex { rest = rest.dropFirst(2) }
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}

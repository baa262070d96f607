import Digests
import Model

/// The files that a run emits, held until it has succeeded.
struct OutputCollection {
    private(set) var outputs: [Output] = []
    private(set) var lineage: [String: JSONValue] = [:]
    private(set) var bytes: [[UInt8]] = []
    /// Bytes of all of them.
    private(set) var size = 0
    /// Names, and every folder that a name implies.
    private var names: Set<String> = []
    private var folders: Set<String> = []
    private static let digestOfNothing = SHA256.digest([UInt8]())

    mutating func add(name: String, mediaType: String, lineage graph: JSONValue?, _ asked: GuestMessage.Asked) throws {
        guard OutputCollection.isSafe(name) else {
            throw refusal("“\(excerpt(name, 100))” is not a name for an output")
        }
        guard (1...127).contains(mediaType.utf8.count), mediaType.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else {
            throw refusal("the output \(name) has no valid media type")
        }
        var parents: [String] = []
        var parent = name[...]
        while let slash = parent.lastIndex(of: "/") {
            parent = parent[..<slash]
            parents.append(String(parent))
        }
        guard !names.contains(name), !folders.contains(name), parents.allSatisfy({ !names.contains($0) }) else {
            throw refusal("the output \(name) is emitted a second time, or is both a file and a folder")
        }
        names.insert(name)
        folders.formUnion(parents)
        let digest = asked.bodySHA256 ?? OutputCollection.digestOfNothing
        outputs.append(Output(name: name, sha256: digest, size: Int64(asked.body.count), mediaType: mediaType))
        lineage[name] = graph
        bytes.append(asked.body)
        size += asked.body.count
    }

    /// A relative path that stays below its folder on every file system, and of which no part is a name that the stamp
    /// of another output needs.
    static func isSafe(_ name: String) -> Bool {
        (1...200).contains(name.utf8.count)
            && name.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "\\") }
            && name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
                !["", ".", ".."].contains($0) && !$0.hasSuffix(".stamp.json") && !$0.hasSuffix(".stamp.json.sig")
            }
    }

    private func refusal(_ message: String) -> Tellings.Refusal {
        Tellings.Refusal(reason: "OutputRefused", message: message)
    }
}

import Model

/// The digest of a tree of files that anyone can recompute with `sha256sum` and `sort`.
///
/// It is SHA-256 over the manifest: one line `<mode> <sha256> <path>\n` for each file, sorted bytewise by path, with the
/// modes of Git, `100644` and `100755`.
public enum TreeDigest {
    public struct Entry: Hashable, Sendable {
        public var executable: Bool
        public var digest: ContentDigest
        /// Relative to the root of the tree, with `/`.
        public var path: String

        public init(executable: Bool, digest: ContentDigest, path: String) {
            self.executable = executable
            self.digest = digest
            self.path = path
        }
    }

    /// The manifest of the entries, whatever order they are given in.
    public static func manifest(_ entries: [Entry]) throws -> [UInt8] {
        let sorted = entries.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        var manifest: [UInt8] = []
        manifest.reserveCapacity(sorted.reduce(0) { $0 + 73 + $1.path.utf8.count })
        var previous: String?
        for entry in sorted {
            try check(entry.path)
            // Compared as bytes: to Swift, differently composed spellings of one name are equal.
            if let previous, previous.utf8.elementsEqual(entry.path.utf8) {
                throw DigestError.invalidPath(path: entry.path, problem: "it is there twice")
            }
            previous = entry.path
            manifest.append(contentsOf: (entry.executable ? "100755 " : "100644 ").utf8)
            manifest.append(contentsOf: entry.digest.hex.utf8)
            manifest.append(UInt8(ascii: " "))
            manifest.append(contentsOf: entry.path.utf8)
            manifest.append(UInt8(ascii: "\n"))
        }
        return manifest
    }

    public static func digest(_ entries: [Entry]) throws -> ContentDigest { SHA256.digest(try manifest(entries)) }

    /// The entries of a manifest; only the exact bytes that `manifest(_:)` writes are accepted.
    public static func parse(_ manifest: [UInt8]) throws -> [Entry] {
        var entries: [Entry] = []
        var rest = manifest[...]
        while !rest.isEmpty {
            let line = entries.count + 1
            guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else {
                throw DigestError.invalidManifest(line: line, problem: "it does not end with a newline")
            }
            let entry = try parseLine(rest[..<end], line)
            if let last = entries.last, !last.path.utf8.lexicographicallyPrecedes(entry.path.utf8) {
                throw DigestError.invalidManifest(line: line, problem: "paths are not sorted or there twice")
            }
            entries.append(entry)
            rest = rest[(end + 1)...]
        }
        return entries
    }

    /// `<mode> <sha256> <path>`: mode and digest have a fixed width of 6 and 64 bytes.
    private static func parseLine(_ bytes: ArraySlice<UInt8>, _ line: Int) throws -> Entry {
        let start = bytes.startIndex
        let space = UInt8(ascii: " ")
        guard bytes.count > 72, bytes[start + 6] == space, bytes[start + 71] == space,
            let digest = ContentDigest(hex: String(decoding: bytes[(start + 7)..<(start + 71)], as: UTF8.self)),
            let path = String(validating: bytes[(start + 72)...], as: UTF8.self)
        else { throw DigestError.invalidManifest(line: line, problem: "it is not '<mode> <sha256> <path>'") }
        let mode = String(decoding: bytes[start..<(start + 6)], as: UTF8.self)
        guard mode == "100644" || mode == "100755" else {
            throw DigestError.invalidManifest(line: line, problem: "the mode is neither 100644 nor 100755")
        }
        try check(path)
        return Entry(executable: mode == "100755", digest: digest, path: path)
    }

    private static func check(_ path: String) throws {
        func refuse(_ problem: String) -> DigestError { .invalidPath(path: path, problem: problem) }
        guard !path.isEmpty else { throw refuse("it is empty") }
        guard !path.utf8.contains(where: { $0 == 0x0A || $0 == 0 }) else { throw refuse("it holds a newline or NUL") }
        guard path.utf8.first != UInt8(ascii: "/") else { throw refuse("it is absolute") }
        for component in path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if component.isEmpty { throw refuse("it has an empty component") }
            if component.elementsEqual(".".utf8) { throw refuse("it has a '.' component") }
            if component.elementsEqual("..".utf8) { throw refuse("it has a '..' component") }
        }
    }
}

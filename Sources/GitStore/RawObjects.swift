import Model

/// The entries of a tree object, read from its bytes in place.
///
/// `OpenTree` judges more; this is for walks that only follow ids and pass over most entries.
struct RawTree: Sequence, IteratorProtocol {
    struct Entry {
        var mode: UInt32
        var name: UnsafeRawBufferPointer
        var object: ObjectName

        var isFolder: Bool { mode & 0o170000 == 0o040000 }
        /// A commit of another repository: its objects are not here.
        var isSubmodule: Bool { mode & 0o170000 == 0o160000 }

        /// Git's order, in which a folder compares as if its name ended in `/`.
        static func order(_ a: Entry, _ b: Entry) -> Int {
            let common = Swift.min(a.name.count, b.name.count)
            for at in 0..<common where a.name[at] != b.name[at] { return Int(a.name[at]) - Int(b.name[at]) }
            return a.byte(common) - b.byte(common)
        }

        private func byte(_ at: Int) -> Int { at < name.count ? Int(name[at]) : isFolder ? 0x2F : 0 }
    }

    private var rest: UnsafeRawBufferPointer
    /// Whether the bytes ended in the middle of an entry.
    private(set) var isMalformed = false

    init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

    mutating func next() -> Entry? {
        guard !rest.isEmpty else { return nil }
        var mode: UInt32 = 0
        var at = 0
        while at < rest.count, (0x30...0x37).contains(rest[at]), at < 8 {
            mode = mode << 3 | UInt32(rest[at] - 0x30)
            at += 1
        }
        guard at > 0, at < rest.count, rest[at] == 0x20, let end = rest[(at + 1)...].firstIndex(of: 0), end + 20 < rest.count
        else {
            isMalformed = true
            rest = UnsafeRawBufferPointer(start: nil, count: 0)
            return nil
        }
        let name = UnsafeRawBufferPointer(rebasing: rest[(at + 1)..<end])
        let object = ObjectName(UnsafeRawBufferPointer(rebasing: rest[(end + 1)...(end + 20)]))
        rest = UnsafeRawBufferPointer(rebasing: rest[(end + 21)...])
        return Entry(mode: mode, name: name, object: object)
    }
}

/// What a commit object refers to, read from its header.
struct RawCommit {
    var tree: ObjectName
    var parents: [ObjectName] = []

    /// `nil` where the bytes do not begin as a commit does.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes[...]
        func field(_ name: StaticString) -> ObjectName? {
            let label = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
            guard rest.count > label.count + 40, rest.starts(with: label),
                let id = GitObjectID(hex: String(decoding: rest.dropFirst(label.count).prefix(40), as: UTF8.self))
            else { return nil }
            rest = rest.dropFirst(label.count + 41)
            return ObjectName(id)
        }
        guard let tree = field("tree ") else { return nil }
        self.tree = tree
        while let parent = field("parent ") { parents.append(parent) }
    }
}

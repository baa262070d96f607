import Model

@testable import GitStore

/// Git objects said in text, so that an input can name an object by the number of its line.
///
///     blob TEXT            the content of a file
///     tree                 entries follow, one a line: MODE NUMBER NAME; NUMBER counts objects from 0
///     raw BYTES            a tree object of exactly these bytes
///     commit               the lines up to `end` are a commit object; `tree NUMBER` and `parent NUMBER` name objects
///
/// Nothing is checked or sorted: the objects are what somebody can push. A number that no object has is a missing object.
struct TreeScript {
    struct Object {
        var type: String
        var bytes: [UInt8]
        var id: GitObjectID { GitObject.id(type: type, bytes) }
    }

    private(set) var objects: [Object] = []
    private var open: Object?

    init(_ input: [UInt8]) {
        for line in input.split(separator: UInt8(ascii: "\n")) { take(Array(line)) }
        close()
    }

    /// The last is the newer state, the one before it the older.
    var trees: [GitObjectID] { objects.filter { $0.type == "tree" }.map(\.id) }
    var commits: [Object] { objects.filter { $0.type == "commit" } }

    private mutating func take(_ line: [UInt8]) {
        if let commit = open, commit.type == "commit" {
            if line.elementsEqual("end".utf8) { return close() }
            open = Object(type: "commit", bytes: commit.bytes + header(line) + [UInt8(ascii: "\n")])
        } else if line.elementsEqual("tree".utf8) || line.elementsEqual("commit".utf8) {
            close()
            open = Object(type: String(decoding: line, as: UTF8.self), bytes: [])
        } else if line.starts(with: "blob ".utf8) {
            close()
            objects.append(Object(type: "blob", bytes: Array(line.dropFirst(5))))
        } else if line.starts(with: "raw ".utf8) {
            close()
            objects.append(Object(type: "tree", bytes: Array(line.dropFirst(4))))
        } else if let tree = open {
            open = Object(type: "tree", bytes: tree.bytes + entry(line))
        }
    }

    private mutating func close() {
        if let open { objects.append(open) }
        open = nil
    }

    private func entry(_ line: [UInt8]) -> [UInt8] {
        let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return [] }
        return parts[0] + [UInt8(ascii: " ")] + parts[2] + [0] + GitObject.raw(id(number(parts[1])))
    }

    private func header(_ line: [UInt8]) -> [UInt8] {
        for word in ["tree ", "parent "] where line.starts(with: word.utf8) {
            return Array(word.utf8) + Array(id(number(line[word.utf8.count...])).hex.utf8)
        }
        return line
    }

    private func number(_ digits: ArraySlice<UInt8>) -> Int? { Int(String(decoding: digits, as: UTF8.self)) }

    private func id(_ number: Int?) -> GitObjectID {
        guard let number, objects.indices.contains(number) else { return GitObject.id(type: "blob", Array("missing".utf8)) }
        return objects[number].id
    }
}

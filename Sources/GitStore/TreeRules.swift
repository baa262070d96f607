import Model

/// Bounds of a tree that is deployed; a workspace repository holds text.
public struct TreeLimits: Hashable, Sendable {
    /// Bytes of the largest file.
    public var fileBytes: Int
    /// Folders within folders.
    public var depth: Int
    /// Files and folders together; a few hundred bytes of Git objects can unfold to billions.
    public var entries: Int
    /// Bytes of all their paths together, for the same reason.
    public var pathBytes: Int

    public init(fileBytes: Int, depth: Int, entries: Int, pathBytes: Int = 64 << 20) {
        self.fileBytes = fileBytes
        self.depth = depth
        self.entries = entries
        self.pathBytes = pathBytes
    }

    public static let standard = TreeLimits(fileBytes: 10 << 20, depth: 32, entries: 500_000)
}

/// What names may stand in a tree, so that it means the same on every file system and in every terminal.
enum TreeRules {
    static let longestPath = 1024
    /// What file systems take.
    static let longestName = 255
    /// Past this many problems the list helps nobody.
    static let mostProblems = 1000

    /// What is wrong with one name of a folder; `nil` for a good one.
    static func problem(withName name: String) -> String? {
        switch name {
        case "": return "has an empty name"
        case ".", "..": return "is a relative path"
        default: break
        }
        var plain = true
        if name.utf8.count > longestName { return "has a name longer than \(longestName) bytes" }
        for byte in name.utf8 {
            switch byte {
            case 0x2F: return "has a slash in its name"
            case 0x5C: return "has a backslash in its name"
            case 0..<0x20, 0x7F: return "has a control character in its name"
            case 0x80...: plain = false
            default: break
            }
        }
        if !plain, name.unicodeScalars.contains(where: \.isInvisible) { return "has an invisible character in its name" }
        if name.utf8.count == 4, name.lowercased() == ".git" { return "is named like Git's own folder" }
        return nil
    }

    /// Equal for names that some file system takes for one: letter case and Unicode composition do not count.
    static func collisionKey(_ name: String) -> String {
        // Strings compare by canonical equivalence; going through upper case folds ß to ss and both sigmas to one.
        name.utf8.allSatisfy { $0 < 0x80 } ? name.lowercased() : name.uppercased().lowercased()
    }

    static func collision(_ path: String, with other: String) -> Problem {
        Problem(
            file: printable(path), message: "differs from \(printable(other)) only in letter case or Unicode form",
            remedy: "Rename one of the two: they are one file on other file systems")
    }

    static func badName(_ path: String, _ what: String) -> Problem {
        Problem(file: printable(path), message: what, remedy: "Rename it with plain letters, digits, '-', '_' and '.'")
    }

    static func notAFile(_ path: String, _ what: String) -> Problem {
        Problem(file: printable(path), message: "is \(what)", remedy: "Commit the files themselves: only regular files and folders are deployed")
    }

    static func tooLarge(_ path: String, bytes: Int, limit: Int) -> Problem {
        Problem(
            file: printable(path), message: "has \(bytes) bytes, more than the \(limit) allowed",
            remedy: "Keep data out of the repository: it belongs to the tenant's documents or data platform")
    }

    static func tooDeep(_ path: String, limit: Int) -> Problem {
        Problem(file: printable(path), message: "lies more than \(limit) folders deep", remedy: "Flatten the folders")
    }

    /// `nil` where so many entries, with paths of so many bytes, may be looked at.
    static func tooMany(_ path: String, entries: Int, pathBytes: Int, _ limits: TreeLimits) -> Problem? {
        let what: String
        if entries > limits.entries {
            what = "the tree has more than \(limits.entries) files and folders"
        } else if pathBytes > limits.pathBytes {
            what = "the paths of the tree have more than \(limits.pathBytes) bytes together"
        } else {
            return nil
        }
        return Problem(file: printable(path), message: what, remedy: "Split the repository")
    }

    /// A path as a problem names it: one that is too long to deploy is too long to show, too.
    static func printable(_ path: String) -> String { excerpt(path, longestPath) }
}

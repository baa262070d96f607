import Foundation
import Model

/// Finds the documents of an entity and period. Names only: the files are hashed when they are stored.
enum DocumentCatalogue {
    /// Names relative to `<store>/<entity>/<period>/`, sorted bytewise. A folder that does not exist has no documents.
    ///
    /// Symbolic links and other special files are refused: what a link points to is not this entity's document.
    /// Names that begin with a dot are the operating system's own and no documents.
    static func names(in folder: String) throws -> [String] {
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        var names: [String] = []
        try walk(folder, prefix: "", into: &names)
        return names.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    }

    private static func walk(_ folder: String, prefix: String, into names: inout [String]) throws {
        guard prefix.utf8.count < 1024 else { throw RunError.documentRefused(name: prefix, why: "its path is too long") }
        let children: [String]
        do {
            children = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw RunError.documentRefused(name: folder, why: "the folder cannot be read")
        }
        for child in children where !child.hasPrefix(".") {
            let name = prefix + child
            let path = folder + "/" + child
            var status = stat()
            guard lstat(path, &status) == 0 else { throw RunError.documentRefused(name: name, why: "it cannot be read") }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: try walk(path, prefix: name + "/", into: &names)
            case S_IFREG: names.append(name)
            case S_IFLNK: throw RunError.documentRefused(name: name, why: "it is a symbolic link")
            default: throw RunError.documentRefused(name: name, why: "it is not a regular file")
            }
        }
    }
}

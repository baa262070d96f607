import CLibgit2
import Model

/// Reads loose objects for libgit2, before its own reader does: see `docs/decisions/0009-libz-for-loose-objects.md`.
enum LooseObjects {
    /// Makes an object database read the loose objects of a folder, and of those that the folder refers to, through us.
    static func install(in database: OpaquePointer?, reading folder: String) throws(LibraryFailure) {
        let backend = LooseBackend.make(reading: folders(from: folder))
        // From here on the database owns the backend. More than libgit2's own reader has, less than packs have.
        try check(git_odb_add_backend(database, backend, 1))
    }

    /// The folder and all that it borrows from, as `info/alternates` of each says.
    static func folders(from first: String) -> [String] {
        var found = [first]
        var next = 0
        // Git follows five steps; what points in a circle ends here too.
        while next < found.count, next < 32 {
            let folder = found[next]
            next += 1
            let lines = (try? String(contentsOfFile: folder + "/info/alternates", encoding: .utf8))?.split(separator: "\n") ?? []
            for line in lines where !line.hasPrefix("#") {
                let other = line.hasPrefix("/") ? String(line) : folder + "/" + line
                if !found.contains(other) { found.append(other) }
            }
        }
        return found
    }
}

/// A `git_odb_backend` with what its callbacks need behind it.
private struct LooseBackend {
    private final class Folders {
        let paths: [String]
        init(_ paths: [String]) { self.paths = paths }
    }

    /// Must come first: libgit2 knows only this part.
    private var known = git_odb_backend()
    private let folders: Unmanaged<Folders>

    static func make(reading folders: [String]) -> UnsafeMutablePointer<git_odb_backend> {
        let memory = UnsafeMutablePointer<LooseBackend>.allocate(capacity: 1)
        memory.initialize(to: LooseBackend(folders: Unmanaged.passRetained(Folders(folders))))
        let known = UnsafeMutableRawPointer(memory).assumingMemoryBound(to: git_odb_backend.self)
        git_odb_init_backend(known, UInt32(GIT_ODB_BACKEND_VERSION))
        known.pointee.read = readLooseObject
        known.pointee.read_header = readLooseHeader
        known.pointee.free = { LooseBackend.free($0) }
        return known
    }

    private static func free(_ known: UnsafeMutablePointer<git_odb_backend>?) {
        guard let known else { return }
        let memory = UnsafeMutableRawPointer(known).assumingMemoryBound(to: LooseBackend.self)
        memory.pointee.folders.release()
        memory.deinitialize(count: 1)
        memory.deallocate()
    }

    /// The file of an object, or the code for libgit2: not found, or damaged with the reason noted.
    static func open(_ known: UnsafeMutablePointer<git_odb_backend>?, _ oid: UnsafePointer<git_oid>?) -> Opened {
        guard let known, let oid else { return .code(GIT_ERROR.rawValue) }
        let backend = UnsafeMutableRawPointer(known).assumingMemoryBound(to: LooseBackend.self)
        let hex = GitObjectID(oid.pointee).hex
        for folder in backend.pointee.folders.takeUnretainedValue().paths {
            let path = "\(folder)/\(hex.prefix(2))/\(hex.dropFirst(2))"
            do throws(LooseObjectFile.Damaged) {
                if let file = try LooseObjectFile(path) { return .file(file, path) }
            } catch {
                return .code(damaged(path, error))
            }
        }
        return .code(GIT_ENOTFOUND.rawValue)
    }

    enum Opened {
        case file(LooseObjectFile, String)
        case code(Int32)
    }

    static func damaged(_ path: String, _ error: LooseObjectFile.Damaged) -> Int32 {
        git_error_set_str(Int32(GIT_ERROR_ODB.rawValue), "the file \(path) is damaged: \(error.detail)")
        return GIT_ERROR.rawValue
    }
}

private func readLooseObject(
    data: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, size: UnsafeMutablePointer<Int>?,
    kind: UnsafeMutablePointer<git_object_t>?, backend: UnsafeMutablePointer<git_odb_backend>?, oid: UnsafePointer<git_oid>?
) -> Int32 {
    switch LooseBackend.open(backend, oid) {
    case .code(let code): return code
    case .file(let file, let path):
        guard let memory = git_odb_backend_data_alloc(backend, max(file.header.size, 1)) else { return GIT_ERROR.rawValue }
        do throws(LooseObjectFile.Damaged) {
            try file.inflate(into: UnsafeMutableRawBufferPointer(start: memory, count: file.header.size))
        } catch {
            git_odb_backend_data_free(backend, memory)
            return LooseBackend.damaged(path, error)
        }
        data?.pointee = memory
        size?.pointee = file.header.size
        kind?.pointee = file.header.kind
        return 0
    }
}

private func readLooseHeader(
    size: UnsafeMutablePointer<Int>?, kind: UnsafeMutablePointer<git_object_t>?, backend: UnsafeMutablePointer<git_odb_backend>?,
    oid: UnsafePointer<git_oid>?
) -> Int32 {
    switch LooseBackend.open(backend, oid) {
    case .code(let code): return code
    case .file(let file, _):
        size?.pointee = file.header.size
        kind?.pointee = file.header.kind
        return 0
    }
}

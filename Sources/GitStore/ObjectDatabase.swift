import CLibgit2

/// The objects of a repository as bytes, by id.
final class ObjectDatabase {
    private let pointer: OpaquePointer

    /// The objects that a handle reads.
    init(of repository: Repository) throws(LibraryFailure) {
        var opened: OpaquePointer?
        try check(git_repository_odb(&opened, repository.pointer))
        guard let opened else { throw LibraryFailure(code: GIT_ERROR.rawValue) }
        pointer = opened
    }

    /// The objects in a folder, in packs and loose, and nothing else.
    init(in folder: String) throws(LibraryFailure) {
        var opened: OpaquePointer?
        try check(git_odb_open(&opened, folder))
        guard let opened else { throw LibraryFailure(code: GIT_ERROR.rawValue) }
        pointer = opened
    }

    /// The objects of one pack, by the path of its index.
    init(pack index: String) throws(LibraryFailure) {
        var opened: OpaquePointer?
        try check(git_odb_new(&opened))
        guard let opened else { throw LibraryFailure(code: GIT_ERROR.rawValue) }
        pointer = opened
        var backend: UnsafeMutablePointer<git_odb_backend>?
        try check(git_odb_backend_one_pack(&backend, index))
        // From here on the database owns the backend.
        try check(git_odb_add_backend(pointer, backend, 1))
    }

    deinit { git_odb_free(pointer) }

    /// Also reads the objects in another folder, and in those that it refers to.
    func add(_ folder: String) throws(LibraryFailure) {
        try LooseObjects.install(in: pointer, reading: folder)
        try check(git_odb_add_disk_alternate(pointer, folder))
    }

    /// Looks for packs that came since the handle was made.
    func refresh() throws(LibraryFailure) { try check(git_odb_refresh(pointer)) }

    /// Does not look again for new packs where there is no such object: most that are asked after are not there.
    func contains(_ name: ObjectName) -> Bool {
        var oid = name.oid
        return git_odb_exists_ext(pointer, &oid, GIT_ODB_LOOKUP_NO_REFRESH.rawValue) == 1
    }

    func kind(of name: ObjectName) throws(LibraryFailure) -> git_object_t {
        var oid = name.oid
        var length = 0
        var kind = GIT_OBJECT_INVALID
        try check(git_odb_read_header(&length, &kind, pointer, &oid))
        return kind
    }

    /// Lends the bytes of an object, which were hashed again and are what its id says.
    func read<Result>(_ name: ObjectName, _ body: (git_object_t, UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        var oid = name.oid
        var object: OpaquePointer?
        try check(git_odb_read(&object, pointer, &oid))
        defer { git_odb_object_free(object) }
        let bytes = UnsafeRawBufferPointer(start: git_odb_object_data(object), count: git_odb_object_size(object))
        return try body(git_odb_object_type(object), bytes)
    }

    /// Every object, in no order; one that is stored twice comes once or twice.
    func names() throws(LibraryFailure) -> [ObjectName] {
        let list = NameList()
        _ = try withExtendedLifetime(list) { () throws(LibraryFailure) in
            try check(git_odb_foreach(pointer, collectName, Unmanaged.passUnretained(list).toOpaque()))
        }
        return list.names
    }
}

private final class NameList { var names: [ObjectName] = [] }

/// C callbacks capture nothing: `names` keeps the payload alive.
private func collectName(oid: UnsafePointer<git_oid>?, payload: UnsafeMutableRawPointer?) -> Int32 {
    guard let oid, let payload else { return GIT_EUSER.rawValue }
    Unmanaged<NameList>.fromOpaque(payload).takeUnretainedValue().names.append(ObjectName(oid.pointee))
    return 0
}

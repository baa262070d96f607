import CLibgit2

/// Takes the bytes of a pack as they come and leaves it in a folder, synced and with its index, named by its content.
///
/// libgit2 takes the pack apart on the way: what it cannot read, or hashes to something else, does not get a name.
final class PackIndexer {
    private let pointer: OpaquePointer
    private var progress = git_indexer_progress()
    private var pending: [UInt8] = []
    private var room = PackIndexer.header

    /// libgit2 writes through a memory map and makes sure of the disk space only for the page in which a piece ends. So
    /// no piece may pass over a page: on a full disk that would be a signal that ends the process, and not an error.
    private static let page = 4096
    /// The first piece, which makes sure of the first page.
    private static let header = 12

    init(in folder: String) throws(LibraryFailure) {
        var options = git_indexer_options()
        var made: OpaquePointer?
        try check(git_indexer_options_init(&options, UInt32(GIT_INDEXER_OPTIONS_VERSION)))
        try check(git_indexer_new(&made, folder, 0o444, nil, &options))
        guard let made else { throw LibraryFailure(code: GIT_ERROR.rawValue) }
        pointer = made
        pending.reserveCapacity(PackIndexer.page)
    }

    deinit { git_indexer_free(pointer) }

    func append(_ bytes: UnsafeRawBufferPointer) throws(LibraryFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(room - pending.count)
            pending.append(contentsOf: piece)
            rest = rest.dropFirst(piece.count)
            if pending.count == room { try flush() }
        }
    }

    func append(_ bytes: [UInt8]) throws(LibraryFailure) {
        try bytes.withUnsafeBufferPointer { bytes throws(LibraryFailure) in try append(UnsafeRawBufferPointer(bytes)) }
    }

    /// How many objects were indexed.
    func finish() throws(LibraryFailure) -> Int {
        try flush()
        try check(git_indexer_commit(pointer, &progress))
        return Int(progress.indexed_objects)
    }

    private func flush() throws(LibraryFailure) {
        try check(git_indexer_append(pointer, pending, pending.count, &progress))
        pending.removeAll(keepingCapacity: true)
        room = PackIndexer.page
    }
}

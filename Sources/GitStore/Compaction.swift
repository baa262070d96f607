import CLibgit2
import Foundation
import Model

/// Puts the packs and loose objects of a mirror together: every fetch adds a pack, and each one makes reading slower.
///
/// A new pack is published before anything goes, and only what is in it goes. So no crash loses an object, whether a
/// reference leads to it or not, and a reader that finds a file gone looks again and finds the new pack.
struct Compaction {
    private struct Pack {
        var name: String
        var bytes: Int
        var isPlain: Bool
    }

    private let mirror: String
    private let limits: CompactionLimits
    private var folder: String { mirror + "/objects/pack" }

    init(of mirror: String, _ limits: CompactionLimits) {
        self.mirror = mirror
        self.limits = limits
    }

    /// - Returns: whether there was enough to do.
    func run(_ faults: FaultPoints) throws -> Bool {
        do {
            let objects = try putObjectsTogether(faults)
            let references = try putReferencesTogether()
            return objects || references
        } catch let failure as LibraryFailure {
            throw failure.category == GIT_ERROR_OS.rawValue
                ? GitStoreError.mirrorUnwritable(path: mirror, detail: failure.text)
                : GitStoreError.mirrorCorrupted(path: mirror, detail: failure.text)
        }
    }

    private func putObjectsTogether(_ faults: FaultPoints) throws -> Bool {
        let packs = packs()
        let loose = looseObjects()
        let isBloated = packs.reduce(0) { $0 + ($1.isPlain ? $1.bytes : 0) } > limits.plainBytes
        guard packs.count > limits.packs || isBloated || loose.count > limits.looseObjects else { return false }
        let small = Set(Compaction.worthMerging(packs.map(\.bytes)))
        let old = packs.indices.filter { small.contains($0) || (isBloated && packs[$0].isPlain) }.map { packs[$0] }
        var names = Set(loose)
        for pack in old { names.formUnion(try ObjectDatabase(pack: "\(folder)/\(pack.name).idx").names()) }
        let quarantine = try Quarantine(in: mirror)
        try pack(names, into: quarantine)
        try faults.reach(.compactPacked)
        let made = try quarantine.publish(faults)
        try faults.reach(.compactPublished)
        for pack in old where !made.contains(pack.name) { try remove(pack, faults) }
        for name in loose { unlink(path(ofLoose: name)) }
        return true
    }

    private func pack(_ names: Set<ObjectName>, into quarantine: Quarantine) throws {
        let repository = try quarantine.open()
        var builder: OpaquePointer?
        try check(git_packbuilder_new(&builder, repository.pointer))
        defer { git_packbuilder_free(builder) }
        for name in names {
            var oid = name.oid
            try check(git_packbuilder_insert(builder, &oid, nil))
        }
        let indexer = try PackIndexer(in: quarantine.packs)
        _ = try withExtendedLifetime(indexer) {
            try check(git_packbuilder_foreach(builder, appendToPack, Unmanaged.passUnretained(indexer).toOpaque()))
        }
        let count = try indexer.finish()
        guard count == names.count else {
            throw GitStoreError.mirrorCorrupted(path: mirror, detail: "of \(names.count) objects \(count) could be packed")
        }
    }

    /// Which packs to put together: all but the large ones, each of which is larger than all that follow it together. So
    /// each object is written again only as often as its pack doubles.
    ///
    /// - Returns: their places in `sizes`, largest first; at least two where there are two.
    static func worthMerging(_ sizes: [Int]) -> [Int] {
        var places = sizes.indices.sorted { sizes[$0] > sizes[$1] }
        var following = sizes.reduce(0, +)
        while places.count > 2 {
            let size = sizes[places[0]]
            following -= size
            guard size > 2 * following else { break }
            places.removeFirst()
        }
        return places
    }

    private func packs() -> [Pack] {
        let files = Set(names(in: folder))
        return files.filter { $0.hasPrefix("pack-") && $0.hasSuffix(".idx") }.sorted().compactMap { file in
            let name = String(file.dropLast(4))
            var facts = stat()
            // An operator's `.keep` is respected, as Git does.
            guard !files.contains(name + ".keep"), stat("\(folder)/\(name).pack", &facts) == 0 else { return nil }
            return Pack(name: name, bytes: Int(facts.st_size), isPlain: isPlain("\(folder)/\(name).pack"))
        }
    }

    /// Whether the first object of a pack is stored as `PackWriter` does.
    private func isPlain(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var start = [UInt8](repeating: 0, count: 32)
        // The kind of the first object: `PackWriter` writes no differences, which have numbers of their own.
        guard read(descriptor, &start, start.count) == start.count, (1...4).contains(start[12] >> 4 & 7) else { return false }
        // After the pack's header and the object's, whose bytes but the last have the highest bit set.
        let content = start[12...].drop { $0 & 0x80 != 0 }.dropFirst()
        return PackWriter.begins(content)
    }

    private func looseObjects() -> [ObjectName] {
        names(in: mirror + "/objects").filter { $0.count == 2 }.flatMap { prefix in
            names(in: "\(mirror)/objects/\(prefix)").compactMap { GitObjectID(hex: prefix + $0).map(ObjectName.init) }
        }
    }

    private func names(in folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    }

    private func path(ofLoose name: ObjectName) -> String {
        "\(mirror)/objects/\(name.hex.prefix(2))/\(name.hex.dropFirst(2))"
    }

    /// The index first: without it the rest is nothing to a reader.
    private func remove(_ pack: Pack, _ faults: FaultPoints) throws {
        unlink("\(folder)/\(pack.name).idx")
        try faults.reach(.compactIndexRemoved)
        for file in ["pack", "rev", "bitmap", "mtimes"] { unlink("\(folder)/\(pack.name).\(file)") }
    }

    private func putReferencesTogether() throws -> Bool {
        let list = FileManager.default.enumerator(atPath: mirror + "/refs")?.compactMap { $0 as? String } ?? []
        guard list.count > limits.looseReferences else { return false }
        let repository = try Repository(opening: mirror)
        var database: OpaquePointer?
        try check(git_repository_refdb(&database, repository.pointer))
        defer { git_refdb_free(database) }
        try repository.write("packed-refs") { () throws(LibraryFailure) in _ = try check(git_refdb_compress(database)) }
        return true
    }
}

// C callbacks capture nothing: `pack` keeps the payload alive.
private func appendToPack(bytes: UnsafeMutableRawPointer?, count: Int, payload: UnsafeMutableRawPointer?) -> Int32 {
    guard let payload else { return GIT_EUSER.rawValue }
    do {
        try Unmanaged<PackIndexer>.fromOpaque(payload).takeUnretainedValue()
            .append(UnsafeRawBufferPointer(start: bytes, count: count))
        return 0
    } catch {
        return error.code
    }
}

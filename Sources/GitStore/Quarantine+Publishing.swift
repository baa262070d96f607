import Foundation
import Model

extension Quarantine {
    /// Moves what was written here into the mirror, durably. Each pack comes before its index, and counts from then on.
    ///
    /// A crash leaves at most a pack without index, which nobody reads, or a pack that no reference leads to yet.
    /// - Returns: names of the packs.
    @discardableResult
    func publish(_ faults: FaultPoints) throws -> [String] {
        let target = mirror + "/objects/pack"
        let names = try packNames()
        var moved = false
        for name in names {
            // Equal names are equal bytes: it was published before a crash.
            guard access("\(target)/\(name).idx", F_OK) != 0 else { continue }
            // Their content is durable since libgit2 wrote it: see `Library.started`.
            try move("\(name).pack", to: target)
            try faults.reach(.fetchPackPublished)
            try move("\(name).idx", to: target)
            moved = true
        }
        if moved { try sync(folder: target) }
        return names
    }

    /// Names of whole packs, without their extensions.
    private func packNames() throws -> [String] {
        guard let list = try? FileManager.default.contentsOfDirectory(atPath: packs) else { throw failure(packs) }
        let files = Set(list)
        return files.compactMap { file in
            guard file.hasPrefix("pack-"), file.hasSuffix(".idx") else { return nil }
            let name = String(file.dropLast(4))
            return files.contains(name + ".pack") ? name : nil
        }.sorted()
    }

    private func move(_ file: String, to folder: String) throws {
        guard rename("\(packs)/\(file)", "\(folder)/\(file)") == 0 else { throw failure(file) }
    }

    private func sync(folder path: String) throws {
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(path) }
    }

    private func failure(_ what: String) -> GitStoreError {
        .mirrorUnwritable(path: mirror, detail: "\(what): \(String(cString: strerror(errno)))")
    }
}

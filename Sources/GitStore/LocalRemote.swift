import CLibgit2
import Foundation
import Model

/// A repository on this host that the workspace comes from, read in place.
///
/// libgit2's own transport for local remotes packs the whole tree of each commit; this copies what is missing.
final class LocalRemote {
    private let source: Repository
    private let configuration: RemoteConfiguration
    private var url: String { shown(configuration.url) }

    /// - Throws: `unreachable`, `sha256Repository`.
    init(at path: String, _ configuration: RemoteConfiguration) throws {
        self.configuration = configuration
        let url = shown(configuration.url)
        guard FileManager.default.fileExists(atPath: path) else {
            throw GitStoreError.unreachable(url: path, detail: "there is no such folder")
        }
        do {
            source = try Repository(reading: path)
        } catch {
            throw error.text.contains("objectformat")
                ? GitStoreError.sha256Repository(url: url) : GitStoreError.unreachable(url: url, detail: error.text)
        }
    }

    /// Where the branch stands.
    ///
    /// - Throws: `branchMissing`, `remoteEmpty`, `remoteDamaged`.
    func tip() throws -> GitObjectID {
        do {
            if let tip = try source.target(of: configuration.remoteReference) { return tip }
            let names = try source.references(under: "refs/")
            guard !names.isEmpty else { throw GitStoreError.remoteEmpty(url: url) }
            let branches = names.filter { $0.hasPrefix("refs/heads/") }.map { String($0.dropFirst(11)) }
            throw GitStoreError.branchMissing(url: url, branch: configuration.branch, others: Array(branches.prefix(10)))
        } catch GitStoreError.mirrorCorrupted(_, let detail) {
            throw GitStoreError.remoteDamaged(url: url, detail: detail)
        }
    }

    /// Copies what the mirror lacks of a commit and its history, each object hashed again on the way.
    ///
    /// - Throws: `remoteDamaged`, `shallowRepository`, `unreachable`, `mirrorUnwritable`.
    func copy(_ tip: GitObjectID, lackedBy mirror: Repository, into quarantine: Quarantine, _ faults: FaultPoints) throws {
        do {
            let (here, there) = try databases(mirror)
            var missing = MissingObjects(in: there, lackedBy: here)
            try missing.collect(from: ObjectName(tip))
            try faults.reach(.fetchVerified)
            if !missing.objects.isEmpty { try write(missing.objects, from: there, into: quarantine) }
            try faults.reach(.fetchDownloaded)
        } catch let object as UnreadableObject {
            if object.isOutOfReach { throw GitStoreError.unreachable(url: url, detail: object.description) }
            throw object.isMissing && source.isShallow
                ? GitStoreError.shallowRepository(url: url) : GitStoreError.remoteDamaged(url: url, detail: object.description)
        }
    }

    private func databases(_ mirror: Repository) throws -> (here: ObjectDatabase, there: ObjectDatabase) {
        do {
            let here = try ObjectDatabase(of: mirror)
            // What other processes have published since the handle was made.
            try here.refresh()
            return (here, try ObjectDatabase(of: source))
        } catch {
            throw GitStoreError.unreachable(url: url, detail: error.text)
        }
    }

    private func write(_ objects: [MissingObjects.Object], from source: ObjectDatabase, into quarantine: Quarantine) throws {
        do {
            var pack = try PackWriter(in: quarantine.packs, count: objects.count)
            for object in objects {
                try object.read(from: source) { bytes in
                    do throws(LibraryFailure) {
                        try pack.append(object.kind, bytes)
                    } catch {
                        throw quarantine.unwritable(error)
                    }
                }
            }
            try pack.finish()
        } catch let failure as LibraryFailure {
            throw quarantine.unwritable(failure)
        }
    }
}

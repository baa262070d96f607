import CLibgit2
import Foundation
import Model

/// The status that homes have pushed to a repository, read by somebody who has nothing but its address.
///
/// Fetches into a folder of its own that goes with the value.
public final class StatusClone {
    private let repository: Repository
    private let remote: RemoteConfiguration
    private let folder: String

    public init(_ remote: RemoteConfiguration) throws {
        try remote.checkURL()
        folder = NSTemporaryDirectory() + "assay-status-" + UUID().uuidString
        try Repository.create(at: folder)
        self.remote = remote
        do {
            repository = try Repository(opening: folder)
        } catch {
            try? FileManager.default.removeItem(atPath: folder)
            throw error
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Every reference that begins so, and where it stands; asks the remote.
    public func references(under prefix: String) throws -> [String: GitObjectID] {
        let connection = try RemoteConnection(to: remote, in: repository)
        try connection.connect(GIT_DIRECTION_FETCH)
        return try connection.advertised().filter { $0.key.hasPrefix(prefix) }
    }

    /// Fetches one reference; gives the facts of its commit, `nil` where there is no such reference.
    public func fetch(_ reference: String) throws -> Revision? {
        let connection = try RemoteConnection(to: remote, in: repository)
        try connection.connect(GIT_DIRECTION_FETCH)
        guard let tip = try connection.advertised()[reference] else { return nil }
        try connection.download("+\(reference):refs/assay/fetched")
        return try repository.revision(tip)
    }

    /// A file of a fetched commit; `nil` where there is none.
    public func file(_ path: String, at commit: GitObjectID) throws -> [UInt8]? {
        try repository.file(path, at: commit)
    }

    /// The names in a folder of a fetched commit, sorted bytewise as Git does; none where there is no such folder.
    public func names(in folder: String, at commit: GitObjectID) throws -> [String] {
        guard let entry = try repository.entry(at: folder, below: try repository.rootTree(of: commit)),
            entry.kind == .directory
        else { return [] }
        let tree = try OpenTree(entry.id, in: repository, place: folder)
        return (0..<tree.count).compactMap { tree[$0].text }
    }
}

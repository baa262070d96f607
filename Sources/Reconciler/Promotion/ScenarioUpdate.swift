import Foundation
import GitStore
import Model
import TenantStore

/// Takes what scenarios gave as what they must give from now on: rewrites `expected/` and `posted.csv` in a working tree.
public struct ScenarioUpdate: Sendable {
    public struct Change: Sendable, Hashable {
        /// Path in the workspace.
        public var path: String
        /// `nil` where the file is new.
        public var before: [UInt8]?
        /// `nil` where it goes.
        public var after: [UInt8]?

        /// A few lines that show the change.
        public var excerpt: [String] {
            guard let before, let after else { return [] }
            return ContentDifference.first(before, after, isJSON: path.hasSuffix(".json"))?.excerpt ?? []
        }
    }

    public let changes: [Change]
    private let workspace: String

    /// What would change; nothing is written yet. A scenario that failed to run, or whose executions differ, is left alone.
    public init(_ reports: [ScenarioReport], in workspace: String) throws {
        self.workspace = workspace
        let tree = WorkingDirectory(workspace)
        changes = try reports.flatMap { try Self.changes($0, tree) }
    }

    private static func changes(_ report: ScenarioReport, _ tree: WorkingDirectory) throws -> [Change] {
        guard let produced = report.produced else { return [] }
        let expected = report.folder + "/expected", posted = report.folder + "/posted.csv"
        var wanted: [String: [UInt8]] = [:]
        for (name, bytes) in produced.outputs { wanted["\(expected)/\(name)"] = bytes }
        if !produced.posted.isEmpty { wanted[posted] = produced.posted }
        var there = Set(try tree.files(under: expected).map(\.path))
        if try tree.exists(posted) { there.insert(posted) }
        return try there.union(wanted.keys).sorted().compactMap { path in
            let before = there.contains(path) ? try tree.read(path) : nil
            return before == wanted[path] ? nil : Change(path: path, before: before, after: wanted[path])
        }
    }

    /// Each file whole or as it was. What goes, goes first: it may stand where a folder must be.
    public func apply() throws {
        for change in changes where change.after == nil {
            guard unlink(workspace + "/" + change.path) == 0 else { throw UpdateError(path: change.path, errno: errno) }
            var folder = (change.path as NSString).deletingLastPathComponent
            while folder.contains("/expected"), rmdir(workspace + "/" + folder) == 0 {
                folder = (folder as NSString).deletingLastPathComponent
            }
        }
        for change in changes {
            guard let bytes = change.after else { continue }
            let path = workspace + "/" + change.path
            try FileSystem.makeDirectories((path as NSString).deletingLastPathComponent)
            do {
                try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
            } catch {
                throw UpdateError(path: change.path, errno: errno)
            }
        }
    }
}

/// A file of a scenario that could not be written.
public struct UpdateError: AssayError, Equatable {
    public let path: String
    public let errno: Int32

    public var reason: String { "ExpectationUnwritable" }
    public var message: String { "\(path) cannot be written: \(String(cString: strerror(errno)))" }
    public var remedy: String { "Check permissions and free space, and run the update again" }
}

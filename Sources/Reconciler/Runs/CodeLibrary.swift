import Digests
import Foundation
import GitStore
import Model
import TenantStore

/// The code of a run, laid out as the sandbox mounts it at `/work`.
///
/// Files come from Git objects each time, never from a working tree. Within this process a layout is made once per
/// set of trees: closing two hundred entities exports the code once.
actor CodeLibrary {
    private nonisolated let queue = QueueExecutor(label: "assay.code")
    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    private let mirror: Mirror
    private let folder: String
    private var layouts: [[CodeTree]: String] = [:]
    private var known: [String: [CodeTree]] = [:]

    /// `folder` is scratch space of this process; everything in it is removed by `clear`.
    init(mirror: Mirror, folder: String) {
        self.mirror = mirror
        self.folder = folder
    }

    /// The trees that a run of this runbook mounts; capabilities only where the commit has them.
    func trees(commit: GitObjectID, runbook: String, tenant: String) async throws -> [CodeTree] {
        let key = "\(commit) \(runbook) \(tenant)"
        if let trees = known[key] { return trees }
        let runbookPath = "runbooks/\(runbook)"
        guard let code = try await mirror.treeDigest(commit, path: runbookPath) else {
            throw RunError.runbookUnusable(slug: runbook, why: "commit \(commit.short) has no \(runbookPath)")
        }
        var trees = [code]
        for path in ["capabilities", "tenants/\(tenant)/capabilities"] {
            if let tree = try await mirror.treeDigest(commit, path: path) { trees.append(tree) }
        }
        known[key] = trees
        return trees
    }

    /// A folder that holds exactly these trees, checked against their digests.
    func layout(_ trees: [CodeTree]) async throws -> String {
        if let made = layouts[trees] { return made }
        let place = "\(folder)/code-\(layouts.count)"
        // What an attempt that failed half-way left here is not this code.
        try? FileManager.default.removeItem(atPath: place)
        for tree in trees {
            try lay(out: try await mirror.export(tree: tree.gitTree), as: tree, in: place)
        }
        layouts[trees] = place
        return place
    }

    /// The same from a working tree, which must hold exactly these trees.
    func layout(_ trees: [CodeTree], from working: WorkingDirectory) throws -> String {
        let place = "\(folder)/checkout"
        for tree in trees { try lay(out: try working.export(tree.path), as: tree, in: place) }
        return place
    }

    private func lay(out files: [ExportedFile], as tree: CodeTree, in place: String) throws {
        guard try files.treeDigest() == tree.sha256 else {
            throw RunError.codeDiffers(path: tree.path, expected: tree.sha256)
        }
        try CodeLayout.write(files, under: "\(place)/\(tree.path)")
    }

    func clear() { try? FileManager.default.removeItem(atPath: folder) }
}

import Digests
import Model

@testable import GitStore

/// The content of commits, whatever objects somebody pushes.
///
/// The last tree of the input is the newer state, the tree before it the older one.
enum TreePromises {
    /// Small, so that a few lines can reach them.
    private static let limits = TreeLimits(fileBytes: 64, depth: 6, entries: 2_000)

    @Sendable static func check(_ input: [UInt8]) async throws {
        let script = TreeScript(input)
        try await ScratchRepository.lend { repository in
            for object in script.objects { _ = try repository.write(type: object.type, object.bytes) }
            let remote = RemoteConfiguration(url: "/nonexistent", branch: "main")
            let mirror = try Mirror(opening: repository.path, remote: remote, limits: limits)
            for commit in script.commits { try await check(commit: commit, mirror) }
            guard let newest = script.trees.last else { return }
            let new = try repository.commit(newest)
            let judged = try await snapshot(new, nil, mirror)
            if let judged { try await check(judged, mirror) }
            guard script.trees.count > 1 else { return }
            let old = try repository.commit(script.trees[script.trees.count - 2])
            try await compare(old, new, judged, mirror)
        }
    }

    // MARK: Commits

    private static func check(commit object: TreeScript.Object, _ mirror: Mirror) async throws {
        do {
            let revision = try await mirror.revision(object.id)
            try promise(revision.commit == object.id, "a commit has another's name")
            guard let signed = try await mirror.signedContent(of: object.id) else { return }
            try promise(
                signed.payload.count + signed.signature.count < object.bytes.count,
                "a signature and what it signs are more than the commit")
            _ = try await snapshot(object.id, nil, mirror)
        } catch let error as GitStoreError {
            try BrokenPromise.check(error)
        }
    }

    // MARK: One tree

    /// `nil` where the tree may not be deployed, for good reasons.
    private static func snapshot(
        _ commit: GitObjectID, _ trusted: GitObjectID?, _ mirror: Mirror
    ) async throws -> Snapshot? {
        do {
            return try await mirror.snapshot(commit, trusting: trusted)
        } catch let error as GitStoreError {
            try refused(error)
            return nil
        }
    }

    private static func refused(_ error: GitStoreError) throws {
        try BrokenPromise.check(error)
        if case .treeRefused(_, let problems) = error {
            try BrokenPromise.check(problems)
            try promise(problems.count <= TreeRules.mostProblems, "\(problems.count) problems")
        }
    }

    private static func check(_ snapshot: Snapshot, _ mirror: Mirror) async throws {
        let files = try snapshot.files()
        let paths = files.map(\.path)
        try promise(
            zip(paths, paths.dropFirst()).allSatisfy { $0.utf8.lexicographicallyPrecedes($1.utf8) },
            "paths are doubled or not in order: \(paths)")
        try promise(files.count <= limits.entries, "\(files.count) files")
        for file in files.prefix(50) {
            let names = file.path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            try promise(
                names.allSatisfy { TreeRules.problem(withName: $0) == nil } && names.count <= limits.depth + 1,
                "'\(file.path)' is no path to deploy")
            try promise(try snapshot.exists(file.path), "\(file.path) does not exist")
            let bytes = try snapshot.read(file.path)
            try promise(bytes.count == file.size && bytes.count <= limits.fileBytes, "\(file.path) has \(bytes.count) bytes")
            let folder = names.dropLast().joined(separator: "/")
            try promise(try snapshot.tree(at: folder) != nil, "\(folder) is no folder")
            try promise(try snapshot.files(under: folder).contains(file), "\(file.path) is not in its folder")
        }
        let exported = try await mirror.export(tree: snapshot.root)
        try promise(exported.map(\.path) == paths, "another set of files is exported")
        try promise(try await mirror.treeDigest(tree: snapshot.root) == exported.treeDigest(), "a tree has two digests")
    }

    // MARK: Two trees

    private static func compare(_ old: GitObjectID, _ new: GitObjectID, _ judged: Snapshot?, _ mirror: Mirror) async throws {
        let named: Set<String>?
        do {
            named = Set(try await mirror.changedPaths(from: old, to: new))
        } catch let error as GitStoreError {
            try refused(error)
            named = nil
        }
        // What was accepted is trusted: without it there is nothing to promise about the difference.
        guard let base = try await snapshot(old, nil, mirror) else { return }
        let trusting = try await snapshot(new, old, mirror)
        try promise((trusting == nil) == (judged == nil), "a tree is judged in two ways, with and without the accepted one")
        guard let judged else { return }
        let changes = try await mirror.changes(from: old, to: new).changes
        var files = Dictionary(uniqueKeysWithValues: try base.files().map { ($0.path, $0.size) })
        for change in changes {
            try promise((files[change.path] != nil) == (change.action != .added), "\(change) is no change of \(files)")
            files[change.path] = change.action == .deleted ? nil : change.size
        }
        let expected = Dictionary(uniqueKeysWithValues: try judged.files().map { ($0.path, $0.size) })
        try promise(files == expected, "the changes lead to \(files), not \(expected)")
        try promise(named == nil || named == Set(changes.map(\.path)), "changed paths \(named ?? []) and changes \(changes) differ")
    }
}

extension ScratchRepository {
    /// A commit of this tree.
    func commit(_ tree: GitObjectID) throws -> GitObjectID {
        let text = """
            tree \(tree.hex)
            author Ada <ada@example.com> 1767225600 +0000
            committer Ada <ada@example.com> 1767225600 +0000

            By hand

            """
        return try write(type: "commit", Array(text.utf8))
    }
}

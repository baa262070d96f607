import CLibgit2
import Foundation
import Model

extension Repository {
    /// The facts of a commit.
    ///
    /// - Throws: `commitRefused`, `objectMissing`, `objectCorrupted`.
    func revision(_ id: GitObjectID) throws -> Revision {
        try withCommit(id) { commit in
            guard let tree = git_commit_tree_id(commit), let author = git_commit_author(commit),
                let committer = git_commit_committer(commit)
            else { throw GitStoreError.objectCorrupted(id: id.hex, place: "commit", detail: "it lacks tree or author") }
            let parents = git_commit_parentcount(commit)
            guard parents <= 1_000 else {
                throw GitStoreError.commitRefused(commit: id, detail: "it has \(parents) parents")
            }
            let message = try text(git_commit_message(commit), atMost: 1 << 20, "its message", of: id)
            let end = message.utf8.firstIndex(of: UInt8(ascii: "\n")) ?? message.endIndex
            return Revision(
                commit: id, tree: GitObjectID(tree.pointee),
                parents: (0..<parents).compactMap {
                    git_commit_parent_id(commit, $0).map { GitObjectID($0.pointee) }
                },
                author: try person(author.pointee, of: id), committer: try person(committer.pointee, of: id),
                subject: message[..<end].trimmingCharacters(in: .whitespacesAndNewlines),
                body: message[end...].trimmingCharacters(in: .whitespacesAndNewlines), signature: signature(of: commit))
        }
    }

    func rootTree(of id: GitObjectID) throws -> GitObjectID {
        try withCommit(id) { commit in
            guard let tree = git_commit_tree_id(commit) else {
                throw GitStoreError.objectCorrupted(id: id.hex, place: "commit", detail: "it lacks a tree")
            }
            return GitObjectID(tree.pointee)
        }
    }

    /// Whether `a` is `b` or one of its ancestors.
    func isAncestor(_ a: GitObjectID, of b: GitObjectID) throws -> Bool {
        if a == b { return true }
        var ancestor = a.oid
        var descendant = b.oid
        do {
            return try check(git_graph_descendant_of(pointer, &descendant, &ancestor)) == 1
        } catch {
            throw objectError(error, id: b, place: "history between \(a.short) and \(b.short)")
        }
    }

    /// The commit whose id begins with `prefix`.
    func commit(beginning prefix: String) throws -> GitObjectID {
        var partial = git_oid()
        var whole = git_oid()
        var database: OpaquePointer?
        do {
            try check(git_repository_odb(&database, pointer))
            defer { git_odb_free(database) }
            try check(git_oid_fromstrn(&partial, prefix, prefix.utf8.count))
            try check(git_odb_exists_prefix(&whole, database, &partial, prefix.utf8.count))
        } catch where error.code == GIT_EAMBIGUOUS.rawValue {
            throw GitStoreError.revisionAmbiguous(prefix)
        } catch where error.isNotFound {
            throw GitStoreError.revisionUnknown(prefix)
        } catch {
            throw GitStoreError.objectCorrupted(id: prefix, place: "commit", detail: error.text)
        }
        do {
            return try withCommit(GitObjectID(whole)) { _ in GitObjectID(whole) }
        } catch GitStoreError.objectMissing {
            throw GitStoreError.revisionUnknown(prefix)
        }
    }

    /// Names the object behind a failed read.
    func objectError(_ failure: LibraryFailure, id: GitObjectID, place: String) -> GitStoreError {
        failure.isNotFound
            ? .objectMissing(id: id.hex, place: place)
            : .objectCorrupted(id: id.hex, place: place, detail: failure.text)
    }

    func withCommit<Result>(_ id: GitObjectID, _ body: (OpaquePointer) throws -> Result) throws -> Result {
        var oid = id.oid
        var commit: OpaquePointer?
        do {
            try check(git_commit_lookup(&commit, pointer, &oid))
        } catch {
            throw objectError(error, id: id, place: "commit")
        }
        guard let commit else { throw GitStoreError.objectMissing(id: id.hex, place: "commit") }
        defer { git_commit_free(commit) }
        return try body(commit)
    }

    private func person(_ signature: git_signature, of id: GitObjectID) throws -> GitPerson {
        GitPerson(
            name: try text(signature.name, atMost: 1 << 10, "a name", of: id),
            email: try text(signature.email, atMost: 1 << 10, "an e-mail address", of: id),
            time: signature.when.time, offset: Int(signature.when.offset))
    }

    /// A text of a commit, which anybody can push in any size: one that nobody writes is refused and not cut, because who
    /// answers for a commit may stand at its end.
    private func text(
        _ start: UnsafePointer<CChar>?, atMost longest: Int, _ what: String, of id: GitObjectID
    ) throws -> String {
        guard let start else { return "" }
        let count = strnlen(start, longest + 1)
        guard count <= longest else {
            throw GitStoreError.commitRefused(commit: id, detail: "\(what) has more than \(longest) bytes")
        }
        let text = String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
        guard !heapsMarks(text, moreThan: 500) else {
            throw GitStoreError.commitRefused(commit: id, detail: "\(what) heaps hundreds of marks on one letter")
        }
        return text
    }

    private func signature(of commit: OpaquePointer) -> Revision.Signature {
        var field = git_buf()
        guard git_commit_header_field(&field, commit, "gpgsig") == 0, let text = field.ptr else { return .none }
        defer { git_buf_dispose(&field) }
        return SignedContent.kind(of: String(cString: text).utf8)
    }
}

import CLibgit2
import Model

/// Checks that what a remote sent is whole: that everything new refers only to what is new too or in the mirror.
///
/// The mirror itself is whole, so no history has to be walked: looking at each new object once is enough.
struct ClosureCheck {
    /// What was sent, and nothing else.
    private let sent: ObjectDatabase
    /// What was sent and what the mirror has.
    private let all: ObjectDatabase
    private let remote: String

    /// - Parameter repository: a handle on the quarantine that reads the mirror too.
    init(of quarantine: Quarantine, _ repository: Repository, remote: String) throws {
        do {
            sent = try ObjectDatabase(in: quarantine.objects)
            all = try ObjectDatabase(of: repository)
            try all.refresh()
        } catch {
            throw quarantine.unwritable(error)
        }
        self.remote = remote
    }

    /// - Throws: `transferIncomplete`.
    func verify(_ tip: GitObjectID) throws {
        do {
            guard try all.kind(of: ObjectName(tip)) == GIT_OBJECT_COMMIT else { throw incomplete("\(tip) is not a commit") }
            for name in try sent.names() {
                switch try sent.kind(of: name) {
                case GIT_OBJECT_COMMIT: try commit(name)
                case GIT_OBJECT_TREE: try tree(name)
                default: continue
                }
            }
        } catch let failure as LibraryFailure {
            throw incomplete(failure.text)
        }
    }

    private func commit(_ name: ObjectName) throws {
        try sent.read(name) { _, bytes in
            guard let commit = RawCommit(bytes) else { throw incomplete("commit \(name.hex) lacks a tree") }
            for reference in [commit.tree] + commit.parents { try require(reference, for: "commit", name) }
        }
    }

    private func tree(_ name: ObjectName) throws {
        try sent.read(name) { _, bytes in
            var entries = RawTree(bytes)
            while let entry = entries.next() {
                if !entry.isSubmodule { try require(entry.object, for: "tree", name) }
            }
            guard !entries.isMalformed else { throw incomplete("the entries of tree \(name.hex) are malformed") }
        }
    }

    private func require(_ name: ObjectName, for what: String, _ owner: ObjectName) throws {
        guard all.contains(name) else { throw incomplete("object \(name.hex) is missing, which \(what) \(owner.hex) refers to") }
    }

    private func incomplete(_ detail: String) -> GitStoreError { .transferIncomplete(url: remote, detail: detail) }
}

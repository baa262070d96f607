import CLibgit2
import Foundation
import Model

extension Repository {
    /// The commit a reference points to; `nil` where there is no such reference.
    func target(of reference: String) throws -> GitObjectID? {
        var oid = git_oid()
        do {
            try check(git_reference_name_to_id(&oid, pointer, reference))
        } catch where error.isNotFound {
            return nil
        } catch {
            throw GitStoreError.mirrorCorrupted(path: path, detail: "\(reference): \(error.text)")
        }
        return GitObjectID(oid)
    }

    /// Points `reference` to `commit`, durably, whatever it pointed to before.
    func point(_ reference: String, to commit: GitObjectID, because reason: String) throws {
        do {
            try write(reference, commit, reason)
        } catch {
            guard error.code == GIT_ELOCKED.rawValue, removeStaleLock(of: reference) else {
                throw unwritable(reference, error)
            }
            do {
                try write(reference, commit, reason)
            } catch {
                throw unwritable(reference, error)
            }
        }
    }

    /// Every reference below a prefix such as `refs/assay/keep/`.
    func references(under prefix: String) throws -> [String] {
        var names = git_strarray()
        do {
            try check(git_reference_list(&names, pointer))
        } catch {
            throw GitStoreError.mirrorCorrupted(path: path, detail: error.text)
        }
        defer { git_strarray_dispose(&names) }
        return (0..<names.count).compactMap { names.strings[$0].map { String(cString: $0) } }
            .filter { $0.hasPrefix(prefix) }
            .sorted()
    }

    private func write(_ reference: String, _ commit: GitObjectID, _ reason: String) throws(LibraryFailure) {
        var oid = commit.oid
        var made: OpaquePointer?
        try check(git_reference_create(&made, pointer, reference, &oid, 1, reason))
        git_reference_free(made)
    }

    private func unwritable(_ reference: String, _ failure: LibraryFailure) -> GitStoreError {
        .mirrorUnwritable(path: path, detail: "\(reference): \(failure.text)")
    }

    /// A process that was killed leaves its lock behind; writing a reference takes milliseconds, so a lock of a minute
    /// has no owner any more.
    private func removeStaleLock(of reference: String) -> Bool {
        let lock = "\(path)/\(reference).lock"
        var facts = stat()
        guard stat(lock, &facts) == 0, time(nil) - facts.st_mtim.tv_sec > 60 else { return false }
        return unlink(lock) == 0
    }
}

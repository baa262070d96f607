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
        try write(reference) { () throws(LibraryFailure) in
            var oid = commit.oid
            var made: OpaquePointer?
            try check(git_reference_create(&made, pointer, reference, &oid, 1, reason))
            git_reference_free(made)
        }
    }

    /// The same only where it still points to `known`; `false` where another process has moved it.
    func move(_ reference: String, from known: GitObjectID?, to commit: GitObjectID, because reason: String) throws -> Bool {
        try write(reference) { () throws(LibraryFailure) in
            var oid = commit.oid
            var made: OpaquePointer?
            let code: Int32
            if var expected = known?.oid {
                code = git_reference_create_matching(&made, pointer, reference, &oid, 1, &expected, reason)
            } else {
                code = git_reference_create(&made, pointer, reference, &oid, 0, reason)
            }
            if code == GIT_EMODIFIED.rawValue || code == GIT_EEXISTS.rawValue { return false }
            try check(code)
            git_reference_free(made)
            return true
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

    /// Writes what `<reference>.lock` guards. A process that was killed leaves its lock behind; writing takes milliseconds,
    /// so a lock of seconds has no owner any more.
    func write<Result>(_ reference: String, _ body: () throws(LibraryFailure) -> Result) throws -> Result {
        while true {
            do {
                return try body()
            } catch {
                guard error.code == GIT_ELOCKED.rawValue, let age = age(ofLock: reference) else {
                    throw unwritable(reference, error)
                }
                guard age > 2 else {
                    usleep(20_000)
                    continue
                }
                guard unlink("\(path)/\(reference).lock") == 0 || errno == ENOENT else { throw unwritable(reference, error) }
            }
        }
    }

    /// In seconds; 0 where it has just gone.
    private func age(ofLock reference: String) -> Double? {
        var facts = stat()
        guard stat("\(path)/\(reference).lock", &facts) == 0 else { return errno == ENOENT ? 0 : nil }
        // A clock that was set back must not make a lock last for ever.
        return abs(Date().timeIntervalSince1970 - Double(facts.st_mtim.tv_sec) - Double(facts.st_mtim.tv_nsec) / 1e9)
    }

    private func unwritable(_ reference: String, _ failure: LibraryFailure) -> GitStoreError {
        .mirrorUnwritable(path: path, detail: "\(reference): \(failure.text)")
    }
}

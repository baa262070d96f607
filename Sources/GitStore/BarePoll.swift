import CLibgit2

/// The least that asking a remote for its branches costs: libgit2 itself, with nothing of ours around it.
///
/// Only for the benchmark that compares a reconcile with it; local remotes only.
package final class BarePoll {
    private let repository: Repository
    private let url: String

    package init(mirror path: String, url: String) throws {
        repository = try Repository(opening: path)
        self.url = url
    }

    /// Connects, lists and disconnects; returns how many references the remote has.
    package func run() throws -> Int {
        var remote: OpaquePointer?
        try check(git_remote_create_anonymous(&remote, repository.pointer, url))
        defer { git_remote_free(remote) }
        try check(git_remote_connect(remote, GIT_DIRECTION_FETCH, nil, nil, nil))
        var list: UnsafeMutablePointer<UnsafePointer<git_remote_head>?>?
        var count = 0
        try check(git_remote_ls(&list, &count, remote))
        try check(git_remote_disconnect(remote))
        return count
    }
}

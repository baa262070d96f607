import CLibgit2
import Foundation
import Model

/// One conversation with the remote; it ends when the value goes.
final class RemoteConnection {
    let remote: OpaquePointer
    let configuration: RemoteConfiguration
    let kind: RemoteKind
    let trust: RemoteTrust
    private let mirror: String

    init(to configuration: RemoteConfiguration, in repository: Repository) throws {
        guard let kind = RemoteKind(url: configuration.url) else {
            throw GitStoreError.urlUnsupported(url: shown(configuration.url))
        }
        if case .local(let path) = kind, !FileManager.default.fileExists(atPath: path) {
            throw GitStoreError.unreachable(url: path, detail: "there is no such folder")
        }
        trust = try RemoteTrust(configuration, kind)
        var made: OpaquePointer?
        do {
            try check(git_remote_create_anonymous(&made, repository.pointer, configuration.url))
        } catch {
            throw GitStoreError.unreachable(url: shown(configuration.url), detail: error.text)
        }
        guard let made else { throw GitStoreError.urlUnsupported(url: shown(configuration.url)) }
        remote = made
        self.configuration = configuration
        self.kind = kind
        mirror = repository.path
    }

    deinit {
        git_remote_disconnect(remote)
        git_remote_free(remote)
    }

    /// Connects and says where the branch stands there.
    func tip() throws -> GitObjectID {
        try connect(GIT_DIRECTION_FETCH)
        let heads = try advertised()
        if let tip = heads[configuration.remoteReference] { return tip }
        let url = shown(configuration.url)
        guard !heads.isEmpty else { throw GitStoreError.remoteEmpty(url: url) }
        let branches = heads.keys.filter { $0.hasPrefix("refs/heads/") }.map { String($0.dropFirst(11)) }.sorted()
        throw GitStoreError.branchMissing(url: url, branch: configuration.branch, others: Array(branches.prefix(10)))
    }

    /// - Throws: `credentialsRefused`, `hostKeyUnknown` and the like where either side does not trust the other.
    func connect(_ direction: git_direction) throws {
        try attempt { callbacks in
            var proxy = git_proxy_options()
            try check(git_proxy_options_init(&proxy, UInt32(GIT_PROXY_OPTIONS_VERSION)))
            proxy.type = GIT_PROXY_AUTO
            try check(git_remote_connect(remote, direction, &callbacks, &proxy, nil))
        }
    }

    /// Brings the branch's objects into the mirror; no reference moves.
    func download() throws { try download("+\(configuration.remoteReference):\(configuration.trackingReference)") }

    func download(_ specification: String) throws {
        try attempt { callbacks in
            var options = git_fetch_options()
            try check(git_fetch_options_init(&options, UInt32(GIT_FETCH_OPTIONS_VERSION)))
            options.callbacks = callbacks
            options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE
            options.prune = GIT_FETCH_NO_PRUNE
            options.proxy_opts.type = GIT_PROXY_AUTO
            try check(withList(of: specification) { git_remote_download(remote, $0, &options) })
        }
    }

    func withList(of specification: String, _ body: (UnsafePointer<git_strarray>) -> Int32) -> Int32 {
        specification.withCString { text in
            var pointer: UnsafeMutablePointer<CChar>? = UnsafeMutablePointer(mutating: text)
            return withUnsafeMutablePointer(to: &pointer) { list in
                var specifications = git_strarray(strings: list, count: 1)
                return body(&specifications)
            }
        }
    }

    /// Every reference that the remote shows, after `connect`.
    func advertised() throws -> [String: GitObjectID] {
        var list: UnsafeMutablePointer<UnsafePointer<git_remote_head>?>?
        var count = 0
        do {
            try check(git_remote_ls(&list, &count, remote))
        } catch {
            throw GitStoreError.unreachable(url: shown(configuration.url), detail: error.text)
        }
        var heads: [String: GitObjectID] = [:]
        for index in 0..<count {
            guard let head = list?[index], let name = head.pointee.name else { continue }
            heads[String(cString: name)] = GitObjectID(head.pointee.oid)
        }
        return heads
    }

    /// Runs one call with callbacks that answer for credentials and trust; a refusal of theirs is the error.
    func attempt(_ call: (inout git_remote_callbacks) throws -> Void) throws {
        try withExtendedLifetime(trust) {
            trust.begin()
            var callbacks = git_remote_callbacks()
            do {
                try check(git_remote_init_callbacks(&callbacks, UInt32(GIT_REMOTE_CALLBACKS_VERSION)))
                trust.answer(&callbacks)
                try call(&callbacks)
            } catch let failure as LibraryFailure {
                throw trust.refusal ?? error(for: failure)
            }
        }
    }

    private func error(for failure: LibraryFailure) -> GitStoreError {
        let url = shown(configuration.url)
        let text = failure.text
        // A reference of 64 digits, or a local repository that says so itself.
        if text.contains("objectformat") || text.contains("REF pkt-line") { return .sha256Repository(url: url) }
        if text.contains("No space left") || text.contains("quota exceeded") {
            return .mirrorUnwritable(path: mirror, detail: text)
        }
        // The SSH library has one code for a broken connection and for a key or an agent that it cannot use.
        if failure.code == GIT_EAUTH.rawValue || (failure.category == GIT_ERROR_SSH.rawValue && text.contains("authenticat")) {
            return trust.credentialsRefused(text)
        }
        return .unreachable(url: url, detail: text)
    }
}

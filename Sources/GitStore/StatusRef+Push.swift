import CLibgit2
import Model

/// What is to be pushed: one commit of a mirror to one reference of its remote.
public struct StatusPush: Sendable, Hashable {
    /// Path of the mirror.
    public var mirror: String
    public var remote: RemoteConfiguration
    public var commit: GitObjectID
    /// Full name of the reference there.
    public var reference: String

    public init(mirror: String, remote: RemoteConfiguration, commit: GitObjectID, reference: String) {
        self.mirror = mirror
        self.remote = remote
        self.commit = commit
        self.reference = reference
    }

    /// References of the mirror: libgit2 pushes only what has a name, and what was fetched must not be cleaned away.
    static let outgoing = "refs/assay/outgoing"
    static let incoming = "refs/assay/incoming"

    public enum Outcome: Sendable, Hashable, Codable {
        case pushed
        /// It stood there already.
        case unchanged
        /// Something stands there that the commit does not descend from: nothing was pushed, and it was fetched.
        case diverged(GitObjectID)
    }
}

/// Carries a push out: in this process, or in one that can be ended.
public protocol StatusPushing: Sendable {
    /// - Throws: `GitStoreError`, also when the deadline has passed.
    func push(_ push: StatusPush, deadline: Duration) async throws -> StatusPush.Outcome
}

/// Pushes in this process, on a queue of its own because a disk may take its time.
public struct PushHere: StatusPushing {
    public init() {}

    public func push(_ push: StatusPush, deadline: Duration) async throws -> StatusPush.Outcome {
        let late = GitStoreError.unreachable(url: shown(push.remote.url), detail: "it gave no answer within \(deadline)")
        let pusher = Pusher()
        return try await waiting(atMost: deadline, orThrow: late) { try await pusher.push(push) }
    }
}

private actor Pusher {
    private nonisolated let queue = QueueExecutor(label: "assay.push")
    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    func push(_ push: StatusPush) throws -> StatusPush.Outcome {
        try push.carryOut()
    }
}

extension StatusPush {
    /// Blocks until the remote has answered. Never overwrites what it does not contain.
    public func carryOut() throws -> Outcome {
        let repository = try Repository(opening: mirror)
        let connection = try RemoteConnection(to: remote, in: repository)
        try connection.connect(GIT_DIRECTION_PUSH)
        if let there = try connection.advertised()[reference] {
            if there == commit { return .unchanged }
            guard try repository.contains(there), try repository.isAncestor(there, of: commit) else {
                return .diverged(try fetch(into: repository) ?? there)
            }
        }
        try repository.point(Self.outgoing, to: commit, because: "push")
        try connection.upload(Self.outgoing, to: reference)
        return .pushed
    }

    /// Brings what stands there here, kept by a reference of its own so that no clean-up takes it away.
    private func fetch(into repository: Repository) throws -> GitObjectID? {
        let connection = try RemoteConnection(to: remote, in: repository)
        try connection.connect(GIT_DIRECTION_FETCH)
        guard let there = try connection.advertised()[reference] else { return nil }
        try connection.download("+\(reference):\(Self.incoming)")
        try repository.point(Self.incoming, to: there, because: "found on the remote")
        return there
    }
}

extension Repository {
    fileprivate func contains(_ commit: GitObjectID) throws -> Bool {
        do {
            _ = try rootTree(of: commit)
            return true
        } catch GitStoreError.objectMissing {
            return false
        }
    }
}

extension RemoteConnection {
    /// Sends what a reference of ours points to, with all that the remote lacks, and points its reference there: forwards only.
    func upload(_ own: String, to reference: String) throws {
        do {
            try attempt { callbacks in
                callbacks.push_update_reference = noteRejection
                callbacks.sideband_progress = noteRemark
                var options = git_push_options()
                try check(git_push_options_init(&options, UInt32(GIT_PUSH_OPTIONS_VERSION)))
                options.callbacks = callbacks
                options.proxy_opts.type = GIT_PROXY_AUTO
                try check(withList(of: "\(own):\(reference)") { git_remote_upload(remote, $0, &options) })
            }
        } catch GitStoreError.unreachable(let url, let detail) {
            let detail = trust.remarks.isEmpty ? detail : "\(detail) (\(trust.said))"
            // A folder that was connected to a moment ago is there: what fails then is the writing.
            if case .local = kind { throw GitStoreError.pushRefused(url: url, reference: reference, detail: detail) }
            throw GitStoreError.unreachable(url: url, detail: detail)
        }
        guard let rejection = trust.rejection else { return }
        throw GitStoreError.pushRefused(
            url: shown(configuration.url), reference: reference,
            detail: trust.remarks.isEmpty ? rejection : "\(rejection) (\(trust.said))")
    }
}

extension RemoteTrust {
    /// The last of what the remote's hooks printed, in one line.
    fileprivate var said: String {
        remarks.split(whereSeparator: \.isNewline).suffix(5).joined(separator: "; ").trimmingPrefix(while: \.isWhitespace).description
    }
}

// C callbacks capture nothing: `attempt` keeps the payload alive.

private func noteRejection(
    reference: UnsafePointer<CChar>?, status: UnsafePointer<CChar>?, payload: UnsafeMutableRawPointer?
) -> Int32 {
    guard let payload, let status else { return 0 }
    Unmanaged<RemoteTrust>.fromOpaque(payload).takeUnretainedValue().rejection = String(cString: status)
    return 0
}

private func noteRemark(text: UnsafePointer<CChar>?, length: Int32, payload: UnsafeMutableRawPointer?) -> Int32 {
    guard let payload, let text, length > 0 else { return 0 }
    let trust = Unmanaged<RemoteTrust>.fromOpaque(payload).takeUnretainedValue()
    let bytes = UnsafeBufferPointer(start: UnsafeRawPointer(text).assumingMemoryBound(to: UInt8.self), count: Int(length))
    trust.remarks = String((trust.remarks + String(decoding: bytes, as: UTF8.self)).suffix(2000))
    return 0
}

import Digests
import GitStore
import Model
import TenantStore

// What is to be said about a commit of the status, written down with the fact that it was made.
extension StatusReporter {
    /// A push as it waits in the outbox.
    struct PushPayload: Codable, Hashable, Sendable {
        var commit: GitObjectID
        /// Of the remote.
        var reference: String
        /// Without a password.
        var url: String
    }

    private var pushes: Bool { context.configuration.status.push == "on" }
    private var hook: [String]? { context.configuration.hooks.commitStatus }

    func queue(_ commit: GitObjectID, upTo mark: Int64?, document: StatusDocument?) async throws {
        var hookPayload: (commit: GitObjectID, payload: String)?
        if let document, hook != nil, let status = CommitStatus(document),
            try await !status.isSaid(by: context.store.lastPayload(.hook))
        {
            hookPayload = (status.commit, try status.payload(id: lowerHex(try SecureRandom.bytes(16))))
        }
        let lastPush = try await context.store.lastPayload(.push)
        let push = try pushes ? payload(commit) : nil
        let isPushNews = push != nil && push != lastPush
        guard mark != nil || isPushNews || hookPayload != nil else { return }
        try await context.store.reported(
            upTo: mark, commit: commit, push: isPushNews ? push : nil, hook: hookPayload, at: context.clock.now())
    }

    /// What was switched off is not said any more; switched on again, it begins with what counts then.
    func forgetWhatIsNotConfigured() async throws {
        let store = context.store
        if !pushes, try await store.lastPayload(.push) != nil { try await store.forget(.push) }
        if hook == nil, try await store.lastPayload(.hook) != nil { try await store.forget(.hook) }
    }

    /// Where nothing changed but the configuration: a push that was switched on, a hook that is there now.
    func queueWhatIsConfiguredAnew() async throws {
        let store = context.store
        guard pushes || hook != nil, let commit = try await store.reportedCommit() else { return }
        var document: StatusDocument?
        if hook != nil, try await store.lastPayload(.hook) == nil, let status = try await store.status() {
            document = StatusDocument(try await source(status), previous: nil)
        }
        try await queue(commit, upTo: nil, document: document)
    }

    func payload(_ commit: GitObjectID) throws -> String {
        let repository = context.configuration.repository
        let url = RemoteConfiguration(url: repository.url, branch: repository.branch).shownURL
        let payload = PushPayload(commit: commit, reference: context.configuration.statusReference, url: url)
        return String(decoding: try CanonicalJSON.encode(payload), as: UTF8.self)
    }
}

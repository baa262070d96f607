import Digests
import Foundation
import GitStore
import Model
import TenantStore

/// Says in Git what changed: writes it as a commit of the status reference, and queues what the outside is to be told.
///
/// Level-triggered: the store marks what changed in the transaction that changes it, and nobody has to say so. What is
/// written depends on what the store holds alone, so a crash anywhere is made good by the next call.
public actor StatusReporter {
    let context: HomeContext
    let mirror: Mirror
    let pusher: any StatusPushing
    /// Factor of a wait, so that many homes do not knock at one forge in step.
    let jitter: @Sendable () -> Double
    private var writing: Task<Void, Never>?
    var isDelivering = false
    /// Rings when something may be due; several rings are one.
    var timer: Task<Void, any Error>?
    let (alarms, alarm) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    public init(
        _ context: HomeContext, mirror: Mirror, pusher: any StatusPushing = PushHere(),
        jitter: @escaping @Sendable () -> Double = { Double.random(in: 0.8...1.2) }
    ) {
        self.context = context
        self.mirror = mirror
        self.pusher = pusher
        self.jitter = jitter
    }

    /// Where the mirror keeps the status, whatever it is called on the remote.
    static func reference(of tenant: String) -> String { "refs/assay/status/\(tenant)" }
    var reference: String { Self.reference(of: context.configuration.tenant) }

    /// Writes down what changed since the last time, and queues what is to be said about it. Cheap where nothing changed.
    ///
    /// - Returns: the new commit; `nil` where nothing was to be written.
    @discardableResult
    public func collect() async throws -> GitObjectID? {
        defer { alarm.yield() }
        return try await exclusively { try await self.write() }
    }

    private func write() async throws -> GitObjectID? {
        try await forgetWhatIsNotConfigured()
        guard let marks = try await context.store.reportMarks() else {
            try await queueWhatIsConfiguredAnew()
            return nil
        }
        guard let status = try await context.store.status() else { return nil }
        // Who cannot be reached cannot be told so.
        if marks.runs.isEmpty, ["RemoteUnreachable", "RemoteTimedOut"].contains(status.reason) { return nil }
        let tip = try await mirror.target(of: reference)
        // Whoever put another mirror or another store in place: everything is written anew.
        let known = try await context.store.reportedCommit()
        let isWhole = tip == nil || tip != known
        let (source, runs) = try await read(isWhole ? nil : marks.runs, status: status)
        let previous = try await previous(at: tip)
        let document = StatusDocument(source, previous: previous)
        var files = try document.files()
        for (subject, list) in runs { files[RunsFile.path(of: subject)] = try StatusDocument.file(list) }
        let news = runs.filter { marks.runs.contains($0.subject) }.compactMap { $0.runs.last.map(RunsFile.Run.init) }
        let content: StatusCommit.Content = if let tip, !isWhole { .changed(files, in: tip) } else { .whole(files) }
        let commit = try await append(
            content, on: tip, time: document.time, message: document.message(news, after: previous))
        if commit != tip { try context.faults.reach(.reportCommitted) }
        try await queue(commit, upTo: marks.last, document: document)
        try context.faults.reach(.reportQueued)
        return commit == tip ? nil : commit
    }

    /// Everything that is told, as of one moment; of the runs those of the given subjects, or all.
    func read(
        _ subjects: Set<RunSubject>?, status: ReconcileStatus
    ) async throws -> (StatusDocument.Source, [(subject: RunSubject, runs: [ReportedRun])]) {
        let tenant = context.configuration.tenant
        return try await context.store.perform { store in
            let subjects = try (subjects ?? store.reportedSubjects()).sorted { RunsFile.path(of: $0) < RunsFile.path(of: $1) }
            return (
                StatusDocument.Source(
                    tenant: tenant, status: status, deployments: try store.resources(kind: .deployment, tenant: tenant),
                    holds: try store.holds(), lastRuns: try store.lastEndedRuns(limit: 20)),
                try subjects.map { ($0, try store.reportedRuns($0)) }
            )
        }
    }

    /// What was told last; `nil` where nothing was, or by a version that wrote it otherwise.
    private func previous(at tip: GitObjectID?) async throws -> StatusFile? {
        guard let tip, let bytes = try await mirror.file(StatusFile.path, at: tip) else { return nil }
        return try? CanonicalJSON.decode(StatusFile.self, from: bytes)
    }

    /// The times of commits do not go back, whatever the clock did.
    func append(
        _ content: StatusCommit.Content, on parent: GitObjectID?, time: Int64, message: String
    ) async throws -> GitObjectID {
        let tenant = context.configuration.tenant
        var earliest: Int64 = 0
        if let parent { earliest = try await mirror.revision(parent).committer.time }
        let key = try context.signingKey()
        return try await mirror.append(
            StatusCommit(
                reference: reference, parent: parent, content: content,
                author: GitPerson(name: "assay \(tenant)", email: "\(tenant)@assay.invalid", time: max(time, earliest), offset: 0),
                message: message)
        ) { try SSHSignature.sign($0, namespace: Self.namespace, key: key) }
    }

    /// The namespace of SSH signatures that Git makes and verifies.
    static let namespace = "git"

    /// Lets no two changes of the reference interleave: between reading where it stands and moving it others could.
    func exclusively<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let earlier = writing
        let task = Task {
            await earlier?.value
            return try await body()
        }
        writing = Task { _ = await task.result }
        return try await task.value
    }
}

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
    /// What this process wrote last.
    private var last: (commit: GitObjectID, document: StatusDocument)?
    var isDelivering = false
    var timer: Task<Void, any Error>?
    /// Rings when something may be due; several rings are one.
    let (alarms, alarm) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// - Parameter pusher: by default the home's own worker.
    public init(
        _ context: HomeContext, mirror: Mirror, pusher: (any StatusPushing)? = nil,
        jitter: @escaping @Sendable () -> Double = { Double.random(in: 0.8...1.2) }
    ) {
        self.context = context
        self.mirror = mirror
        self.pusher = pusher ?? context.worker
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
        let reported = try await context.store.reportedCommit()
        let isWhole = tip == nil || tip != reported
        // Many deployments take a while to read and to write: not for the sake of a run.
        let known = marks.status || isWhole || last?.commit != tip ? nil : last?.document
        let (document, previous) = try await document(status, at: tip, reusing: known)
        let runs = try await runs(isWhole ? nil : marks.runs)
        var files = try known == nil ? document.files() : document.runFiles()
        // Whoever keeps it can tell later whether the log was changed behind it.
        files[StatusFile.checkpointPath] = Array(try await HomeLog(context).checkpoint().encoded.utf8)
        for (subject, list) in runs { files[RunsFile.path(of: subject)] = try StatusDocument.bytes(RunsFile(list)) }
        let news = runs.filter { marks.runs.contains($0.subject) }.compactMap { $0.runs.last.map(RunsFile.Run.init) }
        let content: StatusCommit.Content = if let tip, !isWhole { .changed(files, in: tip) } else { .whole(files) }
        let commit = try await append(
            content, on: tip, time: document.time, message: document.message(news, after: previous))
        if commit != tip { try context.faults.reach(.reportCommitted) }
        last = (commit, document)
        try await queue(commit, upTo: marks.last, document: document)
        try context.faults.reach(.reportQueued)
        return commit == tip ? nil : commit
    }

    /// What is to be told, and what was told last.
    ///
    /// - Parameter known: what this process wrote last, where since then nothing changed but runs.
    private func document(
        _ status: ReconcileStatus, at tip: GitObjectID?, reusing known: StatusDocument?
    ) async throws -> (StatusDocument, previous: StatusFile?) {
        let runs = try await context.store.perform { try $0.lastEndedRuns(limit: 20) }
        if var known {
            known.lastRuns = RunsFile(runs)
            return (known, known.status)
        }
        let previous = try await previous(at: tip)
        return (StatusDocument(try await source(status, lastRuns: runs), previous: previous), previous)
    }

    func source(_ status: ReconcileStatus, lastRuns: [ReportedRun] = []) async throws -> StatusDocument.Source {
        let tenant = context.configuration.tenant
        return try await context.store.perform { store in
            let suspended = try store.suspensions().filter { $0.key.kind == .deployment }
            return StatusDocument.Source(
                tenant: tenant, status: status, deployments: try store.resources(kind: .deployment, tenant: tenant),
                holds: try store.holds(),
                suspended: Dictionary(suspended.map { ($0.key.name, $0.value.at) }, uniquingKeysWith: { first, _ in first }),
                lastRuns: lastRuns)
        }
    }

    /// The runs of the given subjects, or all.
    private func runs(_ subjects: Set<RunSubject>?) async throws -> [(subject: RunSubject, runs: [ReportedRun])] {
        try await context.store.perform { store in
            try (subjects ?? store.reportedSubjects()).sorted { RunsFile.path(of: $0) < RunsFile.path(of: $1) }
                .map { ($0, try store.reportedRuns($0)) }
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

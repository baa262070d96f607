import Digests
import Executor
import Foundation
import GitStore
import Model
import TenantStore

/// Takes a run request to stamped outputs, or to a stamped record of its failure.
///
/// Holds what many runs of one process share: the sandbox, the interpreter, the exported code. Its caller holds the
/// home's lock, so no other process runs or reconciles at the same time; this process may reconcile meanwhile. So what a
/// run depends on is read once, together, and frozen; nothing that is deployed is looked at again after that.
public actor RunCoordinator {
    /// Storing, signing and publishing wait for the disk.
    private nonisolated let queue = QueueExecutor(label: "assay.runs")
    public nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    private let context: HomeContext
    private let mirror: Mirror
    private var sandbox: Sandbox
    private let vault: StoreVault
    private let code: CodeLibrary
    private let interpreter: InterpreterClosure
    private let guest: ContentDigest
    private let signer: StampSigner
    private let platform = HostFacts.platform()
    private let notify: @Sendable (RunNotice) -> Void
    private var likely = LikelyAnswers()

    public init(
        _ context: HomeContext, mirror: Mirror, progress: @escaping @Sendable (String) -> Void = { _ in },
        notify: @escaping @Sendable (RunNotice) -> Void = { _ in }
    ) async throws {
        self.context = context
        self.mirror = mirror
        self.notify = notify
        sandbox = try Sandbox.open(try await context.sandboxRequirement())
        vault = StoreVault(objects: context.objects, trees: context.home.trees)
        let keeper = InterpreterKeeper(context: context, sandbox: sandbox, vault: vault)
        (interpreter, guest) = try await keeper.current(progress: progress)
        code = CodeLibrary(mirror: mirror, folder: context.home.work + "/\(getpid())")
        signer = StampSigner(key: try context.signingKey())
        try await HomeLog(context).noteSettings(trustRoot: try TrustRoot.keep(context))
    }

    /// Whether a coordinator that is made now would differ: the interpreter was updated since.
    public func isCurrent() async throws -> Bool {
        try await context.store.setting(InterpreterKeeper.setting) == interpreter.tree.hex
    }

    /// What became of a request.
    public struct Outcome: Sendable {
        public var run: RunRow
        /// Whether this request made the run; otherwise an equal one existed already.
        public var isNew: Bool
    }

    /// What `recover` found and did.
    public struct Recovery: Sendable {
        /// Runs that a crash had interrupted and that have ended now, one way or the other.
        public var finished: [RunRow] = []
        /// Why the outputs of a committed run still cannot be laid out; the next recovery tries again.
        public var problems: [String] = []
    }

    /// Finishes what a crash interrupted: runs that were accepted and not ended, outputs that were not published.
    ///
    /// Nobody else of this process may be at work: what lies in the scratch folder is taken for abandoned.
    @discardableResult
    public func recover() async throws -> Recovery {
        try Self.removeLeftovers(context)
        return try await resume()
    }

    /// Removes what killed processes left, before anything of this process is at work.
    public static func removeLeftovers(_ context: HomeContext) throws {
        Scratch.removeAbandoned(in: context.home.work)
        try context.objects.removeLeftovers(olderThan: 86_400)
    }

    /// Takes up the runs that were accepted and have not ended, and publishes what was not published.
    ///
    /// Interrupted runs go on in the order of acceptance: an older request never supersedes a newer one.
    @discardableResult
    public func resume() async throws -> Recovery {
        var recovery = Recovery()
        for run in try await context.store.unpublishedRuns() {
            do {
                try await publish(run)
            } catch let error as any AssayError where error.disposition == .stall {
                // One damaged output must not keep every other entity from closing.
                recovery.problems.append("The outputs of run \(run.id) are not published: \(error.description)")
            }
        }
        for run in try await context.store.unfinishedRuns() {
            recovery.finished.append(try await execute(run))
        }
        return recovery
    }

    /// Freezes, accepts and executes a request. A request equal to an earlier one returns that run.
    public func run(_ request: RunRequest) async throws -> Outcome {
        let resolver = RunResolver(
            context: context, mirror: mirror, interpreter: interpreter.tree, guest: guest, code: code)
        let spec = try await resolver.resolve(request)
        try checkSandbox(spec)
        try context.faults.reach(.runDocumentsStored)
        try await mirror.keep(spec.commit)
        // Kept as an object too: a replay needs the spec, and its name is the run key.
        let opening = try CanonicalJSON.parse(try context.objects.get(spec.openingBalances))
        let answers = EffectAnswers(spec: spec, opening: opening, query: dataPlatform())
        _ = try context.objects.putMany(
            [try CanonicalJSON.encode(try JSONValue(encoding: spec))] + (try likely.objects(spec, answers)))
        let acceptance = try await accept(spec, request)
        guard acceptance.isNew else { return Outcome(run: acceptance.run, isNew: false) }
        return Outcome(run: try await execute(acceptance.run), isNew: true)
    }

    private func accept(_ spec: RunSpec, _ request: RunRequest) async throws -> Acceptance {
        let id = lowerHex(try SecureRandom.bytes(16))
        let new = NewRun(
            id: id, idempotencyKey: request.firing?.idempotencyKey(tenant: spec.tenant) ?? id, spec: spec,
            requestedAt: context.clock.now(), requestedBy: request.requestedBy)
        guard let firing = request.firing else {
            let acceptance = try await context.store.accept(new)
            try context.faults.reach(.runAccepted)
            return acceptance
        }
        let acceptance = try await context.store.accept(new, for: firing)
        try context.faults.reach(.scheduleAccepted)
        return acceptance
    }

    /// The policies that this run is under may ask for more than those under which the sandbox was opened.
    private func checkSandbox(_ spec: RunSpec) throws {
        guard sandbox.mode == .degraded else { return }
        let policies = try PolicySet(frozenAs: spec.policies, in: context.objects)
        if policies.requiringSandbox != nil { sandbox = try Sandbox.open(.required) }
    }

    /// Removes this process's scratch space.
    public func close() async { await code.clear() }

    // MARK: - One attempt

    /// What no later attempt can mend (a kept object is damaged) ends the run as failed: left unfinished it would come
    /// first in every later recovery, and nothing else could run in this home.
    private func execute(_ run: RunRow) async throws -> RunRow {
        let spec = try CanonicalJSON.parse(Array(run.spec.utf8)).decode(RunSpec.self)
        do {
            try await attempt(run, spec: spec)
        } catch let error as any AssayError where error.disposition == .stall {
            let state = try await context.store.run(run.id)?.state
            guard state == .queued || state == .running else { throw error }
            var record = SessionRecord()
            record.events = try await context.store.events(run: run.id)
            record.mode = sandbox.mode
            let failure = RunFailure(reason: error.reason, message: error.description)
            try await fail(run, spec: spec, failure: failure, record: record)
        }
        let row = try await context.store.run(run.id) ?? run
        notify(.left(row))
        return row
    }

    private func attempt(_ run: RunRow, spec: RunSpec) async throws {
        _ = try await context.store.startAttempt(run: run.id, at: context.clock.now())
        notify(.started(run, limits: spec.limits))
        try context.faults.reach(.runAttemptStarted)
        let opening = try CanonicalJSON.parse(try context.objects.get(spec.openingBalances))
        let layout = try await code.layout(spec.code)

        let clock = context.clock
        let session = GuestSession(sandbox: sandbox, vault: vault)
        let outcome = try await session.run(
            SessionRequest(spec: spec, runKey: run.runKey, code: layout),
            recorded: try await context.store.events(run: run.id),
            live: EffectAnswers(spec: spec, opening: opening, query: dataPlatform()),
            history: StoreHistory(store: context.store, run: run.id), faults: context.faults, now: { clock.now() })
        switch outcome {
        case .succeeded(let record):
            likely.learn(spec, record.events)
            try await commit(run, spec: spec, record: record)
        case .failed(let failure, let record):
            try await fail(run, spec: spec, failure: failure, record: record)
        case .diverged(let divergence, let record):
            let failure = RunFailure(
                reason: "Divergence", message: divergence.message, file: divergence.file, line: divergence.line)
            try await fail(run, spec: spec, failure: failure, record: record)
        case .suspended:
            try await context.store.setWaiting(run: run.id)
        }
    }

    private func commit(_ run: RunRow, spec: RunSpec, record: SessionRecord) async throws {
        if record.mode == .degraded, !record.entries.isEmpty, let refusal = degradedPostRefusal(spec) {
            let failure = RunFailure(reason: refusal.reason, message: refusal.description)
            return try await fail(run, spec: spec, failure: failure, record: record)
        }
        try context.faults.reach(.runOutputsStored)
        let earlier = try await earlierRuns(run)
        let superseded = earlier.first { $0.isEffective }
        var subjects = record.outputs.map { StampStatement.Subject(name: $0.name, sha256: $0.sha256) }
        // A statement is about something, also where the run only posted to the ledger.
        if subjects.isEmpty { subjects = [try keepRecord(of: run, failure: nil)] }
        let (stamp, finishedAt) = try await stamp(
            run, spec: spec, record: record, subjects: subjects, earlier: earlier, superseded: superseded, failure: nil)
        try context.faults.reach(.runBeforeCommit)
        try await context.store.finish(
            run: run.id,
            FinishedRun(
                mode: record.mode, outputs: record.outputs, entries: record.entries,
                steps: try JSONValue(encoding: record.steps), logs: try JSONValue(encoding: record.logs), stamp: stamp,
                supersedes: superseded?.id, finishedAt: finishedAt))
        try context.faults.reach(.runCommitted)
        if let committed = try await context.store.run(run.id) { try await publish(committed) }
    }

    /// By the policies that the run was frozen with; where an earlier version kept only their digest, no.
    private func degradedPostRefusal(_ spec: RunSpec) -> RunError? {
        guard let policies = try? PolicySet(frozenAs: spec.policies, in: context.objects) else {
            return .degradedMayNotPost(policy: nil)
        }
        return policies.degradedPostRefusal
    }

    private func fail(_ run: RunRow, spec: RunSpec, failure: RunFailure, record: SessionRecord) async throws {
        let earlier = try await earlierRuns(run)
        let subject = try keepRecord(of: run, failure: failure)
        let (stamp, finishedAt) = try await stamp(
            run, spec: spec, record: record, subjects: [subject], earlier: earlier, superseded: nil, failure: failure)
        try context.faults.reach(.runBeforeCommit)
        try await context.store.fail(
            run: run.id,
            FailedRun(
                mode: record.mode, failure: failure, steps: try JSONValue(encoding: record.steps),
                logs: try JSONValue(encoding: record.logs), stamp: stamp, finishedAt: finishedAt))
        try context.faults.reach(.runCommitted)
    }

    /// The subject of a stamp that has no outputs.
    private func keepRecord(of run: RunRow, failure: RunFailure?) throws -> StampStatement.Subject {
        let record = StampedRecord(run: run.id, runKey: run.runKey, failure: failure)
        let document = try CanonicalJSON.encode(try JSONValue(encoding: record))
        return StampStatement.Subject(name: StampedRecord.name, sha256: try context.objects.put(document))
    }

    /// Keeps the history and the logs, writes down what the run was, and signs it.
    private func stamp(
        _ run: RunRow, spec: RunSpec, record: SessionRecord, subjects: [StampStatement.Subject], earlier: [RunRow],
        superseded: RunRow?, failure: RunFailure?
    ) async throws -> (StampRecord, finishedAt: String) {
        let history = try HistoryDocument.encode(run: run.id, events: record.events)
        let finishedAt = context.clock.now()
        // An interrupted run keeps the interpreter it was accepted with, whichever is pinned by now.
        let closure = spec.interpreter == interpreter.tree ? interpreter
            : try? InterpreterClosure.load(spec.interpreter, vault: vault)
        let statement = StampStatement(
            run: run.id, runKey: run.runKey, spec: spec, mode: record.mode, subjects: subjects, history: SHA256.digest(history),
            configuration: try CanonicalJSON.digest(spec.config), trustRoot: try TrustRoot.keep(context),
            carriedFrom: try await carried(spec), supersedes: superseded.map(StampStatement.Earlier.init),
            earlierRuns: earlier.map(StampStatement.Earlier.init), platform: platform,
            interpreter: closure.map {
                [
                    "implementation": $0.description.implementation, "version": $0.description.version,
                    "platform": $0.description.platform, "libc": $0.description.libc,
                ]
            } ?? [:],
            startedOn: try await context.store.run(run.id)?.startedAt ?? finishedAt, finishedOn: finishedAt,
            byproducts: [
                .init(name: "stdout.txt", sha256: SHA256.digest(record.standardOutput)),
                .init(name: "stderr.txt", sha256: SHA256.digest(record.standardError)),
            ], hasOutputs: failure == nil && !record.outputs.isEmpty, failure: failure)
        let signed = try signer.sign(statement.value)
        // The stamp and all that it names that is not kept yet, before the store refers to any of it.
        _ = try context.objects.putMany([history, record.standardOutput, record.standardError, signed.envelope])
        try context.faults.reach(.runStampSigned)
        return (
            StampRecord(envelopeSHA256: SHA256.digest(signed.envelope), signature: signed.signature), finishedAt
        )
    }

    /// The runs whose closing balances came in, with their stamps.
    private func carried(_ spec: RunSpec) async throws -> [StampStatement.Carried] {
        var list: [StampStatement.Carried] = []
        for source in spec.carriedFrom {
            let runs = try await context.store.earlierRuns(
                deployment: source.deployment, entity: spec.entity, period: source.period)
            guard let row = runs.last(where: { $0.runKey == source.runKey && $0.state == .succeeded }),
                let stamp = row.stampSHA256
            else { throw RunError.objectMissing(what: "The stamp of \(source.deployment) for \(source.period)") }
            list.append(
                .init(
                    deployment: source.deployment, period: source.period, run: row.id, runKey: row.runKey, stamp: stamp))
        }
        return list
    }

    private func earlierRuns(_ run: RunRow) async throws -> [RunRow] {
        try await context.store.earlierRuns(deployment: run.deployment, entity: run.entity, period: run.period)
            .filter { $0.id != run.id && ($0.state == .succeeded || $0.state == .failed || $0.state == .cancelled) }
    }

    private func publish(_ run: RunRow) async throws {
        let publisher = Publisher(home: context.home, objects: context.objects, faults: context.faults)
        try publisher.publish(run, stamp: try await context.store.stamp(run: run.id))
        try await context.store.markPublished(run: run.id)
    }

    private func dataPlatform() -> EffectAnswers.Query {
        let reader = DataPlatformReader(path: context.dataPlatform)
        return { sql, parameters in await reader.query(sql, parameters) }
    }
}

extension StampStatement.Earlier {
    init(_ run: RunRow) {
        self.init(
            run: run.id, state: run.state, commit: run.commit, runKey: run.runKey, stamp: run.stampSHA256,
            startedOn: run.startedAt)
    }
}

/// The one subject of the stamp of a run that failed, or succeeded without outputs.
struct StampedRecord: Codable, Sendable {
    static let name = "run-record.json"
    var run: String
    var runKey: ContentDigest
    var failure: RunFailure?
}

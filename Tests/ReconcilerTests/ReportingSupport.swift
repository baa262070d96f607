import ChildProcess
import Digests
import Foundation
import GitStore
import Model
import Synchronization
import TenantStore

@testable import Reconciler

/// A home whose store is written by hand, the bare repository that it reports to, and a clock that the test turns.
final class ReportingHome: Sendable {
    let folder: String
    let home: TenantHome
    var remote: String { folder + "/remote.git" }
    private let seconds = Mutex(1_775_000_000.0)

    init(_ settings: String = "status: {push: on}\n") throws {
        folder = NSTemporaryDirectory() + "assay-reporting-" + UUID().uuidString
        home = TenantHome(folder + "/home")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Self.git("init", "-q", "--bare", "-b", "main", folder + "/remote.git")
        try HomeInitialiser(home: home, repository: folder + "/remote.git", branch: "main", tenant: "alder").create()
        try configure(settings)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Puts these settings after the ones that `init` wrote.
    func configure(_ settings: String) throws {
        let text = try String(contentsOfFile: home.configuration, encoding: .utf8)
        let start = text.components(separatedBy: "# test\n")[0]
        try (start + "# test\n" + settings).write(toFile: home.configuration, atomically: true, encoding: .utf8)
    }

    func advance(_ by: Double) { seconds.withLock { $0 += by } }

    func open(at other: TenantHome? = nil, faults: FaultPoints = .none) throws -> HomeContext {
        try HomeContext.open(
            other ?? home, readOnly: false,
            clock: HostClock { [self] in Date(timeIntervalSince1970: seconds.withLock { $0 }) }, faults: faults)
    }

    func reporter(_ context: HomeContext) throws -> StatusReporter {
        StatusReporter(context, mirror: try context.mirror(), jitter: { 1 })
    }

    /// Collects and delivers what is due.
    @discardableResult
    func report(_ scope: StatusReporter.Scope = .due, faults: FaultPoints = .none) async throws -> StatusReporter.Delivery {
        let reporter = try reporter(try open(faults: faults))
        try await reporter.collect()
        return try await reporter.deliver(scope)
    }

    @discardableResult
    static func git(_ arguments: String...) throws -> String {
        let command = Command(
            "/usr/bin/git", arguments,
            environment: [
                "PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "GIT_AUTHOR_NAME": "M", "GIT_AUTHOR_EMAIL": "m@example.com",
                "GIT_COMMITTER_NAME": "M", "GIT_COMMITTER_EMAIL": "m@example.com",
            ])
        return try ChildProcess.run(command, deadline: .seconds(60)).check(command).outputText
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// What Git says about the status on the remote, or in a mirror.
    @discardableResult
    func git(_ arguments: String..., in place: String? = nil) throws -> String {
        let command = Command("/usr/bin/git", ["-C", place ?? remote] + arguments, environment: ["HOME": "/nonexistent"])
        return try ChildProcess.run(command, deadline: .seconds(60)).check(command).outputText
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    static let reference = "refs/assay/status/alder"

    func tree(in place: String? = nil) throws -> String { try git("rev-parse", "\(Self.reference)^{tree}", in: place) }
    func file(_ path: String, in place: String? = nil) throws -> JSONValue {
        try CanonicalJSON.parse(Array(git("show", "\(Self.reference):\(path)", in: place).utf8))
    }
}

// Values for the store.

func commitID(_ seed: Int) -> GitObjectID {
    let digits = String(seed, radix: 16)
    guard let id = GitObjectID(hex: String(repeating: "0", count: 40 - digits.count) + digits) else { preconditionFailure() }
    return id
}

func runID(_ seed: Int) -> String {
    let digits = String(seed, radix: 16)
    return String(repeating: "0", count: 32 - digits.count) + digits
}

extension HomeContext {
    func set(_ outcome: ReconcileStatus.Outcome, applied: Int?, attempted: Int, reason: String = "", problems: [Problem] = []) async throws {
        func revision(_ seed: Int) -> Revision {
            let person = GitPerson(name: "Ada", email: "ada@example.com", time: 1, offset: 0)
            return Revision(
                commit: commitID(seed), tree: commitID(seed + 1), parents: [], author: person, committer: person,
                subject: "s", body: "", signature: .none)
        }
        try await store.setStatus(
            ReconcileStatus(
                attempted: revision(attempted), applied: applied.map(revision), outcome: outcome, reason: reason,
                message: "off by 918273.64", problems: problems, at: clock.now()))
    }

    func accept(_ seed: Int, _ entity: String, _ period: String, variant: Int = 0) async throws {
        let spec = try Self.spec(entity, period, variant: variant)
        _ = try await store.accept(
            NewRun(id: runID(seed), idempotencyKey: "\(seed)", spec: spec, requestedAt: clock.now(), requestedBy: "test"))
        _ = try await store.startAttempt(run: runID(seed), at: clock.now())
    }

    func succeed(_ seed: Int, _ entity: String, _ period: String, variant: Int = 0) async throws {
        try await accept(seed, entity, period, variant: variant)
        guard let parsed = Period(period) else { preconditionFailure() }
        let earlier = try await store.effectiveRun(deployment: "nav", entity: entity, period: parsed)
        try await store.finish(
            run: runID(seed),
            FinishedRun(
                mode: .hermetic, outputs: [], entries: [], steps: [], logs: [],
                stamp: StampRecord(envelopeSHA256: SHA256.digest(Array("stamp \(seed)".utf8)), signature: [1]),
                supersedes: earlier?.id, finishedAt: clock.now()))
    }

    func fail(_ seed: Int, _ entity: String, _ period: String, variant: Int = 0, reason: String = "RunbookFailed") async throws {
        try await accept(seed, entity, period, variant: variant)
        try await store.fail(
            run: runID(seed),
            FailedRun(
                mode: .hermetic, failure: RunFailure(reason: reason, message: "off by 918273.64"), steps: [], logs: [], stamp: nil,
                finishedAt: clock.now()))
    }

    private static func spec(_ entity: String, _ period: String, variant: Int) throws -> RunSpec {
        let entitySpec: JSONValue = [
            "displayName": "A", "type": "spv", "jurisdiction": "GB", "currency": "GBP", "chart": "spv", "labels": [:],
        ]
        let tenantSpec: JSONValue = [
            "displayName": "A", "baseCurrency": "GBP", "timeZone": "Europe/London", "fiscalYearEnd": "12-31",
            "reportingFramework": "IFRS",
        ]
        let empty = SHA256.digest([])
        guard let parsed = Period(period) else { throw RunError.periodInvalid(text: period) }
        return RunSpec(
            tenant: "alder", deployment: "nav", runbook: "nav", entity: entity, period: parsed,
            parameters: ["variant": "\(variant)"], commit: commitID(7), code: [], entrypoint: "m:f", config: [:],
            limits: .standard, entitySpec: try entitySpec.decode(EntitySpec.self),
            tenantSpec: try tenantSpec.decode(TenantSpec.self), chart: try (["accounts": []] as JSONValue).decode(ChartSpec.self),
            policies: empty, logicalTime: "2026-03-31T23:59:59+01:00", catalogue: [], interpreter: empty, guest: empty,
            carriedFrom: [], openingBalances: empty)
    }
}

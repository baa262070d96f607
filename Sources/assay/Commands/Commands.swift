import Digests
import Foundation
import GitStore
import Model
import Reconciler
import Synchronization
import TenantStore

/// Every command, in the order in which help shows them.
enum Commands {
    static let all: [CommandDefinition] = [
        initialise, doctor, validate, test, plan, reconcile, acknowledge, status, get, suspend, resume,
        run, runs, show, diff, verify, replay, log, ledger,
        daemon, notify, backup, interpreter, completion,
    ]

    static let environment = ProcessInfo.processInfo.environment
    /// Where the current command writes: here, or in a daemon to whoever handed it over.
    @TaskLocal static var console = Console(environment: environment)
    /// What this process holds already, in a daemon.
    @TaskLocal static var held: Held?

    /// Who asks, for the record.
    static var user: String { "user \(held?.user ?? NSUserName())" }

    /// The mirror of an open home; in a daemon the one that all share.
    static func mirror(_ context: HomeContext) throws -> Mirror { try held?.home.mirror() ?? context.mirror() }

    static func home(_ invocation: Invocation) throws -> TenantHome {
        guard let path = invocation.value("home") ?? environment["ASSAY_HOME"], !path.isEmpty else {
            throw HomeError.notNamed
        }
        return TenantHome(path)
    }

    /// Opens the home for a command that only reads; works beside a process that writes.
    static func reading(_ invocation: Invocation) throws -> HomeContext {
        try HomeContext.open(try home(invocation), readOnly: true)
    }

    /// Opens the home for a command that changes it, alone, after finishing what a crash interrupted.
    static func changing<T>(
        _ invocation: Invocation, _ body: (HomeContext) async throws -> T
    ) async throws -> T {
        if let held { return try await body(held.home.context) }
        let home = try home(invocation)
        try HomeContext.requireHome(home)
        let lock = try HomeLock.acquire(home: home.path, command: invocation.command, since: HostClock().now())
        defer { lock.release() }
        // After the lock: opening a store of an older version migrates it.
        let context = try HomeContext.open(home, readOnly: false, faults: FaultInjection.points(environment))
        let result: T
        do {
            result = try await body(context)
        } catch {
            try? await report(context, after: invocation)
            throw error
        }
        do {
            try await report(context, after: invocation)
        } catch {
            console.message("note: what was done is not written to the status reference: \(error)")
        }
        return result
    }

    /// Says in Git what a command changed. What does not arrive now waits in the outbox, and `assay status` shows it.
    private static func report(_ context: HomeContext, after invocation: Invocation) async throws {
        let reporter = StatusReporter(context, mirror: try context.mirror())
        try await reporter.collect()
        // Who reconciles by hand may have set right what was in the way; nobody else waits for a remote that is away.
        _ = try await reporter.deliver(invocation.command == reconcile.name ? .all : .due, deadline: .seconds(30))
    }

    static func print(json value: JSONValue) throws {
        console.print(try CanonicalJSON.string(value))
    }

    static func period(_ text: String) throws -> Period {
        guard let period = Period(text) else { throw RunError.periodInvalid(text: text) }
        return period
    }
}

/// Makes this process end at a named point, so that tests (and operators who doubt) can see that it recovers.
///
/// `ASSAY_FAULT_POINT=run.before-commit` ends it with SIGKILL the first time it gets there, `…:3` the third time, and
/// `…:stop` only stops it there until SIGCONT. A name that is none is refused with the list of those that are, because a
/// point that is never reached would look like a crash that was survived.
enum FaultInjection {
    static func points(_ environment: [String: String]) throws -> FaultPoints {
        guard let setting = environment["ASSAY_FAULT_POINT"], !setting.isEmpty else { return .none }
        let parts = setting.split(separator: ":", omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard FaultPoint(rawValue: name) != nil else {
            throw UsageError(
                message: "ASSAY_FAULT_POINT names no point: '\(name)'",
                remedy: "Unset it, or name one of: " + FaultPoint.allCases.map(\.rawValue).joined(separator: ", "))
        }
        let counter = Countdown(parts.count > 1 ? Int(parts[1]) ?? 1 : 1)
        let signal = parts.last == "stop" ? SIGSTOP : SIGKILL
        return FaultPoints { point in
            if point == name, counter.hit() { kill(getpid(), signal) }
        }
    }

    private final class Countdown: Sendable {
        private let left: Mutex<Int>
        init(_ count: Int) { left = Mutex(count) }
        func hit() -> Bool {
            left.withLock {
                $0 -= 1
                return $0 == 0
            }
        }
    }
}

import ChildProcess
import Foundation
import Model

/// What to run: everything the guest is told, and the code it runs.
public struct SessionRequest: Sendable {
    public var spec: RunSpec
    /// Seeds all chance that the guest sees.
    public var runKey: ContentDigest
    /// Absolute path of the folder that becomes `/work`: the repository's code at the run's commit.
    public var code: String

    public init(spec: RunSpec, runKey: ContentDigest, code: String) {
        self.spec = spec
        self.runKey = runKey
        self.code = code
    }
}

/// One attempt of a run: starts the guest, answers it, records, and says how it ended.
///
/// The same code runs live, resumes after a crash or a wait, and replays: what differs is only how many events are
/// recorded already and whether anything beyond them may be asked.
public struct GuestSession: Sendable {
    public let sandbox: Sandbox
    public let vault: any ObjectVault

    public init(sandbox: Sandbox, vault: any ObjectVault) {
        self.sandbox = sandbox
        self.vault = vault
    }

    /// How much of what the runbook prints is kept, in bytes.
    static let printedLimit = 4 << 20

    /// What users may ask for where the host's `fs.pipe-max-size` is as usual, in bytes.
    private static let pipeSize: Int32 = 1 << 20
    /// Linux's F_SETPIPE_SZ, which the Glibc module does not show.
    private static let setPipeSize: Int32 = 1031

    /// - Parameters:
    ///   - recorded: the history so far, in sequence from 1.
    ///   - live: answers what is beyond the record; `nil` for a replay, where that is a divergence.
    ///   - now: RFC 3339, UTC, milliseconds: the time of recording, never shown to the guest.
    public func run(
        _ request: SessionRequest, recorded: [Event], live: (any EffectAnswering)?, history: any HistoryWriter,
        faults: FaultPoints = .none, now: @escaping @Sendable () -> String
    ) async throws -> SessionOutcome {
        try await attempt(
            request, in: .standard, recorded: recorded, live: live, history: history, faults: faults, now: now)
    }

    /// Runs the code without recording anything, possibly under other surroundings than a run has: what a scenario does.
    ///
    /// The only way to other surroundings, so that no recorded run can have them.
    public func rehearse(
        _ request: SessionRequest, in surroundings: Surroundings, live: any EffectAnswering
    ) async throws -> SessionOutcome {
        try await attempt(
            request, in: surroundings, recorded: [], live: live, history: NoHistory(), faults: .none, now: { "" })
    }

    private func attempt(
        _ request: SessionRequest, in surroundings: Surroundings, recorded: [Event], live: (any EffectAnswering)?,
        history: any HistoryWriter, faults: FaultPoints, now: @escaping @Sendable () -> String
    ) async throws -> SessionOutcome {
        let spec = request.spec
        let tellings = try Tellings(spec), events = try RunHistory(recorded: recorded)
        let closure = try InterpreterClosure.load(spec.interpreter, vault: vault)
        let launch = GuestLaunch(
            closure: try vault.materialise(closure.tree), safePath: closure.description.hasSafePath,
            guest: try vault.materialise(spec.guest), code: request.code, arguments: ["{guest}/main.py", "{work}"],
            wall: try LogicalTime.nanoseconds(spec.logicalTime), seed: request.runKey, limits: spec.limits,
            surroundings: surroundings)
        let (process, channel) = try start(launch)
        let attempt = GuestAttempt(
            channel: channel, vault: vault, live: live, faults: faults, limits: spec.limits, now: now,
            writer: history, history: events, tellings: tellings)
        return try await withTaskCancellationHandler {
            let conversation: GuestEnding
            do {
                conversation = try await attempt.converse(GuestStart.frame(spec))
            } catch {
                // A fault on our side: the guest must not outlive it.
                process.terminate()
                _ = try? await process.result()
                throw error
            }
            if conversation.endsGuest { process.terminate() }
            let result = try await process.result()
            try Task.checkCancellation()
            return try await attempt.outcome(conversation, result, mode: sandbox.mode)
        } onCancel: {
            process.terminate()
        }
    }

    /// Starts the guest with the protocol's pipe pair on its descriptors 3 and 4.
    private func start(_ launch: GuestLaunch) throws -> sending (RunningProcess, FrameChannel) {
        let toGuest = try Descriptor.pipe().ends(), fromGuest = try Descriptor.pipe().ends()
        // The guest goes on while we are busy with what it told. Best effort: users may have a lower limit.
        _ = fcntl(fromGuest.reading, GuestSession.setPipeSize, GuestSession.pipeSize)
        let channel = FrameChannel(
            reading: Descriptor(owning: fromGuest.reading), writing: Descriptor(owning: toGuest.writing))
        defer {
            close(toGuest.reading)
            close(fromGuest.writing)
        }
        var launch = launch
        launch.descriptors = [3: toGuest.reading, 4: fromGuest.writing]
        let process = try sandbox.start(launch, outputLimit: GuestSession.printedLimit)
        return (process, channel)
    }
}

import ChildProcess
import Digests
import Model

/// The host's side of one conversation with one guest.
///
/// It reads blocking, so it lives on a queue of its own. It decides nothing about the world: answers come from the record
/// or from `EffectAnswering`, and everything goes to the history before the guest sees it.
actor GuestAttempt {
    private nonisolated let queue = QueueExecutor(label: "assay.guest")
    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    private let vault: any ObjectVault
    private let live: (any EffectAnswering)?
    private let faults: FaultPoints
    private let limits: Limits
    private let now: @Sendable () -> String
    private let writer: any HistoryWriter
    private var history: RunHistory
    private var tellings: Tellings
    private let channel: FrameChannel
    /// Whether the guest came as far as its hello: before it, the start itself has failed.
    private var greeted = false
    /// Bytes of tellings that are written down while the guest works, instead of when it waits for its next answer.
    private static let flushAt = 1 << 18
    /// Sequence numbers of the calls that were asked and not answered to the guest yet.
    private var open: Set<Int> = []

    init(
        channel: sending FrameChannel, vault: any ObjectVault, live: (any EffectAnswering)?, faults: FaultPoints,
        limits: Limits, now: @escaping @Sendable () -> String, writer: any HistoryWriter, history: RunHistory,
        tellings: Tellings
    ) {
        self.channel = channel
        self.vault = vault
        self.live = live
        self.faults = faults
        self.limits = limits
        self.now = now
        self.writer = writer
        self.history = history
        self.tellings = tellings
    }

    /// Talks to the guest until one of the two has nothing more to say.
    func converse(_ start: JSONValue) async throws -> GuestEnding {
        let ending: GuestEnding
        do {
            ending = try await talk(start)
        } catch let breach as ProtocolBreach {
            ending = .failed(protocolBroken(breach.message))
        } catch let cut as FrameChannel.Cut {
            ending = .cut(protocolBroken(cut.message))
        } catch is FrameChannel.BodyTooLarge {
            ending = .failed(outputLimitExceeded)
        } catch is FrameChannel.GuestGone {
            ending = .lost
        }
        try await flush()
        return ending
    }

    private func protocolBroken(_ why: String) -> RunFailure {
        RunFailure(reason: "GuestProtocolBroken", message: "the guest broke the protocol: \(why)")
    }

    private func talk(_ start: JSONValue) async throws -> GuestEnding {
        try channel.send(start)
        guard let first = try receive() else { return .lost }
        guard case .hello = first else { throw ProtocolBreach(message: "the first frame is not hello") }
        greeted = true
        while let message = try receive() {
            guard let ending = try await handle(message) else { continue }
            if ending.isLastFrame, try receive() != nil { throw ProtocolBreach(message: "a frame follows the end") }
            return ending
        }
        return .lost
    }

    /// Takes one frame; an ending where the conversation is over with it.
    private func handle(_ message: GuestMessage) async throws -> GuestEnding? {
        switch message {
        case .hello: throw ProtocolBreach(message: "hello comes twice")
        case .tell(let asked):
            if let divergence = try arrive(asked) { return .diverged(divergence) }
            if let failure = try take(asked) { return .failed(failure) }
            if history.unwrittenBytes > GuestAttempt.flushAt { try await flush() }
            return nil
        case .call(let asked, let wait):
            guard asked.body.isEmpty else { throw ProtocolBreach(message: "the call \(asked.kind) has a body") }
            if let divergence = try arrive(asked) { return .diverged(divergence) }
            if let failure = exceededLimit { return .failed(failure) }
            open.insert(asked.sequence)
            return wait ? try await serve([asked.sequence]) : nil
        case .wait(let ids):
            guard !ids.isEmpty, Set(ids).count == ids.count, ids.allSatisfy(open.contains) else {
                throw ProtocolBreach(message: "the guest waits for what it has not asked")
            }
            return try await serve(ids)
        case .succeeded: return try missingEvent() ?? .succeeded
        case .failed(let failure): return try missingEvent() ?? .reported(failure)
        }
    }

    private func receive() throws -> GuestMessage? {
        let room = limits.outputMiB << 20 - tellings.outputs.size
        return try channel.receive(bodyLimit: max(0, room)).map(GuestMessage.init)
    }

    // MARK: Comparing with the record

    /// Places the call or telling in the history: the recorded event must be the same, a new one is added.
    private func arrive(_ asked: GuestMessage.Asked) throws -> Divergence? {
        let sequence = history.reached + 1
        guard asked.sequence == sequence else {
            throw ProtocolBreach(message: "event \(asked.sequence) comes where \(sequence) is next")
        }
        let actual = Divergence.Side(
            kind: asked.kind, request: asked.requestText, requestSHA256: asked.requestSHA256)
        if let event = history.next {
            guard event.kind == asked.kind, event.requestSHA256 == asked.requestSHA256 else {
                return Divergence(
                    sequence: sequence, expected: Divergence.Side(event), actual: actual, file: asked.file,
                    line: asked.line)
            }
            history.advance()
            return nil
        }
        guard live != nil else {
            return Divergence(sequence: sequence, expected: nil, actual: actual, file: asked.file, line: asked.line)
        }
        history.advance(
            appending: Event(
                sequence: sequence, kind: asked.kind, request: asked.requestText, requestSHA256: asked.requestSHA256,
                responseSHA256: nil, completion: nil, actor: "host", recordedAt: now(), file: asked.file,
                line: asked.line))
        return nil
    }

    /// The record holds more than the guest did.
    private func missingEvent() throws -> GuestEnding? {
        guard let event = history.next else { return nil }
        return .diverged(
            Divergence(
                sequence: event.sequence, expected: Divergence.Side(event), actual: nil, file: event.file,
                line: event.line))
    }

    // MARK: Tellings

    private func take(_ asked: GuestMessage.Asked) throws -> RunFailure? {
        if let failure = exceededLimit { return failure }
        do {
            try tellings.take(asked)
            return nil
        } catch let refusal as Tellings.Refusal {
            return RunFailure(reason: refusal.reason, message: refusal.message, file: asked.file, line: asked.line)
        }
    }

    private var exceededLimit: RunFailure? {
        if history.reached > limits.effects {
            return RunFailure(
                reason: "LimitExceeded",
                message: "the runbook has more effects than its limit of \(limits.effects) allows")
        }
        guard history.isTooLarge else { return nil }
        return RunFailure(
            reason: "LimitExceeded",
            message: "what the runbook asks and tells is larger than \(history.mostBytes >> 20) MiB")
    }

    private var outputLimitExceeded: RunFailure {
        RunFailure(
            reason: "LimitExceeded", message: "the outputs are larger than their limit of \(limits.outputMiB) MiB")
    }

    // MARK: Answers

    /// Answers one of the calls that the guest waits for; an ending where none can be answered now.
    private func serve(_ ids: [Int]) async throws -> GuestEnding? {
        if let completed = ids.filter({ history[$0].completion != nil }).min(by: {
            (history[$0].completion ?? 0) < (history[$1].completion ?? 0)
        }) {
            return try await deliver(completed)
        }
        guard let live else {
            // The record ends where the run was waiting, and so does its replay.
            let asked = history[ids[0]]
            return .diverged(
                Divergence(
                    sequence: ids[0], expected: nil, actual: Divergence.Side(asked), file: asked.file, line: asked.line))
        }
        for id in ids.sorted() {
            let asked = history[id]
            let call = EffectCall(
                sequence: id, kind: asked.kind, request: try CanonicalJSON.parse(Array(asked.request.utf8)),
                requestSHA256: asked.requestSHA256, file: asked.file, line: asked.line)
            guard case .answered(let answer) = try await live.answer(call) else { continue }
            try faults.reach(.runEffectAnswered)
            let response = try RecordedAnswer.store(answer.outcome, in: vault)
            let written = history.complete(id, response: response, actor: answer.actor, at: now())
            if let written { try await writer.complete(written) }
            try await flush()
            try faults.reach(.runEffectRecorded)
            return try await deliver(id)
        }
        try await flush()
        try channel.send(["type": "suspend"])
        return .suspended
    }

    /// Writes what the history does not have on disk yet.
    private func flush() async throws {
        let events = history.takeUnwritten()
        if !events.isEmpty { try await writer.append(events) }
    }

    private func deliver(_ sequence: Int) async throws -> GuestEnding? {
        try await flush()
        guard let digest = history[sequence].responseSHA256 else {
            throw ExecutorError.historyBroken(sequence: sequence, why: "it is complete and names no answer")
        }
        open.remove(sequence)
        let frame = try RecordedAnswer.load(digest, from: vault).frame(for: sequence, vault: vault)
        try channel.send(frame.header, body: frame.body)
        return nil
    }

    // MARK: Outcome

    /// Puts together how the conversation and the process ended.
    func outcome(_ ending: GuestEnding, _ result: ProcessResult, mode: RunMode) throws -> SessionOutcome {
        var record = SessionRecord()
        record.events = history.events
        record.entries = tellings.entries
        record.steps = tellings.steps
        record.logs = tellings.logs
        record.outputs = tellings.outputs.outputs
        record.lineage = tellings.outputs.lineage
        record.standardOutput = result.standardOutput
        record.standardError = result.standardError
        record.mode = mode
        switch ending {
        case .diverged(let divergence): return .diverged(divergence, record)
        case .suspended: return .suspended(record)
        case .failed(let failure): return .failed(failure, record)
        case .reported(let failure): return .failed(GuestExit.refined(failure, limits), record)
        case .lost where !greeted: throw GuestExit.notStarted(result)
        case .lost: return .failed(GuestExit.failure(result, limits, sandboxed: mode == .hermetic), record)
        case .cut(let failure):
            // Ended by a limit while it wrote: then that is why.
            if case .exited = ScriptResult.Exit(result.status, throughBubblewrap: mode == .hermetic) { return .failed(failure, record) }
            return .failed(GuestExit.failure(result, limits, sandboxed: mode == .hermetic), record)
        case .succeeded:
            try faults.reach(.runGuestFinished)
            guard result.status == .exited(0) else {
                return .failed(GuestExit.failure(result, limits, sandboxed: mode == .hermetic), record)
            }
            _ = try vault.putMany(tellings.outputs.bytes)
            return .succeeded(record)
        }
    }
}

extension Divergence.Side {
    init(_ event: Event) {
        self.init(kind: event.kind, request: event.request, requestSHA256: event.requestSHA256)
    }
}

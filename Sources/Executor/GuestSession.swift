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

    /// - Parameters:
    ///   - recorded: the history so far, in sequence from 1.
    ///   - live: answers what is beyond the record; `nil` for a replay, where that is a divergence.
    ///   - now: RFC 3339, UTC, milliseconds: the time of recording, never shown to the guest.
    public func run(
        _ request: SessionRequest, recorded: [Event], live: (any EffectAnswering)?, history: any HistoryWriter,
        faults: FaultPoints = .none, now: @escaping @Sendable () -> String
    ) async throws -> SessionOutcome {
        .suspended(SessionRecord())
    }
}

/// The answer of a call as it is kept: canonical JSON that names the body by digest, so that the event's response
/// digest covers both and a document is kept as it is.
public struct RecordedAnswer: Hashable, Sendable {
    public var outcome: EffectAnswer.Outcome

    /// Keeps an answer (and its body) and gives the digest for `Event.responseSHA256`. Also for answers that come from
    /// outside an attempt, such as a person's decision.
    public static func store(_ outcome: EffectAnswer.Outcome, in vault: any ObjectVault) throws -> ContentDigest {
        try vault.put([])
    }
}

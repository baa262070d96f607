import Model

/// One question of the runbook that the host must answer.
public struct EffectCall: Hashable, Sendable {
    /// The event's number in the history.
    public var sequence: Int
    /// Such as `document.read`.
    public var kind: String
    public var request: JSONValue
    public var requestSHA256: ContentDigest
    /// Runbook file and line that asked, where known.
    public var file: String?
    public var line: Int?

    public init(
        sequence: Int, kind: String, request: JSONValue, requestSHA256: ContentDigest, file: String? = nil,
        line: Int? = nil
    ) {
        self.sequence = sequence
        self.kind = kind
        self.request = request
        self.requestSHA256 = requestSHA256
        self.file = file
        self.line = line
    }
}

/// What the host answers, and who gave the answer.
public struct EffectAnswer: Hashable, Sendable {
    public enum Outcome: Hashable, Sendable {
        case ok(JSONValue, body: Body?)
        /// A refusal: recorded and replayed like any other answer, raised at the runbook's line.
        case error(reason: String, message: String)
    }
    public enum Body: Hashable, Sendable {
        case bytes([UInt8])
        /// An object that the vault already holds, such as a document stored before the run.
        case object(ContentDigest)
    }

    public var outcome: Outcome
    /// `host`, an agent's name, a person's principal.
    public var actor: String

    public init(_ outcome: Outcome, actor: String = "host") {
        self.outcome = outcome
        self.actor = actor
    }
}

public enum EffectReply: Hashable, Sendable {
    case answered(EffectAnswer)
    /// No answer yet; the run suspends when it waits for nothing else.
    case pending
}

/// Answers the calls of a live run: documents, the data platform, the ledger, and later agents and people.
public protocol EffectAnswering: Sendable {
    /// Answers one call. An error thrown here ends the attempt (retry by its disposition); what the runbook should see
    /// and handle is an answer `.error`.
    func answer(_ call: EffectCall) async throws -> EffectReply
}

/// The run's history on disk.
public protocol HistoryWriter: Sendable {
    /// Appends events in order, all or none, durably before it returns.
    func append(_ events: [Event]) async throws
    /// Adds the answer to an event that was appended without one, durably before it returns.
    func complete(_ event: Event) async throws
}

/// The writer of a replay: a replay records nothing.
public struct NoHistory: HistoryWriter {
    public init() {}
    public func append(_ events: [Event]) async throws {}
    public func complete(_ event: Event) async throws {}
}

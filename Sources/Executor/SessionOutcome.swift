import Model

/// How an attempt ended.
public enum SessionOutcome: Sendable {
    case succeeded(SessionRecord)
    case failed(RunFailure, SessionRecord)
    /// The runbook waits only for answers that are not there yet.
    case suspended(SessionRecord)
    case diverged(Divergence, SessionRecord)

    public var record: SessionRecord {
        switch self {
        case .succeeded(let record), .suspended(let record), .failed(_, let record), .diverged(_, let record): record
        }
    }
}

/// What an attempt did, as far as it came.
public struct SessionRecord: Hashable, Sendable {
    /// All events of the run, recorded and new, in sequence.
    public var events: [Event] = []
    /// In the order of emission; the bytes are in the vault under `sha256` (once the run succeeded).
    public var outputs: [Output] = []
    /// Lineage graph by output name, where the runbook gave one.
    public var lineage: [String: JSONValue] = [:]
    public var entries: [JournalEntry] = []
    public var steps: [StepRecord] = []
    public var logs: [LogLine] = []
    public var standardOutput: [UInt8] = []
    public var standardError: [UInt8] = []
    /// Whether the attempt had the full sandbox.
    public var mode: RunMode = .hermetic

    public init() {}
}

/// A step that the runbook went through; `ended` is false where the run stopped inside it.
public struct StepRecord: Hashable, Sendable, Codable {
    public var id: String
    public var title: String
    /// Sequence number of its `step.begin`.
    public var sequence: Int
    public var ended: Bool

    public init(id: String, title: String, sequence: Int, ended: Bool) {
        self.id = id
        self.title = title
        self.sequence = sequence
        self.ended = ended
    }
}

public struct LogLine: Hashable, Sendable, Codable {
    /// `info` or `warning`.
    public var level: String
    public var message: String
    /// Sequence number of the event.
    public var sequence: Int

    public init(level: String, message: String, sequence: Int) {
        self.level = level
        self.message = message
        self.sequence = sequence
    }
}

/// The first place where an attempt asked for something else than the history holds.
public struct Divergence: Hashable, Sendable, Codable {
    public struct Side: Hashable, Sendable, Codable {
        public var kind: String
        /// Canonical JSON.
        public var request: String
        /// Covers the body too.
        public var requestSHA256: ContentDigest

        public init(kind: String, request: String, requestSHA256: ContentDigest) {
            self.kind = kind
            self.request = request
            self.requestSHA256 = requestSHA256
        }
    }

    public var sequence: Int
    /// What the history holds; `nil` where it has no such event.
    public var expected: Side?
    /// What the runbook did; `nil` where it ended instead.
    public var actual: Side?
    /// Runbook file and line that asked, where known.
    public var file: String?
    public var line: Int?

    public init(sequence: Int, expected: Side?, actual: Side?, file: String?, line: Int?) {
        self.sequence = sequence
        self.expected = expected
        self.actual = actual
        self.file = file
        self.line = line
    }

    /// One sentence for people.
    public var message: String {
        let place = file.map { " at \($0)" + (line.map { ":\($0)" } ?? "") } ?? ""
        switch (expected, actual) {
        case (let expected?, let actual?):
            return "event \(sequence)\(place) differs from the record: recorded \(expected.kind) "
                + "\(expected.request.clipped), now \(actual.kind) \(actual.request.clipped)"
        case (nil, let actual?):
            return "event \(sequence)\(place) is not in the record: now \(actual.kind) \(actual.request.clipped)"
        case (let expected?, nil):
            return "the runbook ended before event \(sequence), which is in the record: "
                + "\(expected.kind) \(expected.request.clipped)"
        case (nil, nil):
            return "event \(sequence)\(place) differs from the record"
        }
    }
}

extension String {
    /// Short enough for a sentence.
    fileprivate var clipped: String { excerpt(self, 200) }
}

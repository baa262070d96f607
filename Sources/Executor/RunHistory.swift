import Model

/// The events of one run: those recorded before this attempt, and those of this attempt on their way to disk.
struct RunHistory {
    private(set) var events: [Event]
    /// How many of them were there when the attempt started.
    private let recordedCount: Int
    /// How many of them are on disk.
    private var writtenCount: Int
    private var completions: Int
    /// Bytes of the requests that are not on disk.
    private(set) var unwrittenBytes = 0
    /// Sequence number of the latest event that the guest has come to.
    private(set) var reached = 0
    /// Bytes of the requests up to there.
    private var reachedBytes = 0
    let mostBytes: Int

    /// - Parameter mostBytes: how large all requests together may be; they are held in memory.
    init(recorded: [Event], mostBytes: Int = 256 << 20) throws {
        self.mostBytes = mostBytes
        for (offset, event) in recorded.enumerated() where event.sequence != offset + 1 {
            throw ExecutorError.historyBroken(sequence: offset + 1, why: "event \(event.sequence) stands in its place")
        }
        events = recorded
        recordedCount = recorded.count
        writtenCount = recorded.count
        completions = recorded.compactMap(\.completion).max() ?? 0
    }

    /// The recorded event that comes next; `nil` beyond the record.
    var next: Event? { reached < recordedCount ? events[reached] : nil }

    /// Whether the guest has asked and told more than it may.
    var isTooLarge: Bool { reachedBytes > mostBytes }

    subscript(sequence: Int) -> Event { events[sequence - 1] }

    /// The guest has come to its next event: the recorded one, or this one.
    mutating func advance(appending event: Event? = nil) {
        if let event { events.append(event) }
        reachedBytes += events[reached].request.utf8.count
        reached += 1
        guard let event else { return }
        unwrittenBytes += event.request.utf8.count
    }

    /// Notes the answer of a call. The event is given back where it is on disk already, without its answer.
    mutating func complete(_ sequence: Int, response: ContentDigest, actor: String, at time: String) -> Event? {
        completions += 1
        events[sequence - 1].responseSHA256 = response
        events[sequence - 1].completion = completions
        events[sequence - 1].actor = actor
        events[sequence - 1].recordedAt = time
        return sequence <= writtenCount ? events[sequence - 1] : nil
    }

    /// What is to be written next, counted as written from here on: whoever takes it writes it or gives up the attempt.
    mutating func takeUnwritten() -> [Event] {
        defer {
            writtenCount = events.count
            unwrittenBytes = 0
        }
        return Array(events[writtenCount...])
    }
}

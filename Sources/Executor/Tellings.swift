import Model

/// What a runbook has told so far: steps, log, journal entries, outputs.
///
/// The guest has checked all of it; it is checked again here, because the guest is the runbook's own process and is never
/// trusted.
struct Tellings {
    /// A telling that is well-formed and not allowed: it ends the run with this reason.
    struct Refusal: Error {
        var reason: String
        var message: String
    }

    private(set) var steps: [StepRecord] = []
    /// Where in `steps` those stand that have not ended, by id.
    private var openSteps: [String: [Int]] = [:]
    private(set) var logs: [LogLine] = []
    private(set) var entries: [JournalEntry] = []
    private(set) var outputs = OutputCollection()
    private let journal: JournalRules

    init(_ spec: RunSpec) throws { journal = try JournalRules(spec) }

    mutating func take(_ asked: GuestMessage.Asked) throws {
        var fields = try Fields(asked.request, of: asked.kind)
        guard asked.kind == "output" || asked.body.isEmpty else {
            throw ProtocolBreach(message: "\(asked.kind) has a body")
        }
        switch asked.kind {
        case "step.begin":
            let id = try fields.string("id")
            openSteps[id, default: []].append(steps.count)
            steps.append(
                StepRecord(id: id, title: try fields.string("title"), sequence: asked.sequence, ended: false))
        case "step.end":
            let id = try fields.string("id")
            guard let at = openSteps[id]?.popLast() else {
                throw ProtocolBreach(message: "the step \(excerpt(id, 50)) ends and has not begun")
            }
            steps[at].ended = true
        case "log":
            let level = try fields.string("level")
            guard level == "info" || level == "warning" else { throw ProtocolBreach(message: "a log line has no level") }
            logs.append(LogLine(level: level, message: try fields.string("message"), sequence: asked.sequence))
        case "journal.post":
            entries.append(try journal.entry(&fields, number: entries.count + 1, asked))
        case "output":
            try outputs.add(
                name: try fields.string("name"), mediaType: try fields.string("mediaType"),
                lineage: try fields.optionalValue("lineage"), asked)
        default:
            throw ProtocolBreach(message: "there is no telling of kind \(excerpt(asked.kind, 50))")
        }
        try fields.finish()
    }
}

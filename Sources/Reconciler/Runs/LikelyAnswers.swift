import Digests
import Executor
import Model

/// Answers that a run will most likely ask for, kept before it starts.
///
/// An answer must be on disk before the guest sees it, and keeping one object takes as long as keeping twenty. What is
/// frozen decides these answers, so keeping them early changes nothing else; one that is not asked for is only an object
/// that nothing refers to.
struct LikelyAnswers {
    private struct Code: Hashable {
        var runbook: String
        var commit: GitObjectID
    }

    /// What runs of the same code have looked for in this process.
    private var patterns: [Code: Set<String>] = [:]

    /// Learns from a run that has ended.
    mutating func learn(_ spec: RunSpec, _ events: [Event]) {
        let code = Code(runbook: spec.runbook, commit: spec.commit)
        for event in events where event.kind == "document.find" {
            guard patterns[code, default: []].count < 200 else { return }
            patterns[code, default: []].insert(event.request)
        }
    }

    /// The answers' objects: every document is read (a run that leaves one unread fails), the ledger is opened, and what
    /// earlier runs looked for is looked for again.
    func objects(_ spec: RunSpec, _ answers: EffectAnswers) throws -> [[UInt8]] {
        var objects = [try RecordedAnswer.encode(.ok(answers.opening, body: nil))]
        for entry in spec.catalogue { objects.append(try RecordedAnswer.encode(answers.read(["name": .string(entry.name)]))) }
        for request in patterns[Code(runbook: spec.runbook, commit: spec.commit)] ?? [] {
            objects.append(try RecordedAnswer.encode(answers.find(try CanonicalJSON.parse(Array(request.utf8)))))
        }
        return objects
    }
}

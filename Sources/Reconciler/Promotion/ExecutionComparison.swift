import Digests
import Executor
import Model

/// Two executions of a scenario: the first place where they do not agree.
///
/// Compared event by event: a call or telling holds everything that an output, an entry or a question is, so where all
/// agree and both ended alike, nothing differs.
struct ExecutionComparison {
    struct Difference: Hashable, Sendable {
        /// One sentence.
        var message: String
        var file: String?
        var line: Int?
        var excerpt: [String] = []
    }

    let vault: any ObjectVault

    func firstDifference(_ first: SessionOutcome, _ second: SessionOutcome) throws -> Difference? {
        let a = first.record.events, b = second.record.events
        if let at = zip(a, b).enumerated().first(where: { !Self.same($1.0, $1.1) })?.offset {
            return try difference(a[at], b[at], first.record, second.record)
        }
        if let found = endings(first, second) { return found }
        guard a.count != b.count else { return nil }
        let more = a.count > b.count ? a[b.count] : b[a.count]
        let which = a.count > b.count ? "first" : "second"
        return Difference(message: "only the \(which) execution goes on with \(Self.shown(more))", file: more.file, line: more.line)
    }

    private static func same(_ a: Event, _ b: Event) -> Bool { a.kind == b.kind && a.requestSHA256 == b.requestSHA256 }

    private func endings(_ first: SessionOutcome, _ second: SessionOutcome) -> Difference? {
        switch (first.failed, second.failed) {
        case (nil, nil): return nil
        case (nil, let failure?), (let failure?, nil):
            let which = first.failed == nil ? "second" : "first"
            return Difference(
                message: "only the \(which) execution fails, with \(failure.reason): \(clipped(failure.message))", file: failure.file,
                line: failure.line)
        case (let a?, let b?):
            if a.reason == b.reason, a.message.utf8.elementsEqual(b.message.utf8), a.file == b.file, a.line == b.line { return nil }
            return Difference(
                message: "the executions fail differently, with \(a.reason): \(clipped(a.message)), and with \(b.reason): \(clipped(b.message))",
                file: b.file, line: b.line)
        }
    }

    private func difference(_ a: Event, _ b: Event, _ first: SessionRecord, _ second: SessionRecord) throws -> Difference {
        var difference = Difference(
            message: "event \(a.sequence) is \(Self.shown(a)) in one execution and \(Self.shown(b)) in the other", file: a.file, line: a.line)
        guard a.kind == b.kind else { return difference }
        let old = try CanonicalJSON.parse(Array(a.request.utf8)), new = try CanonicalJSON.parse(Array(b.request.utf8))
        if a.kind == "output", let name = old["name"]?.string, name == new["name"]?.string,
            let before = output(name, first), let after = output(name, second), before.sha256 != after.sha256
        {
            difference.message = "output '\(name)' differs between two executions"
            // A run that failed has kept no outputs.
            guard let x = try? vault.get(before.sha256), let y = try? vault.get(after.sha256),
                let found = ContentDifference.first(x, y, isJSON: before.isJSON)
            else { return difference }
            difference.message = "output '\(name)' \(found.place) is \(Self.values(found))"
            difference.excerpt = found.excerpt
        } else if let found = ContentDifference.first(Array(a.request.utf8), Array(b.request.utf8), isJSON: true) {
            difference.message = "\(a.kind) (event \(a.sequence)) \(found.place) is \(Self.values(found))"
            difference.excerpt = found.excerpt
        }
        return difference
    }

    private func output(_ name: String, _ record: SessionRecord) -> Output? { record.outputs.first { $0.name == name } }

    private static func values(_ found: ContentDifference) -> String {
        "\(found.shownBefore) in one execution and \(found.shownAfter) in the other"
    }

    private static func shown(_ event: Event) -> String { "\(event.kind) \(clipped(event.request))" }
}

extension SessionOutcome {
    /// Why it failed; a run that can go no further has failed too.
    var failed: RunFailure? {
        switch self {
        case .succeeded: nil
        case .failed(let failure, _): failure
        case .suspended: RunFailure(reason: "RunWaiting", message: "the runbook waits for an answer that a scenario does not have")
        case .diverged(let divergence, _): RunFailure(reason: "Divergence", message: divergence.message)
        }
    }
}

extension Output {
    var isJSON: Bool { mediaType == "application/json" || name.hasSuffix(".json") }
}

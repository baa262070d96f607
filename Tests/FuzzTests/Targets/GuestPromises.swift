import Digests
import Model

@testable import Executor

/// The host's side of the guest protocol, whatever the guest writes.
enum GuestPromises {
    @Sendable static func check(_ input: [UInt8]) async throws {
        let bytes = GuestScript.bytes(of: input)
        let first: GuestTalk.Ended
        do {
            first = try await GuestTalk.hold(bytes, live: true)
        } catch let error as ExecutorError {
            // It never said hello: its start has failed.
            guard case .launchFailed = error else { throw error }
            return try BrokenPromise.check(error)
        }
        try check(first)
        try await replays(bytes, first)
    }

    private static func check(_ ended: GuestTalk.Ended) throws {
        let record = ended.outcome.record
        for (offset, event) in record.events.enumerated() {
            try promise(event.sequence == offset + 1, "event \(event.sequence) stands at \(offset + 1)")
            let request = try CanonicalJSON.parse(Array(event.request.utf8))
            try promise(try CanonicalJSON.string(request) == event.request, "a request is not canonical: \(event.request)")
        }
        for (offset, entry) in record.entries.enumerated() {
            try promise(entry.number == offset + 1, "entry \(entry.number) stands at \(offset + 1)")
            try promise(entry.lines.count >= 2 && entry.lines.reduce(0) { $0 + $1.minorUnits } == 0, "\(entry) is out of balance")
            try promise(entry.lines.allSatisfy { $0.minorUnits != 0 && $0.currency.code == "GBP" }, "\(entry) has an impossible line")
            let last = entry.opening ? "2026-02-28" : "2026-03-31", first = entry.opening ? "2026-02-28" : "2026-03-01"
            try promise((first...last).contains(entry.date.description), "\(entry) lies outside its period")
        }
        try promise(Set(record.outputs.map(\.name)).count == record.outputs.count, "two outputs have one name")
        for output in record.outputs {
            try promise(OutputCollection.isSafe(output.name), "'\(output.name)' is no safe name")
            guard case .succeeded = ended.outcome else { continue }
            try promise(try ended.vault.get(output.sha256).count == Int(output.size), "\(output.name) has another size")
        }
        if case .failed(let failure, _) = ended.outcome, failure.detail == nil { try check(failure) }
    }

    /// What the guest itself reports may be as long as it likes; what the host says may not.
    private static func check(_ failure: RunFailure) throws {
        let reasons = [
            "GuestProtocolBroken", "LimitExceeded", "EntryRefused", "OutputRefused", "GuestLost", "RunbookFailed",
            "RunbookError", "SandboxViolation",
        ]
        try promise(reasons.contains(failure.reason), "a failure has the reason \(failure.reason)")
        guard !failure.reason.hasPrefix("Runbook"), failure.reason != "SandboxViolation" else { return }
        try promise(
            failure.message.utf8.count <= BrokenPromise.longestMessage, "a failure's message has \(failure.message.utf8.count) bytes")
    }

    /// The same guest, answered from the record alone, does and gets the same.
    private static func replays(_ bytes: [UInt8], _ first: GuestTalk.Ended) async throws {
        let record = first.outcome.record
        let again = try await GuestTalk.hold(bytes, recorded: record.events, vault: first.vault, live: false).outcome
        switch (first.outcome, again) {
        case (.succeeded, .succeeded): break
        case (.failed(let expected, _), .failed(let found, _)):
            try promise(found == expected, "a replay fails with \(found), not \(expected)")
        case (.suspended, .diverged): break  // nobody can answer what was never answered
        default: throw BrokenPromise(description: "\(first.outcome) became \(again) in its replay")
        }
        let replayed = again.record
        try promise(replayed.entries == record.entries, "a replay posts \(replayed.entries), not \(record.entries)")
        try promise(replayed.outputs == record.outputs, "a replay emits \(replayed.outputs), not \(record.outputs)")
        try promise(replayed.steps == record.steps && replayed.logs == record.logs, "a replay tells something else")
        try promise(replayed.events == record.events, "a replay changes the history")
    }
}

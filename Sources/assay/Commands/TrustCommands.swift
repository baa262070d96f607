import Digests
import Foundation
import Model
import Reconciler

extension Commands {
    static let acknowledge = CommandDefinition(
        name: "acknowledge", summary: "go on after the branch was rewritten",
        arguments: [ArgumentDefinition(name: "COMMIT", help: "the commit of the new history to follow")],
        options: [.value("reason", "TEXT", "why the rewrite is right, for the record")] + Signing.options
            + [.value("by", "NAME", "who says so, where it is not signed (default: your user name)"), .home, .json],
        details: "A branch that does not descend from the applied commit stalls with HistoryRewritten, and the last good commit stays. "
            + "This follows it, once, and records who said so and why. Where signatures are asked for it must be signed, by a key that "
            + "trust/allowed_signers lists for \(PersonalWord.Purpose.history.rawValue).",
        example: "assay acknowledge 3f2a9c --reason 'history was cleaned of a large file' --key ~/.ssh/id_ed25519",
        changesHome: true, prepare: prepareAcknowledgement
    ) { invocation in
        let reason = try reason(of: invocation)
        return try await changing(invocation) { context in
            let mirror = try mirror(context)
            let pass = ReconcilePass(context, mirror: mirror)
            try await pass.recover()
            let (revision, acknowledgement) = try await HistoryAcknowledgement.record(
                invocation.arguments[0], reason: reason, by: invocation.value("by") ?? userName,
                signature: invocation.value("signature"), context: context, mirror: mirror)
            let result = try await pass.run()
            if invocation.json {
                try print(json: try await statusJSON(context))
            } else {
                console.print("acknowledged \(revision.commit.short) \(revision.subject) by \(acknowledgement.by)")
                result.status.problems.forEach { console.print(line(for: $0)) }
                console.print("\(result.status.outcome.rawValue) \(result.status.reason)\(result.status.applied.map { " at \($0.commit.short)" } ?? "")")
                result.holds.forEach { console.message(line(for: $0)) }
            }
            guard result.status.outcome == .ready else { return .refusal(result.status.reason) }
            return result.holds.isEmpty ? .done : .failed
        }
    }

    /// Signs where that is asked for, and names everything in full, for whoever carries it out.
    @Sendable private static func prepareAcknowledgement(_ invocation: Invocation) async throws -> [String]? {
        try Signing.check(invocation)
        let reason = try reason(of: invocation)
        let context = try reading(invocation)
        // A daemon fetches itself, and its mirror may belong to another user than this one.
        let proposal = try await HistoryAcknowledgement.propose(
            invocation.arguments[0], reason: reason, context: context, mirror: try context.mirror(),
            fetching: !Handover.isNeeded(context.home))
        var words = [proposal.revision.commit.hex, "--reason=\(reason)", "--home=\(context.home.path)"]
        words.append("--by=\(invocation.value("by") ?? userName)")
        if invocation.json { words.append("--json") }
        if proposal.mustBeSigned || Signing.options.contains(where: { invocation.has($0.name) }) {
            guard let signature = try await Signing.signature(of: proposal.word, invocation, home: context.home) else { return nil }
            words.append("--signature=\(signature)")
        }
        return words
    }

    private static var userName: String { "user \(NSUserName())" }

    private static func reason(of invocation: Invocation) throws -> String {
        guard let reason = invocation.value("reason"), reason.contains(where: { !$0.isWhitespace }) else {
            throw UsageError(message: "acknowledge needs --reason", remedy: "Write why the rewrite is right: --reason 'TEXT'")
        }
        return reason
    }

    static func getAcknowledgements(_ context: HomeContext, json: Bool) async throws -> ExitCode {
        let all = try await HistoryAcknowledgement.all(in: context.store)
        if json {
            let items = try all.map { acknowledgement, at -> JSONValue in
                ["document": acknowledgement.document, "by": .string(acknowledgement.by), "at": .string(at),
                    "signature": try acknowledgement.signature.map { try JSONValue(encoding: $0) } ?? .null]
            }
            try print(json: ["acknowledgements": .array(items)])
        } else if all.isEmpty {
            console.message("no acknowledgements")
        } else {
            let rows = all.map { acknowledgement, at in
                func text(_ key: String) -> String { acknowledgement.document[key]?.string ?? "" }
                return [String(text("from").prefix(10)), String(text("to").prefix(10)), at, acknowledgement.by,
                    acknowledgement.signature == nil ? "no" : "yes", text("reason")]
            }
            console.print(console.table(rows, header: ["FROM", "TO", "AT", "BY", "SIGNED", "REASON"]))
        }
        return .done
    }
}

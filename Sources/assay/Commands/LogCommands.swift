import Digests
import Foundation
import Model
import Reconciler
import TenantStore

extension Commands {
    static let log = CommandDefinition(
        name: "log", summary: "the home's transparency log: leaves, signed heads, proofs",
        arguments: [
            ArgumentDefinition(
                name: "ACTION", help: "what to do", required: false, choices: ["show", "checkpoint", "consistency", "check"]),
            ArgumentDefinition(name: "OLD", help: "for consistency: a size, or a file with a checkpoint", required: false),
            ArgumentDefinition(name: "NEW", help: "for consistency: the newer one (default: the head now)", required: false),
        ],
        options: [.home, .json, .value("limit", "N", "for show: at most this many, newest first (default: 100)")],
        details: "Every stamp, verdict and change of trust root or configuration is a leaf of an RFC 6962 Merkle tree. 'checkpoint' prints "
            + "its head, signed (a C2SP note): keep one outside this host, and 'consistency' shows later that nothing before it was changed. "
            + "'check' recomputes everything. Exit 1: something does not hold.",
        example: "assay log checkpoint > alder.checkpoint"
    ) { invocation in
        let context = try reading(invocation)
        let log = HomeLog(context)
        switch invocation.arguments.first ?? "show" {
        case "checkpoint":
            console.print(try await log.checkpoint().encoded, terminator: "")
            return .done
        case "consistency": return try await consistency(invocation, log)
        case "check":
            let checks = try await log.check()
            if invocation.json {
                try print(json: ["checks": try JSONValue(encoding: checks)])
            } else {
                for check in checks {
                    let mark = check.passed ? console.paint("ok  ", .green) : console.paint("FAIL", .red)
                    console.print("\(mark)  \(check.name): \(check.detail)")
                }
            }
            return checks.allSatisfy(\.passed) ? .done : .failed
        default: return try await showLeaves(invocation, context)
        }
    }

    private static func showLeaves(_ invocation: Invocation, _ context: HomeContext) async throws -> ExitCode {
        guard let limit = Int(invocation.value("limit") ?? "100"), limit > 0 else {
            throw UsageError(message: "--limit takes a whole number above zero", remedy: "Write --limit 20")
        }
        let leaves = try await context.store.perform {
            try $0.logLeaves(from: max(0, try $0.logSize() - limit), limit: limit)
        }
        if invocation.json {
            let items = leaves.map { leaf -> JSONValue in
                ["position": .integer(Int64(leaf.position)), "kind": .string(leaf.kind.rawValue),
                    "subject": .string(leaf.subject), "sha256": .string(leaf.digest.hex), "at": .string(leaf.at)]
            }
            try print(json: ["leaves": .array(items)])
        } else if leaves.isEmpty {
            console.message("the log is empty")
        } else {
            let rows = leaves.reversed().map {
                [String($0.position), $0.at, $0.kind.rawValue, String($0.subject.prefix(12)), $0.digest.short]
            }
            console.print(console.table(rows, header: ["LEAF", "AT", "WHAT", "RUN", "SHA-256"], right: [0]))
        }
        return .done
    }

    private static func consistency(_ invocation: Invocation, _ log: HomeLog) async throws -> ExitCode {
        guard invocation.arguments.count >= 2 else {
            throw UsageError(message: "consistency needs the older head", remedy: "Give a size, or a file that 'assay log checkpoint' wrote")
        }
        let new = invocation.arguments.count > 2 ? try head(invocation.arguments[2]) : nil
        let result = try await log.consistency(from: try head(invocation.arguments[1]), to: new)
        if invocation.json {
            func json(_ head: Checkpoint) -> JSONValue { ["size": .integer(Int64(head.size)), "root": .string(head.root.hex)] }
            try print(json: [
                "old": json(result.old), "new": json(result.new), "consistent": .bool(result.holds),
                "proof": .array(result.proof.map { .string($0.hex) }),
            ])
        } else {
            let verdict = result.holds ? console.paint("consistent", .green) : console.paint("rewritten", .red)
            console.print("\(verdict): \(result.old.size) leaves \(result.old.root.short), \(result.new.size) leaves \(result.new.root.short)")
            result.proof.forEach { console.print("  \($0)") }
        }
        return result.holds ? .done : .failed
    }

    private static func head(_ text: String) throws -> HomeLog.Head {
        if let size = Int(text) { return .size(size) }
        guard let data = FileManager.default.contents(atPath: text) else {
            throw UsageError(message: "'\(text)' is neither a size nor a file", remedy: "Give a size, or a file that 'assay log checkpoint' wrote")
        }
        return .note(String(decoding: data, as: UTF8.self))
    }
}

import Foundation
import Model
import Reconciler
import TenantStore

/// How runs are shown, for people and as the documented JSON.
struct RunReport {
    let context: HomeContext

    init(_ context: HomeContext) { self.context = context }

    func statement(_ run: RunRow) async throws -> JSONValue { try await RunDetails.statement(run, context) }

    static func summary(_ run: RunRow, stale: Bool) -> JSONValue {
        [
            "run": .string(run.id), "state": .string(run.state.rawValue), "deployment": .string(run.deployment),
            "entity": .string(run.entity), "period": .string(run.period.description), "commit": .string(run.commit.hex),
            "startedAt": run.startedAt.json, "finishedAt": run.finishedAt.json, "supersedes": run.supersedes.json,
            "supersededBy": run.supersededBy.json, "stale": .bool(stale),
        ]
    }

    /// `isStale`: where the caller knows it already, because finding out looks at every run.
    func json(_ run: RunRow, events: Bool = false, isStale: Bool? = nil) async throws -> JSONValue {
        let details = try await RunDetails.read(run, context, isStale: isStale)
        guard case .object(var members) = Self.summary(run, stale: details.isStale) else { return .null }
        members["runKey"] = .string(run.runKey.hex)
        // Nobody knows it before the run has ended.
        members["mode"] = (run.mode?.rawValue).json
        members["attempts"] = .integer(Int64(run.attempts))
        members["inputs"] = .array(
            details.spec.catalogue.map {
                ["name": .string($0.name), "sha256": .string($0.sha256.hex), "size": .integer($0.size)]
            })
        members["outputs"] = .array(
            details.outputs.map {
                ["name": .string($0.name), "sha256": .string($0.sha256.hex), "size": .integer($0.size),
                    "path": .string("\(details.folder)/\($0.name)")]
            })
        members["stamp"] = run.stampSHA256.map { .string($0.hex) } ?? .null
        members["steps"] = details.steps
        members["logs"] = details.logs
        members["failure"] = try run.failure.map { try JSONValue(encoding: $0) } ?? .null
        members["carriedFrom"] = try JSONValue(encoding: details.spec.carriedFrom)
        if events { members["events"] = try JSONValue(encoding: details.events) }
        return .object(members)
    }

    func text(_ run: RunRow, events: Bool, console: Console) async throws -> String {
        let details = try await RunDetails.read(run, context)
        var lines = [
            "run         \(run.id)",
            "state       \(run.state.rawValue)" + (details.isStale ? " (stale)" : ""),
            "what        \(run.deployment) for \(run.entity), \(run.period)",
            "commit      \(run.commit)",
            "run key     \(run.runKey)",
            "mode        \(run.mode?.rawValue ?? "not known yet"), \(run.attempts == 1 ? "1 attempt" : "\(run.attempts) attempts")",
            "started     \(run.startedAt ?? "not yet")",
            "finished    \(run.finishedAt ?? "not yet")",
        ]
        if let stamp = run.stampSHA256 { lines.append("stamp       \(stamp)") }
        for carried in details.spec.carriedFrom {
            lines.append("carried     from \(carried.deployment) \(carried.period), run key \(carried.runKey.short)")
        }
        if let earlier = run.supersedes { lines.append("supersedes  \(earlier)") }
        if let later = run.supersededBy { lines.append("superseded  by \(later)") }
        lines.append(console.paint("inputs", .bold))
        lines += details.spec.catalogue.map { "  \($0.sha256.short)  \(String($0.size).leftPadded(to: 9))  \($0.name)" }
        lines.append(console.paint("steps", .bold))
        lines += (details.steps.array ?? []).map {
            "  \($0["ended"]?.bool == true ? "done" : "open")  \($0["title"]?.string ?? "")"
        }
        for log in details.logs.array ?? [] {
            lines.append("  \(log["level"]?.string ?? "info"): \(log["message"]?.string ?? "")")
        }
        if !details.outputs.isEmpty {
            lines.append(console.paint("outputs", .bold) + " in \(details.folder)")
            lines += details.outputs.map { "  \($0.sha256.short)  \(String($0.size).leftPadded(to: 9))  \($0.name)" }
        }
        if let failure = run.failure { lines.append(Self.text(failure)) }
        if events { lines += [console.paint("events", .bold)] + details.events.map(Self.text) }
        return lines.joined(separator: "\n")
    }

    static func text(_ failure: RunFailure, detail showsDetail: Bool = true) -> String {
        let place = failure.file.map { "\($0)\(failure.line.map { ":\($0)" } ?? ""): " } ?? ""
        let message = failure.message.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n    ")
        let shown = showsDetail ? failure.detail : nil
        let detail = shown.map { "\n    " + $0.split(separator: "\n").joined(separator: "\n    ") } ?? ""
        return "  \(place)\(failure.reason): \(message)\(detail)"
    }

    private static func text(_ event: Event) -> String {
        let place = event.file.map { "\($0)\(event.line.map { ":\($0)" } ?? "")" } ?? ""
        let request = event.request.count > 120 ? event.request.prefix(119) + "…" : event.request[...]
        return "  \(String(event.sequence).leftPadded(to: 5))  \(event.kind.padded(to: 15))  \(place)  \(request)"
    }

    static func json(_ differences: [OutputComparison.Difference], before: RunRow, after: RunRow) -> JSONValue {
        [
            "runs": [.string(before.id), .string(after.id)],
            "commits": [.string(before.commit.hex), .string(after.commit.hex)],
            "outputs": .array(
                differences.map { difference in
                    ["name": .string(difference.name), "change": .string(difference.kind.rawValue),
                        "details": .array(
                            difference.details.map {
                                ["place": .string($0.place), "before": $0.before.json, "after": $0.after.json]
                            })]
                }),
        ]
    }

    static func text(_ difference: OutputComparison.Difference, limit: Int, console: Console) -> String {
        guard difference.kind == .changed else { return "\(difference.kind.rawValue.padded(to: 8)) \(difference.name)" }
        var lines = [console.paint("changed  \(difference.name)", .bold)]
        for detail in difference.details.prefix(limit) {
            switch (detail.before, detail.after) {
            case (let before?, let after?): lines.append("    \(detail.place): \(before) → \(after)")
            case (let before?, nil): lines.append(console.paint("  - \(detail.place): \(before)", .red))
            case (nil, let after?): lines.append(console.paint("  + \(detail.place): \(after)", .green))
            default: break
            }
        }
        if difference.details.count > limit {
            lines.append("    … \(difference.details.count - limit) more (--all shows them)")
        }
        return lines.joined(separator: "\n")
    }
}

extension String? {
    var json: JSONValue { map { .string($0) } ?? .null }
}

/// JSON indented for reading: keys sorted, two spaces a level.
enum PrettyJSON {
    static func text(_ value: JSONValue) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = (try? encoder.encode(value)) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }
}

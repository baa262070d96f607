import Digests
import Foundation
import GitStore
import Model
import Reconciler
import TenantStore

extension Commands {
    static let plan = CommandDefinition(
        name: "plan", summary: "what reconciling would change",
        arguments: [ArgumentDefinition(name: "REV", help: "a commit (default: the newest)", required: false)],
        options: [.home, .json],
        details: "Exit 0: nothing would change; 10: changes; 1: the commit has problems; 3: it lacks a signature that is asked for. Changes nothing.",
        example: "assay plan"
    ) { invocation in
        let context = try reading(invocation)
        let mirror = try context.mirror()
        let revision: Revision
        if let text = invocation.arguments.first {
            revision = try await mirror.revision(try await mirror.resolve(text))
        } else {
            revision = try await mirror.revision(try await mirror.fetch().tip)
        }
        let applied = try await context.store.status()?.applied
        switch try await ReconcilePass(context, mirror: mirror).preview(revision) {
        case .plan(let plan):
            if invocation.json { try print(json: json(plan, problems: [])) } else { show(plan) }
            return plan.changes.isEmpty ? .done : .changes
        case .refused(let refusal):
            if invocation.json {
                try print(json: json(Plan(from: applied?.commit, to: revision, changes: []), problems: refusal.problems))
            } else {
                refusal.problems.forEach { console.print(line(for: $0)) }
                console.message("assay: \(refusal.message); reconciling would keep \(applied?.commit.short ?? "nothing") applied")
            }
            return .refusal(refusal.reason)
        }
    }

    static let reconcile = CommandDefinition(
        name: "reconcile", summary: "fetch, and make the tenant match the newest commit",
        options: [.home, .json, .flag("dry-run", "show what would change, like 'assay plan'")],
        details: "A commit with problems changes nothing: the last good commit stays applied. A deployment whose changed code does not pass "
            + "its scenarios is held: its version before serves on, and everything else is deployed. Exit 0: ready; 1: stalled, or a "
            + "deployment is held; 3: a signature is missing.",
        example: "assay reconcile", changesHome: true
    ) { invocation in
        if invocation.has("dry-run") { return try await plan.run(invocation) }
        return try await changing(invocation) { context in
            let mirror = try mirror(context)
            // The first check of a home copies the interpreter, which takes seconds.
            let checker = ScenarioCheck(context, mirror: mirror, progress: { console.progress($0) })
            let pass = ReconcilePass(context, mirror: mirror, checker: checker)
            if try await pass.recover() { console.message("finished a reconcile that was interrupted") }
            let result = try await pass.run()
            console.endProgress()
            if !result.repaired.isEmpty, !invocation.json {
                console.message("repaired, because it differed from the applied commit: " + result.repaired.map { "\($0.key)" }.joined(separator: ", "))
            }
            if invocation.json {
                try print(json: try await statusJSON(context))
            } else if result.status.outcome == .ready {
                let commit = result.status.applied.map { "\($0.commit.short) \($0.subject)" } ?? ""
                if let plan = result.plan {
                    show(plan)
                    console.print(console.paint("ready", .green) + " at \(commit)")
                } else {
                    console.print("nothing to do: ready at \(commit)")
                }
                result.holds.forEach { console.message(line(for: $0)) }
            } else {
                result.status.problems.forEach { console.print(line(for: $0)) }
                console.message("\(console.paint("stalled", .red)) \(result.status.reason): \(result.status.message)")
            }
            guard result.status.outcome == .ready else { return .refusal(result.status.reason) }
            return result.holds.isEmpty ? .done : .failed
        }
    }

    static let get = CommandDefinition(
        name: "get", summary: "list what is deployed, and what became of it",
        arguments: [
            ArgumentDefinition(
                name: "KIND", help: "what to list",
                choices: ResourceKind.allCases.map(\.plural).sorted() + ["acknowledgements", "firings", "repairs", "revisions"])
        ],
        options: [
            .value("schedule", "NAME", "with firings: only of this schedule"),
            .value("limit", "N", "with firings: at most this many (default: 50)"), .home, .json,
        ],
        details: "'firings' are the starts of schedules: what was decided about each, and what became of it.",
        example: "assay get deployments"
    ) { invocation in
        for option in ["schedule", "limit"] where invocation.has(option) && invocation.arguments[0] != "firings" {
            throw UsageError(message: "--\(option) goes with 'get firings' only", remedy: "Leave it out")
        }
        let context = try reading(invocation)
        switch invocation.arguments[0] {
        case "firings": return try await getFirings(context, invocation)
        case "schedules": return try await getSchedules(context, json: invocation.json)
        default: break
        }
        if invocation.arguments[0] == "revisions" { return try await getRevisions(context, json: invocation.json) }
        if invocation.arguments[0] == "repairs" { return try await getRepairs(context, json: invocation.json) }
        if invocation.arguments[0] == "acknowledgements" { return try await getAcknowledgements(context, json: invocation.json) }
        guard let kind = ResourceKind.allCases.first(where: { $0.plural == invocation.arguments[0] }) else { return .usage }
        let tenant = kind.belongsToTenant ? context.configuration.tenant : nil
        let resources = try await context.store.resources(kind: kind, tenant: tenant)
        let suspensions = try await context.store.suspensions()
        if invocation.json {
            let items = resources.map { resource -> JSONValue in
                var item: [String: JSONValue] = [
                    "name": .string(resource.key.name), "path": .string(resource.path), "spec": resource.spec,
                    "digest": .string(resource.digest.hex),
                ]
                if kind == .deployment { item["suspended"] = (suspensions[.deployment(resource.key.name)]?.account).json }
                return .object(item)
            }
            try print(json: [kind.plural: .array(items)])
        } else if resources.isEmpty {
            console.message("no \(kind.plural)")
        } else {
            console.print(
                console.table(
                    resources.map { [$0.key.name, summary(of: $0, suspensions), $0.path] }, header: ["NAME", "WHAT", "FILE"]))
        }
        return .done
    }

    /// What a line of a list says about a resource.
    private static func summary(of resource: Resource, _ suspensions: [SuspensionTarget: Suspension]) -> String {
        func text(_ key: String) -> String? { resource.spec[key]?.string }
        switch resource.key.kind {
        case .deployment:
            let onHost = suspensions[.deployment(resource.key.name)].map { " (suspended on this host \($0.account))" }
            return "runbook \(text("runbook") ?? "")" + (onHost ?? (resource.spec["suspend"]?.bool == true ? " (suspended)" : ""))
        case .entity: return "\(text("type") ?? "") \(text("jurisdiction") ?? "") \(text("currency") ?? "")"
        case .runbook: return "version \(text("version") ?? "") \(text("state") ?? "") tree \(text("tree")?.prefix(10) ?? "")"
        case .capabilities: return "tree \(text("tree")?.prefix(10) ?? "")"
        case .agent, .notificationChannel: return text("type") ?? ""
        case .chartOfAccounts: return "\(resource.spec["accounts"]?.array?.count ?? 0) accounts"
        default: return text("displayName") ?? text("description") ?? ""
        }
    }

    static func show(_ plan: Plan) {
        for change in plan.changes {
            let (mark, colour): (String, Console.Colour) =
                switch change.action {
                case .create: ("+", .green)
                case .update: ("~", .yellow)
                case .delete: ("-", .red)
                }
            let fields = change.fields.isEmpty ? "" : " (\(change.fields.joined(separator: ", ")))"
            console.print(console.paint("\(mark) \(change.key)", colour) + fields)
        }
        let from = plan.from?.short ?? "nothing"
        let count = plan.changes.count == 1 ? "1 change" : "\(plan.changes.count) changes"
        console.print("\(count) from \(from) to \(plan.to.commit.short) \(plan.to.subject)")
    }

    private static func json(_ plan: Plan, problems: [Problem]) throws -> JSONValue {
        [
            "from": plan.from.map { .string($0.hex) } ?? .null, "to": .string(plan.to.commit.hex),
            "changes": .array(
                plan.changes.map {
                    ["action": .string($0.action.rawValue), "kind": .string($0.key.kind.rawValue),
                        "name": .string($0.key.name), "fields": .array($0.fields.map { .string($0) })]
                }),
            "problems": try JSONValue(encoding: problems),
        ]
    }
}

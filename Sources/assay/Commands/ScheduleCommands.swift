import Foundation
import Model
import Reconciler
import Schedules
import TenantStore

extension Commands {
    private static let nameArgument = ArgumentDefinition(
        name: "NAME", help: "a deployment or schedule; deployment/NAME or schedule/NAME where both have the name")

    static let suspend = CommandDefinition(
        name: "suspend", summary: "stop a deployment or schedule on this host", arguments: [nameArgument],
        options: [.value("reason", "TEXT", "why, for the record"), .home, .json],
        details: "No run of a suspended deployment begins, and starts of a suspended schedule are skipped and recorded as Suspended. "
            + "A run in flight is not touched. Who, when and why are kept.",
        example: "assay suspend nav-close --reason 'waiting for the administrator'", changesHome: true, lane: .atOnce
    ) { invocation in
        guard let reason = invocation.value("reason"), !reason.isEmpty else {
            throw UsageError(message: "suspend needs --reason", remedy: "Write why: --reason 'TEXT'")
        }
        return try await changing(invocation) { context in
            let suspensions = HostSuspensions(context)
            let target = try await suspensions.target(invocation.arguments[0])
            let (standing, isNew) = try await suspensions.suspend(target, by: user, reason: reason)
            if invocation.json { return try print(standing, changed: isNew) }
            console.print(
                isNew ? "suspended \(target)" : "\(target) is suspended already, \(standing.account)")
            return .done
        }
    }

    static let resume = CommandDefinition(
        name: "resume", summary: "start a suspended deployment or schedule again on this host", arguments: [nameArgument],
        options: [.value("reason", "TEXT", "why, for the record"), .home, .json],
        details: "Starts that were due meanwhile stay skipped. What its manifest suspends, a merge has to resume.",
        example: "assay resume nav-close", changesHome: true, lane: .atOnce
    ) { invocation in
        try await changing(invocation) { context in
            let suspensions = HostSuspensions(context)
            let target = try await suspensions.target(invocation.arguments[0])
            let ended = try await suspensions.resume(target, by: user, reason: invocation.value("reason") ?? "")
            let key = ResourceKey(target.kind, tenant: context.configuration.tenant, name: target.name)
            let isSuspendedInGit = try await context.store.resource(key)?.spec["suspend"]?.bool == true
            if invocation.json {
                try print(json: [
                    "target": .string(target.description), "changed": .bool(ended != nil),
                    "was": ended.map(json) ?? .null, "suspendedInManifest": .bool(isSuspendedInGit),
                ])
                return .done
            }
            console.print(ended.map { "resumed \(target), which was suspended \($0.account)" } ?? "\(target) is not suspended on this host")
            if isSuspendedInGit { console.message("its manifest still says suspend: true") }
            return .done
        }
    }

    private static func print(_ standing: Suspension, changed: Bool) throws -> ExitCode {
        try print(json: [
            "target": .string(standing.target.description), "changed": .bool(changed), "suspension": json(standing),
        ])
        return .done
    }

    private static func json(_ suspension: Suspension) -> JSONValue {
        ["by": .string(suspension.by), "since": .string(suspension.at), "reason": .string(suspension.reason)]
    }

    // MARK: - get schedules

    static func getSchedules(_ context: HomeContext, json: Bool) async throws -> ExitCode {
        let states = try await ScheduleOverview.read(context, upcoming: 3)
        if json {
            let tenant = context.configuration.tenant
            let resources = try await context.store.resources(kind: .schedule, tenant: tenant)
            let byName = Dictionary(states.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
            let items = resources.map { resource -> JSONValue in
                let state = byName[resource.key.name]
                return [
                    "name": .string(resource.key.name), "path": .string(resource.path), "spec": resource.spec,
                    "digest": .string(resource.digest.hex), "suspended": (state?.suspended).json,
                    "next": .array(state?.upcoming.map(self.json) ?? []), "last": state?.last.map { self.json($0) } ?? .null,
                    "problem": (state?.problem).json,
                ]
            }
            try print(json: ["schedules": .array(items)])
        } else if states.isEmpty {
            console.message("no schedules")
        } else {
            console.print(console.table(states.flatMap(rows), header: ["NAME", "DEPLOYMENT", "NEXT", "FOR", "LAST"]))
            for state in states { notes(state).forEach { console.message($0) } }
        }
        return .done
    }

    /// A line for each of the next starts; the first also says the rest.
    private static func rows(_ state: ScheduleState) -> [[String]] {
        let last = state.last.map { "\($0.key.nominal) \(word($0))" } ?? (state.firstSeen == nil ? "not followed yet" : "none yet")
        guard !state.upcoming.isEmpty else { return [[state.name, state.spec.deployment, "never", "", last]] }
        return state.upcoming.enumerated().map { index, next in
            let time = local(next.firing.nominal, state.spec.timeZone) + (next.obstacle.map { " (\($0.word))" } ?? "")
            let period = next.firing.period.description
            return index == 0 ? [state.name, state.spec.deployment, time, period, last] : ["", "", time, period, ""]
        }
    }

    private static func notes(_ state: ScheduleState) -> [String] {
        [
            state.suspended.map { "\(state.name): \($0)" },
            state.problem.map { "\(state.name) cannot be followed: \($0)" },
            state.clockBehind.map { "\(state.name): starts up to \($0) were decided while the clock was ahead; nothing starts until then" },
        ].compactMap { $0 }
    }

    private static func word(_ record: FiringRecord) -> String {
        record.reason.isEmpty ? record.decision.rawValue : record.reason
    }

    /// What the clock on the wall shows in a zone: `2026-04-05 07:00 +01:00`.
    private static func local(_ instant: Instant, _ zone: String) -> String {
        let date = Date(timeIntervalSince1970: TimeInterval(instant.seconds))
        guard let zone = TimeZone(identifier: zone) else { return instant.description }
        let offset = zone.secondsFromGMT(for: date)
        let wall = Instant(seconds: instant.seconds + Int64(offset)).description.dropLast(4).replacing("T", with: " ")
        let minutes = abs(offset) / 60
        let padded = { (value: Int) in value < 10 ? "0\(value)" : "\(value)" }
        return "\(wall) \(offset < 0 ? "-" : "+")\(padded(minutes / 60)):\(padded(minutes % 60))"
    }

    private static func json(_ next: (firing: Firing, obstacle: SkipReason?)) -> JSONValue {
        [
            "at": .string(next.firing.nominal.description), "period": .string(next.firing.period.description),
            "obstacle": (next.obstacle?.word).json,
        ]
    }

    // MARK: - get firings

    static func getFirings(_ context: HomeContext, _ invocation: Invocation) async throws -> ExitCode {
        guard let limit = Int(invocation.value("limit") ?? "50"), limit > 0 else {
            throw UsageError(message: "--limit takes a whole number above zero", remedy: "Write --limit 20")
        }
        let schedule = invocation.value("schedule")
        let found = try await context.store.reading { store in
            try store.firings(schedule: schedule, limit: limit).map { ($0, try store.firingRuns(of: $0.key)) }
        }
        if invocation.json {
            try print(json: ["firings": .array(found.map { json($0, $1) })])
        } else if found.isEmpty {
            console.message("no starts were decided" + (schedule.map { " of schedule '\($0)'" } ?? ""))
        } else {
            let rows = found.map { record, entries in
                [
                    record.key.schedule, record.key.nominal.description, record.period.description, word(record),
                    record.decidedAt, entries.isEmpty ? record.message : entries.map(text).joined(separator: ", "),
                ]
            }
            console.print(console.table(rows, header: ["SCHEDULE", "START", "PERIOD", "DECISION", "DECIDED", "WHAT"]))
        }
        return .done
    }

    /// `alder-uk succeeded 3f2a9c…`, or why there is no run.
    private static func text(_ entry: FiringRun) -> String {
        if let run = entry.run { return "\(entry.key.entity) \(entry.runState?.rawValue ?? "") \(run.prefix(12))" }
        return "\(entry.key.entity) \(entry.state.rawValue)" + (entry.reason.isEmpty ? "" : " \(entry.reason): \(entry.message)")
    }

    private static func json(_ record: FiringRecord, _ entries: [FiringRun] = []) -> JSONValue {
        [
            "schedule": .string(record.key.schedule), "nominal": .string(record.key.nominal.description),
            "decision": .string(record.decision.rawValue), "reason": .string(record.reason),
            "message": .string(record.message), "period": .string(record.period.description),
            "deployment": .string(record.deployment), "commit": .string(record.commit.hex),
            "decidedAt": .string(record.decidedAt), "firedAt": record.firedAt.json,
            "entities": .array(
                entries.map {
                    ["entity": .string($0.key.entity), "state": .string($0.state.rawValue), "run": $0.run.json,
                        "runState": ($0.runState?.rawValue).json, "reason": .string($0.reason),
                        "message": .string($0.message)]
                }),
        ]
    }

    // MARK: - status

    /// What `assay status` says of schedules: the next start, and the newest that did not happen.
    static func scheduleStatus(_ context: HomeContext) async throws -> [String] {
        let states = try await ScheduleOverview.read(context, upcoming: 1)
        guard !states.isEmpty else { return [] }
        var lines: [String] = []
        let next = states.filter { $0.suspended == nil && $0.upcoming.first?.obstacle == nil }
            .min { ($0.upcoming.first?.firing.nominal.seconds ?? .max) < ($1.upcoming.first?.firing.nominal.seconds ?? .max) }
        if let next, let start = next.upcoming.first {
            lines.append("next       \(next.name) at \(local(start.firing.nominal, next.spec.timeZone)) for \(start.firing.period)")
        }
        lines += states.flatMap(notes).map { console.paint("schedule", .yellow) + "   \($0)" }
        let (skipped, refused, pending) = try await troubles(context)
        if let skipped {
            lines.append(console.paint("skipped", .yellow) + "    \(skipped.key): \(skipped.reason): \(skipped.message)")
        }
        if let refused {
            lines.append(console.paint("refused", .red) + "    \(refused.key.firing) \(refused.key.entity): \(refused.reason): \(refused.message)")
        }
        lines += pending.prefix(10).map {
            console.paint("pending", .yellow) + "    \($0.key.firing) \($0.key.entity)" + ($0.reason.isEmpty ? "" : ": \($0.reason): \($0.message)")
        }
        if pending.count > 10 { lines.append("           and \(pending.count - 10) more ('assay get firings')") }
        for suspension in try await context.store.suspensions().values.sorted(by: { $0.target < $1.target }) {
            lines.append(console.paint("suspended", .yellow) + "  \(suspension.target) \(suspension.account)")
        }
        return lines
    }

    static func scheduleStatusJSON(_ context: HomeContext) async throws -> JSONValue {
        let states = try await ScheduleOverview.read(context, upcoming: 1)
        let (skipped, refused, pending) = try await troubles(context)
        return [
            "next": .array(
                states.compactMap { state in
                    state.upcoming.first.map { ["schedule": .string(state.name), "at": .string($0.firing.nominal.description)] }
                }),
            "lastSkipped": skipped.map { json($0) } ?? .null,
            "lastRefused": refused.map(json) ?? .null,
            "pending": .array(pending.map(json)),
            "suspended": .array(
                try await context.store.suspensions().values.sorted { $0.target < $1.target }.map {
                    ["target": .string($0.target.description), "by": .string($0.by), "since": .string($0.at), "reason": .string($0.reason)]
                }),
        ]
    }

    private static func json(_ entry: FiringRun) -> JSONValue {
        [
            "schedule": .string(entry.key.firing.schedule), "nominal": .string(entry.key.firing.nominal.description),
            "entity": .string(entry.key.entity), "reason": .string(entry.reason), "message": .string(entry.message),
        ]
    }

    /// The newest of the last month, and everything that is pending.
    private static func troubles(
        _ context: HomeContext
    ) async throws -> (skipped: FiringRecord?, refused: FiringRun?, pending: [FiringRun]) {
        let since = Int64(context.clock.date.timeIntervalSince1970) - 31 * 86_400
        return try await context.store.reading { store in
            let skipped = try store.lastSkippedFiring(), refused = try store.lastRefusedFiringRun()
            return (
                skipped.flatMap { $0.key.nominal.seconds >= since ? $0 : nil },
                refused.flatMap { $0.key.firing.nominal.seconds >= since ? $0 : nil },
                try store.openFiringRuns().filter { $0.state == .pending }
            )
        }
    }
}

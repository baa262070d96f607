import Model

// The kinds that say what runs, for which entities, and when.
extension KindTable {
    static let deployment = KindTable(
        kind: .deployment, help: "A runbook bound to entities of a tenant.", place: "tenants/<tenant>/deployments/",
        spec: ObjectType([
            .required("runbook", .reference(.runbook), "Slug of the runbook."),
            .required(
                "entities",
                .object(
                    ObjectType([
                        .optional("names", .list(.reference(.entity), atLeast: 0), standard: [], "Entities by name."),
                        .optional("labels", labels, standard: [:], "Entities that carry all of these labels."),
                    ])), "Which entities: by name, by labels, or both."),
            .optional("config", .anyObject, standard: [:], "Checked against the runbook's config_schema."),
            .optional(
                "agents", .map(keys: .role, .reference(.agent)), standard: [:],
                "Role that the runbook uses: name of an Agent."),
            .optional("limits", .object(LimitKeys.ofDeployment), standard: LimitKeys.standard, "Bounds of one run."),
            .optional("suspend", .boolean, standard: false, "Whether nothing runs for now."),
            .optional(
                "dependsOn", .list(.reference(.deployment), atLeast: 1),
                "Deployments that must have closed an entity and period before this one runs for it."),
            .optional(
                "source",
                .object(
                    ObjectType([
                        .required("commit", .text(.commit), "An earlier applied commit, by its full id.")
                    ])), "Takes the code from an earlier commit, whatever is merged since."),
            .optional(
                "deletion", .choice(["confirmed"]),
                "Must be merged before a deployment with unfinished runs is deleted."),
        ]))

    static let schedule = KindTable(
        kind: .schedule, help: "When a deployment runs, and for which period.", place: "tenants/<tenant>/schedules/",
        spec: ObjectType([
            .required("deployment", .reference(.deployment), "Name of the deployment."),
            .required("cron", .text(.cron), "Five fields, or @hourly, @daily, @weekly, @monthly, @quarterly, @yearly."),
            .required("timeZone", .text(.timeZone), "IANA zone in which the clock is read."),
            .required(
                "period",
                .choice([
                    "current-month", "current-quarter", "current-year", "previous-month", "previous-quarter",
                    "previous-year",
                ]), "Which period a run is for, seen from the day that cron names."),
            .optional("calendar", .reference(.calendar), "Tells business days; starts move to them as roll says."),
            .optional(
                "businessDay", .integer(-23...23),
                "The N-th business day of the month, -1 for the last; the day fields of cron are then *."),
            .optional(
                "roll", .choice(["following", "preceding", "none"]), standard: "following",
                "Where a start that is not on a business day of the calendar moves."),
            .optional("start", .text(.date), "First day of starts, YYYY-MM-DD."),
            .optional("end", .text(.date), "Last day of starts, YYYY-MM-DD."),
            .optional(
                "freeze",
                .list(
                    .object(
                        ObjectType([
                            .required("from", .text(.date), "First day without starts."),
                            .required("to", .text(.date), "Last day without starts."),
                            .required("reason", .text(.line), "Why; recorded with each start that is skipped."),
                        ])), atLeast: 0),
                standard: [], "Days on which nothing starts."),
            .optional(
                "overlap", .choice(["skip", "queue", "allow"]), standard: "skip",
                "What happens when the run before is not finished."),
            .optional(
                "catchUp",
                .object(
                    ObjectType([
                        .optional(
                            "windowHours", .integer(0...8_784), standard: 24, "How old a missed start may be."),
                        .optional("limit", .integer(0...100), standard: 1, "How many missed starts are made up."),
                    ])),
                standard: ["windowHours": 24, "limit": 1], "What happens to starts missed while the host was down."),
            .optional("suspend", .boolean, standard: false, "Whether nothing starts for now."),
        ]))
}

/// The keys of `limits`: in a deployment they default to the standard, in a policy to no bound at all.
enum LimitKeys {
    private static let keys: [(name: String, standard: Int64, largest: Int64, help: String)] = [
        ("wallSeconds", Int64(Limits.standard.wallSeconds), 604_800, "Seconds from start to end."),
        ("cpuSeconds", Int64(Limits.standard.cpuSeconds), 604_800, "Seconds of processor time."),
        ("memoryMiB", Int64(Limits.standard.memoryMiB), 1_048_576, "Memory in MiB."),
        ("outputMiB", Int64(Limits.standard.outputMiB), 1_048_576, "All outputs together in MiB."),
        ("effects", Int64(Limits.standard.effects), 100_000_000, "Calls and tells."),
    ]

    static let ofDeployment = ObjectType(
        keys.map { .optional($0.name, .integer(1...$0.largest), standard: .integer($0.standard), $0.help) })
    static let bounds = ObjectType(
        keys.map { .optional($0.name, .integer(1...$0.largest), standard: .integer($0.largest), $0.help) })
    static let standard = JSONValue.object(
        Dictionary(uniqueKeysWithValues: keys.map { ($0.name, .integer($0.standard)) }))
}

import Model

/// How one kind of manifest is written: its folder and its keys.
struct KindTable: Sendable {
    let kind: ResourceKind
    /// One sentence for editors and documentation.
    let help: String
    /// Where its files lie, for remedies.
    let place: String
    let spec: ObjectType
    /// The whole document.
    let document: ObjectType

    static let apiVersion = "assay/v1"

    init(kind: ResourceKind, help: String, place: String, spec: ObjectType) {
        self.kind = kind
        self.help = help
        self.place = place
        self.spec = spec
        document = ObjectType([
            .required("apiVersion", .choice([KindTable.apiVersion]), "Version of this format."),
            .required("kind", .choice([kind.rawValue]), help),
            .required("name", .text(.name), kind == .workspace ? "Name of the workspace." : "Equals the file's name."),
            .required("spec", .object(spec), "What is declared."),
        ])
    }

    static func of(_ kind: ResourceKind) -> KindTable? { byKind[kind] }

    /// The kinds that are YAML manifests, in the order in which documentation lists them.
    static let all: [KindTable] = [
        workspace, policy, chartOfAccounts, calendar, agent, notificationChannel, tenant, entity, deployment, schedule,
    ]

    private static let byKind = Dictionary(uniqueKeysWithValues: all.map { ($0.kind, $0) })
}

extension KindTable {
    static let workspace = KindTable(
        kind: .workspace, help: "The workspace repository itself.", place: "workspace.yaml",
        spec: ObjectType([
            .optional("description", .text(.anyText), "What this workspace is for."),
            .optional(
                "minimumVersion", .text(.version), standard: "0.1.0",
                "Oldest assay version that may reconcile this workspace."),
        ]))

    static let tenant = KindTable(
        kind: .tenant, help: "A client organisation.", place: "tenants/<tenant>/tenant.yaml",
        spec: ObjectType([
            .required("displayName", .text(.line), "Name as people write it."),
            .required("baseCurrency", .text(.currency), "ISO 4217 code."),
            .required("timeZone", .text(.timeZone), "IANA zone in which periods end."),
            .required("fiscalYearEnd", .text(.monthDay), "Last day of the fiscal year, as 'MM-DD'."),
            .required("reportingFramework", .text(.line), "Such as IFRS or Lux GAAP."),
            .optional("dataPlatform", .text(.name), "Name that the tenant home's configuration resolves."),
            .optional("documentStore", .text(.name), "Name that the tenant home's configuration resolves."),
        ]))

    static let entity = KindTable(
        kind: .entity, help: "A fund, SPV, holding or cell of a tenant.", place: "tenants/<tenant>/entities/",
        spec: ObjectType([
            .required("displayName", .text(.line), "Name as people write it."),
            .required("type", .choice(["fund", "spv", "holding", "cell"]), "What it is."),
            .required("jurisdiction", .text(.jurisdiction), "ISO 3166-1 alpha-2 code."),
            .required("currency", .text(.currency), "ISO 4217 code: the currency in which it keeps its ledger."),
            .required("chart", .reference(.chartOfAccounts), "Name of its ChartOfAccounts."),
            .optional("labels", labels, standard: [:], "What selectors match."),
        ]))

    static let labels = FieldType.map(keys: .label, .text(.line))
}

// The kinds that are shared by all tenants.
extension KindTable {
    static let chartOfAccounts = KindTable(
        kind: .chartOfAccounts, help: "The accounts of a ledger.", place: "charts/",
        spec: ObjectType([
            .optional("description", .text(.anyText), "Which entities it is for."),
            .required("accounts", .list(.object(account), atLeast: 1), "Every account that may be posted to."),
        ]))

    static let account = ObjectType([
        .required("code", .text(.accountCode), "Unique within the chart, in quotes."),
        .required("name", .text(.line), "Name as statements print it."),
        .required(
            "type", .choice(["asset", "liability", "equity", "income", "expense"]), "Where it stands in the statements."),
    ])

    static let calendar = KindTable(
        kind: .calendar, help: "The business days of a place.", place: "calendars/",
        spec: ObjectType([
            .optional(
                "weekend",
                .list(
                    .choice(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]), atLeast: 0),
                standard: ["saturday", "sunday"], "Days of the week that are not business days."),
            .optional(
                "holidays",
                .list(
                    .object(
                        ObjectType([
                            .required("date", .text(.date), "YYYY-MM-DD."),
                            .required("name", .text(.line), "Name of the holiday."),
                        ])), atLeast: 0),
                standard: [], "Dates that are not business days."),
        ]))

    static let agent = KindTable(
        kind: .agent, help: "A reference to an external agent.", place: "agents/",
        spec: ObjectType(
            [
                .required(
                    "type", .choice(["openai-chat", "anthropic-messages", "json-post", "command"]),
                    "How it is spoken to."),
                .optional("endpoint", .text(.url), "URL, for every type but command."),
                .optional("command", .list(.text(.anyText), atLeast: 1), "Program and arguments, for type command."),
                .optional("model", .text(.line), "Model or version pin."),
                .optional("secret", .text(.name), "Name of a secret of the tenant home; never a value."),
                .optional("timeoutSeconds", .integer(1...86_400), standard: 60, "Longest wait for one answer."),
                .optional("requestsPerMinute", .integer(1...100_000), "Upper bound of requests."),
            ],
            variants: [
                Variant(field: "type", value: "openai-chat", needs: ["endpoint"], refuses: ["command"]),
                Variant(field: "type", value: "anthropic-messages", needs: ["endpoint"], refuses: ["command"]),
                Variant(field: "type", value: "json-post", needs: ["endpoint"], refuses: ["command"]),
                Variant(field: "type", value: "command", needs: ["command"], refuses: ["endpoint"]),
            ]))

    static let notificationChannel = KindTable(
        kind: .notificationChannel, help: "Where events are told.", place: "notifications/",
        spec: ObjectType([
            .required("type", .choice(["command", "webhook", "email"]), "How they are told."),
            .required("target", .text(.line), "Program and arguments, URL, or address, by type."),
            .required("events", .list(.text(.event), atLeast: 1), "Which events are told."),
            .optional("secret", .text(.name), "Name of a secret of the tenant home; never a value."),
        ]))

    static let policy = KindTable(
        kind: .policy, help: "Who may sign and approve, and what may run.", place: "policies/",
        spec: ObjectType([
            .optional("description", .text(.anyText), "What the policy is for."),
            .optional(
                "signatures", .choice(["none", "head", "every"]), standard: "none", "Which commits must be signed."),
            .optional(
                "sandbox", .choice(["required", "degraded"]), standard: "required",
                "Whether a run needs the full sandbox."),
            .optional(
                "degradedRunsMayPost", .boolean, standard: false,
                "Whether a run without the full sandbox may post to the ledger."),
            .optional(
                "fourEyes", .boolean, standard: false, "Whether an approver must differ from requester and author."),
            .optional("quorum", .integer(0...20), standard: 1, "How many people must approve."),
            .optional(
                "paths",
                .list(
                    .object(
                        ObjectType([
                            .required("pattern", .text(.glob), "Glob over repository paths, such as policies/**."),
                            .required(
                                "roles", .list(.text(.role), atLeast: 1), "Roles that must have signed a change."),
                        ])), atLeast: 0),
                standard: [], "Which roles must have signed a change to which paths."),
            .optional(
                "reviews",
                .object(
                    ObjectType([
                        .optional("minimum", .integer(1...20), standard: 1, "How many people other than the authors."),
                        .optional(
                            "authors", .choice(["claimed", "signed"]), standard: "claimed",
                            "Whether authors are who the commits name, or who signed each of them."),
                    ])), "Who must have looked at a commit besides those who wrote it."),
            .optional("limits", .object(LimitKeys.bounds), "Upper bounds for every deployment's limits."),
            .optional(
                "scenarios", .choice(["optional", "required"]), standard: "optional",
                "Whether a runbook without scenarios may serve."),
        ]))
}

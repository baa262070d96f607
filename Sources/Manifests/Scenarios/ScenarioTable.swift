import Model

/// The keys of a `scenario.yaml`, of one scenario or of all that a runbook has.
///
/// None is required here: a scenario's own keys and the shared ones are put together first.
enum ScenarioTable {
    static let file = "scenario.yaml"

    static let document = ObjectType([
        .optional("description", .text(.anyText), "What the scenario shows."),
        .optional("period", .text(.period), "The period; where absent, what the folder's name begins with."),
        .optional("entity", .object(entity), "The entity whose books these are."),
        .optional("chart", .reference(.chartOfAccounts), "Name of a ChartOfAccounts; where absent, the only one."),
        .optional("accounts", .list(.object(KindTable.account), atLeast: 1), "The accounts, instead of a chart."),
        .optional("config", .anyObject, "As a deployment's; checked against the runbook's config_schema."),
        .optional("parameters", .map(keys: .label, .text(.anyText)), "What a request would pass."),
        .optional(
            "opening", .map(keys: .accountCode, .text(.amount)),
            "Balances that are carried forward, debit positive; where absent, nothing precedes the period."),
        .optional("tenant", .object(tenant), "What the runbook is told about the tenant."),
        .optional("tenants", .list(.text(.name), atLeast: 1), "Tenants whose capabilities it needs; any where absent."),
        .optional("limits", .object(LimitKeys.ofDeployment), "Bounds of the run, within those of every scenario."),
        .optional("fails", .object(failure), "How the run must fail."),
    ])

    private static let entity = ObjectType([
        .required("currency", .text(.currency), "ISO 4217 code: the currency of its ledger."),
        .required("jurisdiction", .text(.jurisdiction), "ISO 3166-1 alpha-2 code."),
        .optional("name", .text(.name), standard: "scenario", "Its name."),
        .optional("displayName", .text(.line), "Name as people write it; where absent, the name."),
        .optional("type", .choice(["fund", "spv", "holding", "cell"]), standard: "spv", "What it is."),
        .optional("labels", KindTable.labels, standard: [:], "Its labels."),
    ])

    private static let tenant = ObjectType([
        .optional("displayName", .text(.line), standard: "Scenario", "Name as people write it."),
        .optional("baseCurrency", .text(.currency), "ISO 4217 code; where absent, the entity's."),
        .optional("timeZone", .text(.timeZone), standard: "UTC", "IANA zone in which periods end."),
        .optional("fiscalYearEnd", .text(.monthDay), standard: "12-31", "Last day of the fiscal year, as 'MM-DD'."),
        .optional("reportingFramework", .text(.line), standard: "IFRS", "Such as IFRS or Lux GAAP."),
    ])

    private static let failure = ObjectType([
        .optional("reason", .text(.reason), standard: "RunbookFailed", "The failure's reason."),
        .optional("message", .text(.anyText), "A part of its message."),
    ])

    /// What keys stand for that neither file has.
    static let standards: [String: JSONValue] = [
        "tenant": [
            "displayName": "Scenario", "timeZone": "UTC", "fiscalYearEnd": "12-31", "reportingFramework": "IFRS",
        ],
        "tenants": [], "config": [:], "parameters": [:], "limits": LimitKeys.standard,
    ]
}

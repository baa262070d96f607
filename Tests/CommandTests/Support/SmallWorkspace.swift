import Foundation

/// A workspace repository in miniature, with one real runbook that uses every effect: made with the `git` program.
struct SmallWorkspace {
    let checkout: String
    let bare: String

    init(in folder: String, runbook: String = SmallWorkspace.runbook) throws {
        checkout = folder + "/checkout"
        bare = folder + "/workspace.git"
        try Program.output("git", ["init", "-q", "--bare", "-b", "main", bare])
        try Program.output("git", ["init", "-q", "-b", "main", checkout])
        try git("remote", "add", "origin", bare)
        for (path, text) in Self.files(runbook: runbook) { try write(path, text) }
        try commit("Workspace")
    }

    func write(_ path: String, _ text: String) throws {
        let url = URL(fileURLWithPath: checkout + "/" + path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: url, atomically: true, encoding: .utf8)
    }

    /// Commits everything and pushes; gives the commit's id.
    @discardableResult
    func commit(_ subject: String) throws -> String {
        try git("add", "-A")
        try git("commit", "-q", "--allow-empty", "-m", subject)
        try git("push", "-q", "--force", "origin", "main")
        return try git("rev-parse", "HEAD").trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @discardableResult
    func git(_ arguments: String...) throws -> String {
        try Program.output(
            "git", ["-C", checkout, "-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false"]
                + arguments,
            environment: ["GIT_AUTHOR_DATE": "2026-03-01T09:00:00Z", "GIT_COMMITTER_DATE": "2026-03-01T09:00:00Z"])
    }

    static func files(runbook: String) -> [(String, String)] {
        [
            ("workspace.yaml", manifest("Workspace", "small", "minimumVersion: 0.1.0")),
            (
                "charts/small.yaml",
                manifest(
                    "ChartOfAccounts", "small",
                    """
                    accounts:
                      - {code: "1200", name: Cash, type: asset}
                      - {code: "3000", name: Capital, type: equity}
                      - {code: "4000", name: Interest, type: income}
                    """)
            ),
            (
                "policies/small.yaml",
                manifest(
                    "Policy", "small",
                    "signatures: none\nsandbox: required\ndegradedRunsMayPost: false\nfourEyes: false\nquorum: 1\npaths: []")
            ),
            (
                "tenants/oak/tenant.yaml",
                manifest(
                    "Tenant", "oak",
                    """
                    displayName: Oak Fund
                    baseCurrency: GBP
                    timeZone: Europe/London
                    fiscalYearEnd: "12-31"
                    reportingFramework: IFRS
                    """)
            ),
            ("tenants/oak/entities/oak-a.yaml", entity("oak-a")),
            ("tenants/oak/entities/oak-b.yaml", entity("oak-b")),
            (
                "tenants/oak/deployments/interest.yaml",
                manifest(
                    "Deployment", "interest",
                    "runbook: interest\nentities:\n  names: [oak-a, oak-b]\nconfig:\n  income_account: \"4000\"")
            ),
            (
                "tenants/oak/capabilities/rules.py",
                "def is_interest(row):\n    return row[\"kind\"].str() == \"interest\"\n"
            ),
            (
                "runbooks/interest/runbook.md",
                """
                ---
                slug: interest
                name: Interest for the month
                version: 1.0.0
                state: ACTIVE
                author: engineering
                entrypoint: interest:close
                steps:
                  - {id: read, label: Read the statement}
                  - {id: post, label: Post interest}
                config_schema:
                  type: object
                  properties:
                    income_account: {type: string}
                  required: [income_account]
                ---
                ## When to use
                At month end.

                """
            ),
            ("runbooks/interest/interest.py", runbook),
        ]
    }

    private static func entity(_ name: String) -> String {
        manifest("Entity", name, "displayName: \(name)\ntype: spv\njurisdiction: GB\ncurrency: GBP\nchart: small")
    }

    static func manifest(_ kind: String, _ name: String, _ spec: String) -> String {
        let indented = spec.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n")
        return "apiVersion: assay/v1\nkind: \(kind)\nname: \(name)\nspec:\n\(indented)\n"
    }

    static let runbook = """
        from runbook import Money, Run, journal, output, query, step
        from capabilities.rules import is_interest


        def close(run: Run) -> None:
            lines = read(run)
            post(run, lines)
            rates = run.query("SELECT name, rate FROM rates WHERE rate > ? ORDER BY name", [0])
            output("interest.json", {
                "entity": run.entity.name,
                "period": run.period.name,
                "total": Money.total((line["amount"].money("GBP") for line in lines), "GBP"),
                "cash": journal.balance("1200"),
                "rates": len(list(rates)),
            })
            output("lines.csv", [{"reference": line["reference"].str(), "amount": line["amount"].money("GBP")} for line in lines])


        @step("Read the statement")
        def read(run):
            table = run.documents.one("bank/*.csv").csv()
            return [row for row in table if is_interest(row)]


        @step("Post interest")
        def post(run, lines):
            opening = run.ledger.opening()
            run.log(f"carried forward: {opening.carried}")
            for line in lines:
                amount = line["amount"].money("GBP")
                journal.post(
                    date=run.period.end,
                    description="Interest " + line["reference"].str(),
                    lines=[journal.debit("1200", amount), journal.credit(run.config.income_account, amount)],
                )

        """
}

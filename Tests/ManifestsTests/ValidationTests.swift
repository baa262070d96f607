import Model
import Testing

@testable import Manifests

@Suite("What a manifest may say")
struct ValidationTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var path: String
        var old: String
        var new: String
        var line: Int
        var message: String
        var remedy: String?
    }

    private static let deployment = "tenants/alder/deployments/nav.yaml"
    private static let schedule = "tenants/alder/schedules/nav.yaml"
    private static let runbook = "runbooks/nav-monthly/runbook.md"

    static let cases = [
        Case(
            testDescription: "a missing key", path: "tenants/alder/tenant.yaml", old: "  baseCurrency: GBP\n", new: "",
            line: 5,
            message: "'spec' lacks the key 'baseCurrency'"),
        Case(
            testDescription: "an unknown key", path: "tenants/alder/tenant.yaml", old: "baseCurrency",
            new: "base_currency", line: 6,
            message: "'spec' has no key 'base_currency'", remedy: "Did you mean 'baseCurrency'?"),
        Case(
            testDescription: "another version of the format", path: "charts/property.yaml", old: "assay/v1",
            new: "assay/v2", line: 1,
            message: "'apiVersion' must be 'assay/v1', not 'assay/v2'"),
        Case(
            testDescription: "an unknown kind", path: "charts/property.yaml", old: "kind: ChartOfAccounts",
            new: "kind: ChartOfAccount", line: 2,
            message: "The kind here must be ChartOfAccounts, not 'ChartOfAccount': folders bind kinds",
            remedy: "Did you mean 'ChartOfAccounts'?"),
        Case(
            testDescription: "a number where text is needed", path: "charts/property.yaml", old: "'1000'", new: "1000",
            line: 6,
            message:
                "'code' must be an account code of up to 32 letters, digits or . : -, in quotes, not the number 1000",
            remedy: "If it is text, write it in quotes: '1000'"),
        Case(
            testDescription: "a decimal in a configuration", path: deployment, old: "'0.015'", new: "0.015", line: 10,
            message: "'feeRate' holds the number 0.015, which has no one exact form",
            remedy: "Write it in quotes: '0.015'"),
        Case(
            testDescription: "nothing where text is needed", path: "tenants/alder/tenant.yaml",
            old: "displayName: Alder", new: "displayName:", line: 5,
            message: "'displayName' must be one line of text, not nothing", remedy: "Give it a value or remove the key"),
        Case(
            testDescription: "an account twice", path: "charts/property.yaml", old: "'4000'", new: "'1000'", line: 7,
            message: "The account with code '1000' is declared twice"),
        Case(
            testDescription: "an unknown time zone", path: "tenants/alder/schedules/nav.yaml", old: "Europe/London",
            new: "Europe/Londn", line: 7,
            message: "'timeZone' must be a known IANA time zone such as Europe/London, not 'Europe/Londn'"),
        Case(
            testDescription: "a cron field out of range", path: schedule, old: "0 7 5 * *", new: "0 7 32 * *", line: 6,
            message:
                "'cron' must be five cron fields such as '0 7 1 * *', or @hourly, @daily, @weekly, @monthly, @quarterly or @yearly, not '0 7 32 * *'"
        ),
        Case(
            testDescription: "a schedule that never starts", path: schedule, old: "0 7 5 * *", new: "0 7 30 2 *", line: 6,
            message: "The cron expression '0 7 30 2 *' never fires: no year has such a day",
            remedy: "Correct the day of the month or the month"),
        Case(
            testDescription: "a business day beside a day", path: schedule, old: "calendar: london",
            new: "calendar: london\n  businessDay: 5", line: 6,
            message: "Both 'businessDay' and the cron expression '0 7 5 * *' name days"),
        Case(
            testDescription: "a business day without a calendar", path: schedule,
            old: "5 * *\n  timeZone: Europe/London\n  period: previous-month\n  calendar: london",
            new: "* * *\n  timeZone: Europe/London\n  period: previous-month\n  businessDay: -1", line: 9,
            message: "The schedule has 'businessDay' and no calendar"),
        Case(
            testDescription: "an end before the start", path: schedule, old: "calendar: london",
            new: "calendar: london\n  start: 2026-02-01\n  end: 2026-01-31", line: 11,
            message: "The schedule ends on 2026-01-31, before it starts on 2026-02-01"),
        Case(
            testDescription: "a freeze that ends before it starts", path: schedule, old: "calendar: london",
            new: "calendar: london\n  freeze:\n    - {from: 2027-01-05, to: 2026-12-20, reason: Year end}", line: 11,
            message: "A freeze ends on 2026-12-20, before it starts on 2027-01-05"),
        Case(
            testDescription: "a calendar without business days", path: "calendars/london.yaml", old: "  holidays:",
            new: "  weekend: [monday, tuesday, wednesday, thursday, friday, saturday, sunday]\n  holidays:", line: 5,
            message: "The calendar has no business day"),
        Case(
            testDescription: "a day that no year has", path: "tenants/alder/tenant.yaml", old: "'12-31'",
            new: "'02-30'", line: 8,
            message: "'fiscalYearEnd' must be a day of the year as 'MM-DD' such as '12-31', not '02-30'"),
        Case(
            testDescription: "a holiday that does not exist", path: "calendars/london.yaml", old: "2026-12-25",
            new: "2026-02-29", line: 6,
            message: "'date' must be a date that exists, as YYYY-MM-DD, not '2026-02-29'"),
        Case(
            testDescription: "an endpoint for a command", path: "agents/reader.yaml", old: "type: openai-chat",
            new: "type: command\n  command: [x]", line: 7,
            message: "'endpoint' has no meaning with type 'command'", remedy: "Remove it"),
        Case(
            testDescription: "an address that is none", path: "notifications/desk.yaml", old: "desk@example.org",
            new: "desk", line: 6,
            message: "The target 'desk' does not fit the type: an e-mail address has one @"),
        Case(
            testDescription: "a runbook that is not there", path: deployment, old: "runbook: nav-monthly",
            new: "runbook: nav-monthy", line: 5,
            message: "There is no Runbook 'nav-monthy'", remedy: "Did you mean 'nav-monthly'?"),
        Case(
            testDescription: "an agent that is not there", path: deployment, old: "{reader: reader}",
            new: "{reader: writer}", line: 12,
            message: "There is no Agent 'writer'"),
        Case(
            testDescription: "a deployment that is not there", path: "tenants/alder/schedules/nav.yaml",
            old: "deployment: nav", new: "deployment: nv", line: 5,
            message: "There is no Deployment 'nv' of tenant 'alder'", remedy: "Did you mean 'nav'?"),
        Case(
            testDescription: "labels that nothing carries", path: deployment, old: "strategy: core",
            new: "strategy: value", line: 8,
            message: "No entity of tenant 'alder' carries these labels"),
        Case(
            testDescription: "a selector that selects nothing", path: deployment,
            old: "names: [alder-uk]\n    labels: {strategy: core}", new: "names: []", line: 6,
            message: "The deployment selects no entity"),
        Case(
            testDescription: "a configuration without what the runbook requires", path: deployment,
            old: "    feeRate: '0.015'\n", new: "", line: 9,
            message: "'config' lacks the key 'feeRate'"),
        Case(
            testDescription: "a configuration key that the runbook does not know", path: deployment, old: "quorum",
            new: "qourum", line: 11,
            message: "'config' has no key 'qourum' in the runbook's config_schema", remedy: "Did you mean 'quorum'?"),
        Case(
            testDescription: "a keyword that the subset lacks", path: runbook, old: "maximum: 5", new: "multipleOf: 5",
            line: 14,
            message: "The keyword 'multipleOf' is not supported in a config_schema"),
        Case(
            testDescription: "a pin that is no full commit id", path: deployment, old: "  runbook: nav-monthly",
            new: "  runbook: nav-monthly\n  source: {commit: 3f2a9c}", line: 6,
            message: "'commit' must be a commit's full id of 40 lower-case hexadecimal digits, not '3f2a9c'"),
        Case(
            testDescription: "a deployment that depends on itself", path: deployment, old: "  runbook: nav-monthly",
            new: "  runbook: nav-monthly\n  dependsOn: [nav]", line: 6, message: "'nav' depends on itself",
            remedy: "Remove one of the dependencies of the circle"),
        Case(
            testDescription: "a pattern that cannot be used", path: runbook, old: "'^0\\.[0-9]+$'", new: "'(?=a)'",
            line: 13,
            message: "'pattern' cannot be used: groups that look around or have names are not supported"),
        Case(
            testDescription: "a step twice", path: runbook, old: "timeout_minutes: 30}",
            new: "timeout_minutes: 30}\n  - {id: bank, label: Again}", line: 10,
            message: "The step with id 'bank' is declared twice"),
        Case(
            testDescription: "a component that is none", path: runbook, old: "LOADING", new: "LOADIN", line: 9,
            message:
                "'component' must be one of LOADING, FILE_UPLOAD, MULTI_FILE_UPLOAD, DATA_TABLE, SUMMARY, APPROVAL_FORM, REPORT_PREVIEW, not 'LOADIN'",
            remedy: "Did you mean 'LOADING'?"),
        Case(
            testDescription: "front matter without an end", path: runbook, old: "---\n# Monthly", new: "# Monthly",
            line: 1,
            message: "The front matter has no end", remedy: "Close it with a line ---"),
        Case(
            testDescription: "no front matter", path: runbook, old: "---\nslug", new: "slug", line: 1,
            message: "The file does not start with front matter"),
        Case(
            testDescription: "broken YAML in front matter", path: runbook, old: "state: ACTIVE", new: "state: [ACTIVE",
            line: 6,
            message: "Not valid YAML: while parsing a flow sequence: did not find expected ',' or ']'"),
    ]

    @Test("Each mistake is one problem on its line, in words, with a remedy", arguments: cases)
    func oneProblem(_ example: Case) throws {
        let problems = try Samples.problems { $0[example.path]?.replace(example.old, with: example.new) }
        let problem = try #require(problems.first { $0.message == example.message }, "\(problems)")
        #expect(problem.file == example.path)
        #expect(problem.line == example.line)
        #expect(!problem.remedy.isEmpty)
        if let remedy = example.remedy { #expect(problem.remedy == remedy) }
        if !["a missing key", "an unknown key", "a configuration key that the runbook does not know"].contains(
            example.testDescription)
        {
            #expect(problems.count == 1, "\(problems)")
        }
    }

    @Test("A runbook that is not active needs no entry point in the folder")
    func draft() throws {
        #expect(
            try Samples.problems { files in
                files["runbooks/nav-monthly/nav_monthly.py"] = nil
                files["runbooks/nav-monthly/runbook.md"]?.replace("ACTIVE", with: "DRAFT")
            } == [])
    }

    @Test("A circle of dependencies is found whole, also when one new dependency closes it")
    func circle() throws {
        func deployment(_ name: String, _ dependencies: String) -> String {
            Samples.manifest(
                "Deployment", name,
                "  runbook: nav-monthly\n  entities: {names: [alder-uk]}\n  config: {feeRate: '0.015'}\n  dependsOn: [\(dependencies)]")
        }
        let names = ["nav", "fees", "report"]
        var files = Samples.workspace
        files["tenants/alder/deployments/fees.yaml"] = deployment("fees", "nav")
        files["tenants/alder/deployments/report.yaml"] = deployment("report", "fees")
        let accepted = try Samples.loaded(files)
        files["tenants/alder/deployments/nav.yaml"] = deployment("nav", "report")
        let expected = names.map { "tenants/alder/deployments/\($0).yaml" }.sorted()
        guard case .problems(let whole) = try ManifestLoader.load(MemorySource(files)),
            case .problems(let changed) = try ManifestLoader.loadChanged(
                MemorySource(files), changedPaths: ["tenants/alder/deployments/nav.yaml"], index: MemoryIndex(accepted))
        else {
            Issue.record("the circle was accepted")
            return
        }
        #expect(whole == changed && whole.map(\.file) == expected)
    }

    @Test("What refers to a broken manifest has no problem of its own")
    func noEcho() throws {
        let problems = try Samples.problems { files in
            files["tenants/alder/entities/alder-uk.yaml"]?.replace("GBP", with: "Pounds")
            files["runbooks/nav-monthly/runbook.md"] = "---\n"
            files["charts/property.yaml"] = "kind: ["
        }
        #expect(
            Set(problems.map(\.file)) == [
                "charts/property.yaml", "runbooks/nav-monthly/runbook.md", "tenants/alder/entities/alder-uk.yaml",
            ])
    }
}

import ChildProcess
import Digests
import Foundation
import Model
import Testing

@Suite("assay test")
struct ScenarioTests {
    @Test("a scenario is written by --update, passes, and names the first difference with pointer and line when the code changes")
    func wholeWay() throws {
        let workspace = try ScenarioWorkspace(ScenarioWorkspace.march)
        let empty = try workspace.test()
        #expect(empty.status == .exited(1) && empty.outputText.contains("it expects nothing yet"), "\(empty.outputText)")

        // Nobody is asked, so nothing is written.
        let refused = try workspace.test("--update")
        #expect(refused.status == .exited(2) && refused.errorText.contains("+ runbooks/interest/tests/2026-03-plain/expected/interest.json"))
        #expect(!FileManager.default.fileExists(atPath: workspace.runbook + "/tests/2026-03-plain/expected"))

        let written = try workspace.test("--update", "--yes")
        #expect(written.status == .exited(0), "\(written.outputText)\(written.errorText)")
        #expect(
            try workspace.read("2026-03-plain/expected/interest.json")
                == #"{"cash":"1204.11","entity":"oak-t","period":"2026-03","rates":2,"total":"1204.11"}"#)
        #expect(try workspace.read("2026-03-plain/posted.csv").contains("1,2026-03-31,,Interest M1,1200,800.00,,GBP,\n"))
        let passed = try workspace.test()
        #expect(passed.status == .exited(0) && passed.outputText.contains("ok    2026-03-plain"))
        #expect(try workspace.report()["files"] == 2, "the runbook and the capability")

        try workspace.write("tenants/oak/capabilities/rules.py", "def is_interest(row):\n    return row[\"reference\"].str() == \"M1\"\n")
        let scenario = try workspace.only()
        #expect(scenario["reason"] == "ScenarioFailed" && scenario["passed"] == false)
        #expect(scenario["message"] == #"output 'interest.json' at /cash must be "1204.11" and is "800.00""#)
        #expect(scenario["file"] == "runbooks/interest/interest.py" && scenario["line"] == 9)
        // Another update shows what changes.
        let shown = try workspace.test("--update", "--yes")
        #expect(shown.errorText.contains("@@ /cash @@") && shown.errorText.contains("+\"800.00\""), "\(shown.errorText)")
        #expect(shown.status == .exited(0))
    }

    @Test("what is posted must be as expected too, and balances are carried forward")
    func carried() throws {
        let workspace = try ScenarioWorkspace(
            ScenarioWorkspace.march.merging([
                "2026-03-plain/scenario.yaml": "opening: {'1200': '100.00', '3000': '-100.00'}\n",
                "2026-03-plain/expected/lines.csv": "reference,amount\nM1,800.00\nM3,404.11\n",
                "2026-03-plain/expected/interest.json": #"{"cash":"1304.11","entity":"oak-t","period":"2026-03","rates":2,"total":"1204.11"}"#,
                "2026-03-plain/posted.csv": """
                    entry,date,opening,description,account,debit,credit,currency,memo
                    1,2026-03-31,,Interest M1,1200,800.00,,GBP,
                    1,2026-03-31,,Interest M1,4000,,800.00,GBP,
                    2,2026-03-31,,Interest M3,1200,404.00,,GBP,

                    """,
            ]) { $1 })
        let scenario = try workspace.only()
        #expect(
            scenario["message"]?.string?.contains("on line 4 of posted.csv: it must be “2,2026-03-31,,Interest M3,1200,404.00,,GBP,” and is “2,2026-03-31,,Interest M3,1200,404.11") == true,
            "\(scenario)")
        #expect(scenario["file"] == "runbooks/interest/interest.py" && scenario["line"] == 31)
    }

    /// One runbook that leans on whatever its parameter names.
    private static let leaning = """
        import datetime, glob, locale, os, random, time, uuid
        from runbook import Run, output


        class Thing:
            pass


        def close(run: Run) -> None:
            output("seen.json", {"steady": "yes", "seen": seen(run.parameters.str("mode"))})


        def seen(mode):
            things = [Thing() for _ in range(12)]
            return {
                "set": lambda: list({"rent", "fees", "tax", "units", "loans", "bank", "vat"}),
                "listdir": lambda: os.listdir("/work/runbooks/interest"),
                "glob": lambda: [os.path.basename(one) for one in glob.glob("/work/runbooks/interest/*")],
                "now": lambda: str(datetime.datetime.now(datetime.timezone.utc)),
                "tzname": lambda: list(time.tzname),
                "local": lambda: str(datetime.datetime(2026, 3, 31).astimezone().utcoffset()),
                "locale": lambda: locale.setlocale(locale.LC_ALL, ""),
                "id": lambda: str(id(mode)),
                "objects": lambda: [things.index(one) for one in set(things)],
                "random": lambda: random.randrange(10**9),
                "uuid4": lambda: str(uuid.uuid4()),
            }[mode]()

        """

    private static let causes = [
        "set": "hash seed", "listdir": "folder order", "glob": "folder order", "now": "clock", "tzname": "time zone", "local": "time zone",
        "locale": "locale", "id": "addresses", "objects": "addresses", "random": "chance", "uuid4": "chance",
    ]

    @Test("a runbook that leans on what must not matter fails its check, and the cause is named")
    func determinism() throws {
        let workspace = try ScenarioWorkspace(
            runbook: Self.leaning,
            Dictionary(
                uniqueKeysWithValues: Self.causes.keys.map { ("2026-03-\($0)/scenario.yaml", "parameters: {mode: \($0)}\n") }))
        let file = workspace.runbook + "/runbook.md"
        let manifest = try String(contentsOfFile: file, encoding: .utf8)
        try manifest.replacing("config_schema:", with: "parameters: [{name: mode}]\nconfig_schema:").write(toFile: file, atomically: true, encoding: .utf8)

        let report = try workspace.report()
        #expect(report["passed"] == false)
        let scenarios = try #require(report["scenarios"]?.array)
        #expect(scenarios.count == Self.causes.count)
        for scenario in scenarios {
            let mode = String(try #require(scenario["scenario"]?.string).dropFirst("2026-03-".count))
            let cause = try #require(Self.causes[mode])
            #expect(scenario["reason"] == "DeterminismCheckFailed", "\(scenario)")
            #expect(scenario["causes"] == [.string(cause)], "\(scenario)")
            let message = scenario["message"]?.string ?? ""
            #expect(message.hasPrefix("output 'seen.json' at /seen") && message.contains("It depends on the \(cause): "), "\(message)")
            #expect(scenario["file"] == "runbooks/interest/interest.py" && scenario["line"] == 10)
        }
    }

    @Test("an entry and a question that differ between executions are named, not only outputs")
    func events() throws {
        let posting = try ScenarioWorkspace(
            runbook: ScenarioWorkspace.bare(
                "import time\nday = run.period.start.replace(day=1 + int(time.time() // 86400) % 28)\namount = Money(\"1.00\", \"GBP\")\n"
                    + "journal.post(date=day, description=\"x\", lines=[journal.debit(\"1200\", amount), journal.credit(\"4000\", amount)])"),
            ["2026-03/scenario.yaml": "description: Posts on some day\n"])
        let entry = try posting.only()
        #expect(entry["reason"] == "DeterminismCheckFailed" && entry["causes"] == ["clock"])
        #expect(entry["message"]?.string?.hasPrefix("journal.post (event 1) at /date is \"2026-03-") == true, "\(entry)")

        let asking = try ScenarioWorkspace(
            runbook: ScenarioWorkspace.bare("for name in {\"a\", \"b\", \"c\", \"d\", \"e\"}:\n    run.documents.find(name)"),
            ["2026-03/scenario.yaml": "description: Asks in the order of a set\n"])
        #expect(try asking.only()["message"]?.string?.hasPrefix("document.find (event 1) at /pattern is ") == true)

        let failing = try ScenarioWorkspace(
            runbook: ScenarioWorkspace.bare("import time\nif time.tzname[0] != \"UTC\":\n    run.fail(\"not at home\")\noutput(\"x.txt\", \"x\")"),
            ["2026-03/scenario.yaml": "description: Fails elsewhere\n"])
        let failure = try failing.only()
        #expect(failure["reason"] == "DeterminismCheckFailed" && failure["causes"] == ["time zone"])
        #expect(failure["message"]?.string?.hasPrefix("only the second execution fails, with RunbookFailed: not at home") == true, "\(failure)")
        #expect(failure["line"] == 7)
    }

    @Test(
        "what a run may not do fails its scenario under that name",
        arguments: [
            ("import socket\nsocket.socket()", "it fails with SandboxViolation: the sandbox denies socket.socket"),
            ("open(\"/etc/passwd\").read()", "it fails with SandboxViolation: "),
            ("amount = Money(\"1.00\", \"GBP\")\njournal.post(date=run.period.end, description=\"x\", lines=[journal.debit(\"1200\", amount), journal.credit(\"4000\", amount * 2)])",
                "it fails with RunbookError: "),
            ("output(\"rate.json\", {\"rate\": 0.1})", "it fails with RunbookError: "), ("1 / 0", "it fails with RunbookError: ZeroDivisionError"),
            ("run.query(\"SELECT 1\")", "it fails with RunbookError: the scenario has no data-platform.sql (DataPlatformMissing)"),
            ("import os\nos._exit(3)", "it fails with GuestLost: "),
        ])
    func refused(body: String, message: String) throws {
        let workspace = try ScenarioWorkspace(runbook: ScenarioWorkspace.bare(body), ["2026-03/scenario.yaml": "description: Refused\n"])
        let scenario = try workspace.only()
        #expect(scenario["reason"] == "ScenarioFailed")
        #expect(scenario["message"]?.string?.hasPrefix(message) == true, "\(scenario)")
    }

    @Test("a scenario that never ends is stopped by its limit, which is no difference between executions")
    func endless() throws {
        let workspace = try ScenarioWorkspace(
            runbook: ScenarioWorkspace.bare("while True:\n    run.log(\"again\")"),
            ["2026-03/scenario.yaml": "limits: {wallSeconds: 1}\n"])
        let scenario = try workspace.only()
        #expect(scenario["reason"] == "ScenarioFailed")
        #expect(scenario["message"]?.string?.contains("it fails with LimitExceeded: ") == true, "\(scenario)")
    }

    @Test("a scenario that must fail passes when it fails so, and not otherwise")
    func negative() throws {
        let body = "run.fail(\"3 lines are not matched:\\nM1\\nM2\")"
        let workspace = try ScenarioWorkspace(
            runbook: ScenarioWorkspace.bare(body),
            [
                "2026-01/scenario.yaml": "fails: {message: lines are not matched}\n", "2026-02/scenario.yaml": "fails: {reason: RunbookError}\n",
                "2026-03/scenario.yaml": "fails: {message: 4 lines}\n", "2026-04/expected/x.txt": "x",
            ])
        let messages = try #require(try workspace.report()["scenarios"]?.array).map { $0["message"]?.string ?? "" }
        #expect(
            messages == [
                "", "it must fail with RunbookError, and it fails with RunbookFailed: 3 lines are not matched:",
                "it must fail with RunbookFailed that says “4 lines”, and it fails with RunbookFailed: 3 lines are not matched:",
                "it fails with RunbookFailed: 3 lines are not matched:",
            ])
        try workspace.write("runbooks/interest/interest.py", ScenarioWorkspace.bare("output(\"x.txt\", \"x\")"))
        #expect(try workspace.report()["scenarios"]?.array?.map { $0["passed"] } == [false, false, false, true])
    }

    @Test("an output that is missing, one too many, and half a megabyte of lines are each named")
    func outputs() throws {
        let body = "output(\"large.csv\", \"\".join(f\"{i},{i * i}\\n\" for i in range(50_000)))\noutput(\"more.txt\", \"x\")"
        let workspace = try ScenarioWorkspace(
            runbook: ScenarioWorkspace.bare(body), ["2026-03/expected/large.csv": (0..<50_000).map { "\($0),\($0 * $0)\n" }.joined()])
        #expect(try workspace.only()["message"]?.string?.hasPrefix("output 'more.txt' is not expected: there is no runbooks/") == true)
        try workspace.write("runbooks/interest/tests/2026-03/expected/more.txt", "x")
        #expect(try workspace.only()["passed"] == true)
        try workspace.write("runbooks/interest/tests/2026-03/expected/third.txt", "x")
        #expect(try workspace.only()["message"] == "output 'third.txt' is expected and not given")
        let large = try workspace.read("2026-03/expected/large.csv").replacing("\n40000,1600000000\n", with: "\n40000,1600000001\n")
        try workspace.write("runbooks/interest/tests/2026-03/expected/large.csv", large)
        #expect(
            try workspace.only()["message"] == "output 'large.csv' on line 40001 must be “40000,1600000001” and is “40000,1600000000”")
    }

    @Test("code that does not compile fails with file and line, also without any scenario")
    func syntax() throws {
        let workspace = try ScenarioWorkspace(["tenants/oak/capabilities/deep/broken.py": "x = 1\ndef (\n"])
        let result = try workspace.test()
        #expect(result.status == .exited(1))
        #expect(result.outputText.contains("tenants/oak/capabilities/deep/broken.py:2: tenants/oak/capabilities/deep/broken.py does not compile: "), "\(result.outputText)")
        try workspace.write("tenants/oak/capabilities/deep/broken.py", "x = 1\n")
        let passed = try workspace.test()
        #expect(passed.status == .exited(0) && passed.outputText.contains("3 files compile; there are no scenarios"))
    }

    @Test("what is wrong with a scenario is a problem of validate and of test, with file, line and remedy")
    func problems() throws {
        let workspace = try ScenarioWorkspace(["2026-03/scenario.yaml": "perod: 2026-03\n", "2026-03/data-platform.sql": "CREATE TABEL x;"])
        let line = "runbooks/interest/tests/2026-03/scenario.yaml:1:1: The scenario has no key 'perod'. Did you mean 'period'?"
        let validated = try Program.run(Program.assay, ["validate", workspace.root])
        #expect(validated.status == .exited(1) && validated.outputText.contains(line), "\(validated.outputText)")
        #expect(try workspace.test().outputText.contains(line))
        try workspace.write("runbooks/interest/tests/2026-03/scenario.yaml", "description: x\n")
        #expect(try Program.run(Program.assay, ["validate", workspace.root]).status == .exited(0))
        let scenario = try workspace.only()
        #expect(scenario["file"] == "runbooks/interest/tests/2026-03/data-platform.sql" && scenario["line"] == 1)
    }

    @Test("a policy that requires scenarios fails a runbook that has none")
    func required() throws {
        let workspace = try ScenarioWorkspace()
        #expect(try workspace.test().status == .exited(0))
        try workspace.write("policies/more.yaml", SmallWorkspace.manifest("Policy", "more", "scenarios: required"))
        let result = try workspace.test()
        #expect(result.status == .exited(1) && result.outputText.contains("A policy requires scenarios"))
    }

    @Test("one scenario can be chosen; what is asked wrongly exits with 2 and says what would be right")
    func usage() throws {
        let workspace = try ScenarioWorkspace(ScenarioWorkspace.march.merging(["2026-04/expected/x": "x"]) { $1 })
        #expect(try workspace.report("--scenario", "2026-04")["scenarios"]?.array?.count == 1)
        func refused(_ arguments: [String], _ words: String) throws {
            let result = try Program.run(Program.assay, ["test"] + arguments, in: workspace.scratch.path)
            #expect(result.status == .exited(2) && result.errorText.contains(words), "\(result.errorText)")
        }
        try refused([workspace.runbook, "--scenario", "2026-40"], "Did you mean '2026-04'?")
        try refused([workspace.root], "Give runbooks/ and one of: interest")
        try refused([workspace.scratch.path], "there is no workspace.yaml above it")
        try refused([workspace.runbook, "--tenant", "oka"], "It has: oak")
        try refused([workspace.runbook, "--yes"], "no meaning without --update")
        try workspace.write("tenants/elm/tenant.yaml", try String(contentsOfFile: workspace.root + "/tenants/oak/tenant.yaml", encoding: .utf8).replacing("name: oak", with: "name: elm"))
        #expect(try workspace.report("--scenario", "2026-04")["scenarios"]?.array?.count == 1, "only oak deploys it")
        try FileManager.default.removeItem(atPath: workspace.root + "/tenants/oak/deployments")
        try refused([workspace.runbook], "Several tenants could be meant: elm, oak")
    }

    @Test("the example's scenarios pass")
    func example() throws {
        let home = try Template.shared.get().path + "/home"
        let folder = Program.root + "/example-repo/workspace/runbooks/nav-monthly"
        let result = try Program.run(Program.assay, ["test", folder, "--home", home])
        #expect(result.status == .exited(0), "\(result.outputText)\(result.errorText)")
        #expect(result.outputText.contains("3 scenarios, all pass"))
    }
}

import Digests
import Foundation
import Model
import Testing

@testable import Reconciler

@Suite("Parts of a scenario")
struct ScenarioPartsTests {
    private func json(_ a: String, _ b: String) -> ContentDifference? { .first(Array(a.utf8), Array(b.utf8), isJSON: true) }
    private func text(_ a: String, _ b: String) -> ContentDifference? { .first(Array(a.utf8), Array(b.utf8), isJSON: false) }

    @Test(
        "two JSON documents differ first at a pointer",
        arguments: [
            (#"{"a":1,"b":{"c":[1,2,3]}}"#, #"{"a":1,"b":{"c":[1,2,4]}}"#, "at /b/c/2", "3", "4"),
            (#"{"a/b":{"~":"x"}}"#, #"{"a/b":{"~":"y"}}"#, "at /a~1b/~0", "\"x\"", "\"y\""),
            (#"{"b":1,"a":1}"#, #"{"b":2,"a":2}"#, "at /a", "1", "2"), (#"{"a":1}"#, #"{"a":1,"b":null}"#, "at /b", nil, "null"),
            (#"[1,2]"#, #"[1]"#, "at /1", "2", nil), ("1", "\"1\"", "at the root", "1", "\"1\""),
            (#"{"é":"e\u0301"}"#, #"{"é":"\u00e9"}"#, "at /é", "\"e\u{301}\"", "\"\u{e9}\""),
            // Equal values, otherwise written: the lines tell.
            ("{\"a\":1}", "{\"a\": 1}", "on line 1", "{\"a\":1}", "{\"a\": 1}"), ("{\"a\":1", "{\"a\":2", "on line 1", "{\"a\":1", "{\"a\":2"),
        ] as [(String, String, String, String?, String?)])
    func pointers(before: String, after: String, place: String, old: String?, new: String?) throws {
        let found = try #require(json(before, after))
        #expect(found.place == place && found.before == old && found.after == new, "\(found)")
        #expect(json(before, before) == nil)
    }

    @Test(
        "two texts differ first on a line",
        arguments: [
            ("a\nb\nc\n", "a\nB\nc\n", "on line 2", "b", "B"), ("a\n", "a\nb\n", "on line 2", nil, "b"), ("a\nb\n", "a\n", "on line 2", "b", nil),
            ("", "a", "on line 1", nil, "a"), ("a", "a\n", "on line 2", nil, nil), ("e\u{301}\n", "\u{e9}\n", "on line 1", "e\u{301}", "\u{e9}"),
        ] as [(String, String, String, String?, String?)])
    func lines(before: String, after: String, place: String, old: String?, new: String?) throws {
        let found = try #require(text(before, after))
        #expect(found.place == place && found.before == old && found.after == new, "\(found)")
    }

    @Test("bytes that are no text differ first at an offset")
    func bytes() throws {
        let found = try #require(ContentDifference.first([1, 2, 0xff, 4], [1, 2, 0xfe, 4], isJSON: true))
        #expect(found.place == "at byte 2" && found.before == "ff04" && found.after == "fe04")
    }

    @Test("the excerpt is the first hunk of a unified diff")
    func excerpt() throws {
        let before = (1...30).map { "line \($0)\n" }.joined()
        let after = before.replacing("line 10\n", with: "line ten\n").replacing("line 25\n", with: "line 25\nmore\n")
        #expect(
            try #require(text(before, after)).excerpt
                == ["@@ line 10 @@", " line 8", " line 9", "-line 10", "+line ten", " line 11", " line 12"])
        #expect(try #require(text("a\n", "a\nb\nc\n")).excerpt.contains("+b"))
    }

    @Test("a file that differs everywhere costs no more than one that differs once")
    func large() throws {
        let before = (1...50_000).map { "row \($0)\n" }.joined(), after = before.replacing("row", with: "line")
        let started = ContinuousClock.now
        let found = try #require(text(before, after))
        #expect(found.place == "on line 1" && found.excerpt.count <= 18)
        // Myers' algorithm over the whole takes minutes.
        #expect(ContinuousClock.now - started < .seconds(20))
    }

    @Test("posted entries are one line for each line of an entry, quoted only where needed")
    func posted() throws {
        let currency = try #require(Currency("JPY")), day = try #require(CalendarDate("2026-03-31"))
        let entry = JournalEntry(
            number: 1, date: day, description: "Fee, \"final\"", opening: true,
            lines: [
                JournalLine(account: "1200", currency: currency, minorUnits: 1500, memo: nil),
                JournalLine(account: "4000", currency: currency, minorUnits: -1500, memo: "two\nlines"),
            ], file: nil, line: nil)
        #expect(
            String(decoding: PostedEntries.csv([entry]), as: UTF8.self) == """
                entry,date,opening,description,account,debit,credit,currency,memo
                1,2026-03-31,yes,"Fee, ""final""\",1200,1500,,JPY,
                1,2026-03-31,yes,"Fee, ""final""\",4000,,1500,JPY,"two
                lines"

                """)
    }

    @Test("an update writes what is new or other, removes what is no output any more, and touches nothing else")
    func update() throws {
        let root = FileManager.default.temporaryDirectory.path + "/update-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: root) }
        let folder = "runbooks/r/tests/one"
        for (path, content) in ["expected/same.txt": "same", "expected/old/gone.txt": "gone", "expected/other.json": "{\"a\":1}", "documents/in.csv": "in"] {
            let url = URL(fileURLWithPath: "\(root)/\(folder)/\(path)")
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(content.utf8).write(to: url)
        }
        var report = ScenarioReport(scenario: "one", folder: folder)
        #expect(try ScenarioUpdate([report], in: root).changes.isEmpty, "what did not succeed is left alone")
        report.produced = .init(
            outputs: ["same.txt": Array("same".utf8), "other.json": Array("{\"a\":2}".utf8), "old": Array("a file now".utf8)], posted: Array("entry\n".utf8))
        let update = try ScenarioUpdate([report], in: root)
        #expect(update.changes.map(\.path) == ["expected/old", "expected/old/gone.txt", "expected/other.json", "posted.csv"].map { "\(folder)/\($0)" })
        #expect(update.changes[2].excerpt == ["@@ /a @@", "-1", "+2"])
        try update.apply()
        #expect(try ScenarioUpdate([report], in: root).changes.isEmpty)
        #expect(try String(contentsOfFile: "\(root)/\(folder)/documents/in.csv", encoding: .utf8) == "in")
    }

    @Test("a verdict without scenarios does not pass where a policy requires them; one with scenarios does")
    func required() throws {
        func policies(_ scenarios: JSONValue?) throws -> PolicySet {
            var spec: [String: JSONValue] = [
                "signatures": "none", "sandbox": "required", "degradedRunsMayPost": false, "fourEyes": false, "quorum": 1, "paths": [],
            ]
            spec["scenarios"] = scenarios
            let value = JSONValue.object(spec)
            return try PolicySet([
                Resource(
                    key: ResourceKey(.policy, name: "strict"), path: "policies/strict.yaml", spec: value,
                    digest: try CanonicalJSON.digest(value), references: [])
            ])
        }
        let none = PromotionVerdict(passed: true, scenarios: 0), one = PromotionVerdict(passed: true, scenarios: 1)
        #expect(none.judged(by: try policies(nil), runbook: "r") == none, "a policy that an earlier version stored")
        #expect(none.judged(by: try policies("optional"), runbook: "r") == none)
        let missing = none.judged(by: try policies("required"), runbook: "r")
        #expect(!missing.passed && missing.reason == "ScenarioMissing" && missing.message.contains("strict"))
        #expect(one.judged(by: try policies("required"), runbook: "r") == one)
        let failed = PromotionVerdict(passed: false, reason: "ScenarioFailed", message: "x", scenarios: 0)
        #expect(failed.judged(by: try policies("required"), runbook: "r") == failed)
    }
}

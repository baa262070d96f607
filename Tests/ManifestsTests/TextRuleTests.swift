import Model
import Testing

@testable import Manifests

@Suite("Rules for texts")
struct TextRuleTests {
    @Test("Every rule's pattern is one that the engine takes and that is anchored or says so")
    func patternsCompile() throws {
        for rule in TextRule.all { #expect(throws: Never.self) { try Pattern(rule.pattern) } }
    }

    @Test(
        "Each rule takes good texts",
        arguments: [
            (TextRule.name, ["a", "0-9", String(repeating: "x", count: 63)]), (.line, ["x", "Alder & Söhne", "a b"]),
            (.currency, ["GBP", "EUR"]), (.monthDay, ["12-31", "02-29", "01-01"]), (.date, ["2024-02-29"]),
            (.timeZone, ["Europe/London", "UTC", "America/Argentina/Buenos_Aires", "Europe/Jersey", "Etc/GMT+3"]),
            (.cron, ["0 7 1 * *", "*/5 0-6,22 * JAN-mar mon", "@quarterly", "@hourly", "@annually", "59 23 31 12 7"]),
            (.accountCode, ["1000", "A.1-x:2"]),
            (.glob, ["policies/**", "*.yaml", "a"]), (.url, ["https://a.example/x?y=1"]),
            (.entrypoint, ["a:b", "a.b_c:run"]),
            (.interval, ["60s", "5m", "24h", "86400s"]), (.event, ["*", "run.failed"]), (.label, ["a", "a/b.c_d-e"]),
        ])
    func takes(rule: TextRule, texts: [String]) {
        for text in texts { #expect(rule.accepts(text), "\(text)") }
    }

    @Test(
        "Each rule refuses bad texts",
        arguments: [
            (TextRule.name, ["", "A", "a_b", "a b", "é", String(repeating: "x", count: 64), "a\n", "../x"]),
            (.line, ["", " ", " x", "x\n", "a\nb"]),
            (.currency, ["gbp", "GB", "GBPX"]), (.monthDay, ["02-30", "13-01", "1-1", "00-10"]),
            (.date, ["2026-02-29", "2026-2-1", "26-01-01"]),
            (.timeZone, ["Mars/Phobos", "../../etc/passwd", "", "/etc/localtime", "Europe/Lond", "GMT+3", "UTC-2"]),
            (
                .cron,
                [
                    "", "* * * *", "60 0 * * *", "0 24 * * *", "0 0 0 * *", "0 0 1 13 *", "0 0 * * 8", "5-1 * * * *",
                    "*/0 * * * *", "@reboot", "a b c d e", "1,,2 * * * *", "0  7 1 * *", "-1 * * * *",
                ]
            ),
            (.accountCode, ["", "-1", "10 00"]), (.glob, ["/x", "x/", ""]),
            (.url, ["ftp://x", "https://", "https://a b"]),
            (.entrypoint, ["a", ":b", "a:", "a/b:c", "1a:b", "a:b:c", "../a:b"]),
            (.interval, ["0s", "60", "s", "25h", "90000s", "1d"]),
        ])
    func refuses(rule: TextRule, texts: [String]) {
        for text in texts { #expect(!rule.accepts(text), "\(text)") }
    }

    @Test("Pages are no zone and no expression, and may be a description")
    func pages() {
        let page = String(repeating: "A", count: 10_000)
        #expect(!TextRule.timeZone.accepts(page) && !TextRule.cron.accepts("0 0 1 1 \(page)"))
        #expect(!TextRule.timeZone.accepts(String(repeating: "A", count: 65)))
        #expect(TextRule.anyText.accepts(page))
    }

    @Test("The nearest word is found, and none where nothing is near")
    func spelling() {
        let words = ["displayName", "currency", "chart", "labels"]
        #expect(nearest(to: "display_name", among: words) == "displayName")
        #expect(nearest(to: "curency", among: words) == "currency")
        #expect(nearest(to: "lables", among: words) == "labels")
        #expect(nearest(to: "Chart", among: words) == "chart")
        #expect(nearest(to: "auditor", among: words) == nil)
        #expect(nearest(to: String(repeating: "x", count: 100_000), among: words) == nil)
    }
}

import Foundation
import Model
import Testing

@testable import Digests
@testable import Executor
@testable import Manifests
@testable import Reconciler
@testable import Schedules

/// A shape of text that is worst for some reader, in any size.
struct HostileText: Sendable, CustomTestStringConvertible {
    let name: String
    /// Makes a text of about so many bytes, and gives what reads it.
    let make: @Sendable (_ size: Int) throws -> () throws -> Void

    var testDescription: String { name }

    static let all = yaml + manifests + runbooks + schedules + json + trust + frames

    // MARK: Ways to read

    /// A whole load of the small workspace with one file, or some, replaced.
    private static func load(_ name: String, _ path: String, _ text: @escaping @Sendable (Int) -> String) -> HostileText {
        load(name) { [path: text($0)] }
    }

    private static func load(_ name: String, _ texts: @escaping @Sendable (Int) -> [String: String]) -> HostileText {
        HostileText(name: name) { size in
            var files = SmallWorkspace.files
            let texts = texts(size)
            for (path, text) in texts { try promise(files.put(path, Array(text.utf8)), "\(path) is no path") }
            let made = files
            return {
                switch try ManifestLoader.load(made) {
                case .loaded: return
                case .problems(let problems):
                    try BrokenPromise.check(problems)
                    try promise(problems.count <= 2 * YAMLDocument.maximumProblems * texts.count, "there are \(problems.count) problems")
                }
            }
        }
    }

    private static func document(_ kind: String, _ name: String, _ spec: String) -> String {
        "apiVersion: assay/v1\nkind: \(kind)\nname: \(name)\nspec: \(spec)\n"
    }

    private static func repeated(_ text: String, _ size: Int) -> String {
        String(repeating: text, count: max(1, size / text.utf8.count))
    }

    /// Lines or items that differ by their number.
    private static func numbered(_ size: Int, _ width: Int, _ item: (Int) -> String) -> String {
        (0..<max(1, size / width)).map(item).joined()
    }

    /// A base letter with marks above and below in the worst order for whoever sorts them.
    private static func marks(_ size: Int) -> String { "a" + repeated("\u{0301}\u{0316}", size) }

    // MARK: YAML

    private static let anywhere = "policies/baseline.yaml"
    private static let yaml = [
        load("brackets", anywhere) { repeated("[", $0) },
        load("braces", anywhere) { repeated("{", $0) },
        load("dashes on one line", anywhere) { repeated("- ", $0) },
        load("question marks on one line", anywhere) { repeated("? ", $0) },
        load("colons", anywhere) { repeated(": ", $0) },
        load("one long word", anywhere) { repeated("x", $0) },
        load("one long key", anywhere) { repeated("x", $0) + ": y" },
        load("one long text in quotes", anywhere) { "\"" + repeated("\\u0041", $0) + "\"" },
        load("a text that never ends", anywhere) { "a: \"" + repeated("x\n ", $0) },
        load("a folded text of many lines", anywhere) { "a: >\n" + repeated("  x\n\n", $0) },
        load("many keys", anywhere) { size in numbered(size, 10) { "k\($0): 1\n" } },
        load("many keys that are nearly right", anywhere) { size in numbered(size, 12) { "knd\($0): 1\n" } },
        load("one key, many times", anywhere) { repeated("a: 1\n", $0) },
        load("keys that are numbers", anywhere) { size in numbered(size, 8) { "\($0): 1\n" } },
        load("many items", anywhere) { repeated("- 1\n", $0) },
        load("many anchors", anywhere) { size in numbered(size, 12) { "- &a\($0) 1\n" } },
        load("many aliases", anywhere) { "- &a 1\n" + repeated("- *a\n", $0) },
        load("many tags", anywhere) { repeated("- !a 1\n", $0) },
        load("many directives", anywhere) { size in numbered(size, 16) { "%TAG !a\($0)! b\n" } + "--- 1\n" },
        load("many documents", anywhere) { repeated("---\n", $0) },
        load("many comments", anywhere) { repeated("#\n", $0) },
        load("many empty lines", anywhere) { repeated("\n", $0) },
        load("merge keys", anywhere) { repeated("<<: a\n", $0) },
        load("spaces at the start", anywhere) { repeated(" ", $0) + "a" },
        load("a last line that is not text", anywhere) { repeated("a\n", $0) + "\u{7f}" },
        load("marks over one letter", anywhere) { "\"\(marks($0))\": 1" },
        load("marks over one letter, twice", anywhere) { "\"\(marks($0 / 2))\": 1\n\"\(marks($0 / 2))\": 1\n" },
        load("marks over one letter as a value", anywhere) { document("Policy", "baseline", "{signatures: \"\(marks($0))\"}") },
    ]

    // MARK: Manifests

    private static let tenant = "tenants/alder/tenant.yaml"
    private static let deployment = "tenants/alder/deployments/nav.yaml"
    private static let manifests = [
        load("a name of one long line", tenant) { document("Tenant", "alder", "{displayName: \(repeated("x", $0))}") },
        load("a name of many words", tenant) { document("Tenant", "alder", "{displayName: \(repeated("x y ", $0))z}") },
        load("a zone that goes on", tenant) { document("Tenant", "alder", "{timeZone: \(repeated("A/a_", $0))}") },
        load("a code that goes on", tenant) { document("Tenant", "alder", "{baseCurrency: \(repeated("GBP", $0))}") },
        load("accounts that are all one", "charts/property.yaml") {
            document("ChartOfAccounts", "property", "\n  accounts:\n" + repeated("    - {code: '1', name: a, type: asset}\n", $0))
        },
        load("accounts without anything", "charts/property.yaml") {
            document("ChartOfAccounts", "property", "\n  accounts:\n" + repeated("    - {}\n", $0))
        },
        load("many holidays", "calendars/london.yaml") {
            document("Calendar", "london", "\n  holidays:\n" + repeated("    - {date: 2026-12-25, name: a}\n", $0))
        },
        load("many labels", "tenants/alder/entities/uk.yaml") { size in
            document(
                "Entity", "uk",
                "{displayName: a, type: spv, jurisdiction: GB, currency: GBP, chart: property, labels: {strategy: core, "
                    + numbered(size, 12) { "l\($0): a, " } + "}}")
        },
        load("labels that may not be", "tenants/alder/entities/uk.yaml") { size in
            document("Entity", "uk", "{labels: {" + numbered(size, 12) { "'-\($0)': a, " } + "}}")
        },
        load("many selecting labels", deployment) { size in
            document("Deployment", "nav", "{runbook: nav, entities: {labels: {" + numbered(size, 12) { "l\($0): a, " } + "}}}")
        },
        load("entities that do not exist, and almost do", deployment) { size in
            document("Deployment", "nav", "{runbook: nav, entities: {names: [" + numbered(size, 10) { "uk\($0), " } + "]}}")
        },
        load("names that are nearly those of two hundred others") { size in
            var files: [String: String] = [:]
            let stem = String(repeating: "abcdefgh", count: 7)
            for number in 100..<297 {
                files["tenants/alder/entities/\(stem)\(number).yaml"] = document(
                    "Entity", "\(stem)\(number)", "{displayName: a, type: spv, jurisdiction: GB, currency: GBP, chart: property}")
            }
            files[deployment] = document(
                "Deployment", "nav",
                "{runbook: nav, entities: {names: [" + numbered(size, 64) { "\(String(stem.reversed()))\($0), " } + "]}}")
            return files
        },
        load("agents that do not exist", deployment) { size in
            document("Deployment", "nav", "{runbook: nav, entities: {names: [uk]}, agents: {" + numbered(size, 14) { "r\($0): reder, " } + "}}")
        },
        load("many roles for many paths", anywhere) {
            document("Policy", "baseline", "\n  paths:\n" + repeated("    - {pattern: a/**, roles: [risk]}\n", $0))
        },
    ]

    // MARK: Runbooks and the configurations that they ask for

    private static func runbook(_ schema: String) -> String {
        "---\nslug: nav\nname: N\nversion: '1'\nstate: DRAFT\nauthor: A\nconfig_schema: \(schema)\n---\n"
    }

    private static func configured(
        _ name: String, schema: @escaping @Sendable (Int) -> String, config: @escaping @Sendable (Int) -> String
    ) -> HostileText {
        load(name) { size in
            [
                SmallWorkspace.runbook: runbook(schema(size)),
                deployment: document("Deployment", "nav", "{runbook: nav, entities: {names: [uk]}, config: \(config(size))}"),
            ]
        }
    }

    private static let runbooks = [
        load("front matter without an end", SmallWorkspace.runbook) { "---\n" + repeated("a\n", $0) },
        load("fences that are none", SmallWorkspace.runbook) { "---\n" + repeated("---x\n", $0) },
        load("many steps that are one", SmallWorkspace.runbook) {
            "---\nsteps:\n" + repeated("  - {id: a, label: b}\n", $0) + "---\n"
        },
        load("keywords that are nearly right", SmallWorkspace.runbook) { size in
            runbook("{" + numbered(size, 14) { "tipe\($0): 1, " } + "}")
        },
        load("many bad patterns", SmallWorkspace.runbook) { size in
            runbook("{properties: {" + numbered(size, 24) { "a\($0): {pattern: '('}, " } + "}}")
        },
        load("many large patterns", SmallWorkspace.runbook) { size in
            runbook("{properties: {" + numbered(size, 44) { "a\($0): {pattern: '((((a{9}){9}){9}){4}){1}'}, " } + "}}")
        },
        configured("unknown keys, and as many known ones") { size in
            "{additionalProperties: false, properties: {" + numbered(size, 12) { "abc\($0): {}, " } + "}}"
        } config: { size in "{" + numbered(size, 12) { "abd\($0): 1, " } + "}" },
        configured("a list of values that are none of many", schema: { size in
            "{properties: {a: {items: {enum: [" + numbered(size, 8) { "\($0), " } + "]}}}}"
        }, config: { "{a: [" + repeated("-1, ", $0) + "]}" }),
        configured("a list of values, each the last of many", schema: { size in
            "{properties: {a: {items: {enum: [" + numbered(size, 8) { "\($0), " } + "x]}}}}"
        }, config: { "{a: [" + repeated("x, ", $0) + "]}" }),
        configured("objects that lack many keys", schema: { size in
            "{properties: {a: {items: {required: [" + numbered(size, 8) { "k\($0), " } + "]}}}}"
        }, config: { "{a: [" + repeated("{}, ", $0) + "]}" }),
        configured("a long text for a slow pattern", schema: { _ in "{properties: {a: {pattern: '(a?b?){499}c$'}}}" },
            config: { "{a: \(repeated("ab", $0))}" }),
        configured("many texts for a slow pattern", schema: { _ in "{properties: {a: {items: {pattern: '(a?b?){499}c$'}}}}" },
            config: { "{a: [" + repeated("abababababab, ", $0) + "]}" }),
        configured("a pattern of many ranges", schema: { _ in "{properties: {a: {pattern: '([\(repeated("0-1", 400))]?){90}c$'}}}" },
            config: { "{a: '\(repeated("01", $0))'}" }),
    ]

    // MARK: Schedules

    private static func schedule(_ fields: String) -> String {
        document(
            "Schedule", "nav",
            "{deployment: nav, timeZone: Europe/London, period: previous-month, calendar: london, \(fields)}")
    }

    private static let schedule = "tenants/alder/schedules/nav.yaml"
    private static let schedules = [
        load("a minute that is a long list", schedule) { schedule("cron: '\(repeated("0,", $0))0 7 5 * *'") },
        load("a cron expression of many fields", schedule) { schedule("cron: '\(repeated("* ", $0))'") },
        load("a cron expression of one field", schedule) { schedule("cron: \(repeated("a", $0))") },
        load("many steps", schedule) { schedule("cron: '*\(repeated("/2", $0)) 7 5 * *'") },
        load("many freezes", schedule) {
            schedule("cron: 0 7 5 * *, freeze: [" + repeated("{from: 2026-01-02, to: 2026-01-01, reason: a}, ", $0) + "]")
        },
        HostileText(name: "a calendar closed for centuries") { size in
            let text = (0..<size / 28).compactMap { Day(number: $0 / 8 * 7 + 6).date }.map { "{\"date\":\"\($0)\",\"name\":\"a\"}" }
            let weekend = #"["sunday","monday","tuesday","thursday","friday","saturday"]"#
            let json = "{\"weekend\":\(weekend),\"holidays\":[\(text.joined(separator: ","))]}"
            let calendar = try CanonicalJSON.decode(CalendarSpec.self, from: Array(json.utf8))
            let spec = try CanonicalJSON.decode(
                ScheduleSpec.self,
                from: Array(
                    #"{"deployment":"nav","cron":"0 7 * * *","timeZone":"Europe/London","period":"previous-month","roll":"following","freeze":[],"overlap":"skip","catchUp":{"windowHours":8784,"limit":100},"suspend":false}"#.utf8))
            return {
                let schedule = try Schedule(spec, calendar: calendar)
                let now = try #require(CalendarDate("2026-03-31")).previousDay
                let seconds = Int64(Day(now).number * 86_400)
                _ = SchedulePlanner.decide(
                    schedule, handled: Instant(seconds: 0), activity: .idle, now: Instant(seconds: seconds))
            }
        },
    ]

    // MARK: JSON

    private static func parse(_ name: String, _ text: @escaping @Sendable (Int) -> String) -> HostileText {
        HostileText(name: "JSON: " + name) { size in
            let bytes = Array(text(size).utf8)
            return {
                do {
                    _ = try CanonicalJSON.encode(try CanonicalJSON.parse(bytes))
                } catch let error as DigestError {
                    try BrokenPromise.check(error)
                }
            }
        }
    }

    private static let json = [
        parse("brackets") { repeated("[", $0) },
        parse("a long text") { "\"" + repeated("x", $0) + "\"" },
        parse("a text of escapes") { "\"" + repeated("\\u0041", $0) + "\"" },
        parse("a text without end") { "\"" + repeated("\\n", $0) },
        parse("many digits") { repeated("1", $0) },
        parse("many decimals") { "0." + repeated("1", $0) },
        parse("many zeros and a digit") { "0." + repeated("0", $0) + "1" },
        parse("an exponent that goes on") { "1e" + repeated("9", $0) },
        parse("a negative exponent that goes on") { "1e-" + repeated("9", $0) },
        parse("many keys") { size in "{" + numbered(size, 12) { "\"k\($0)\":1," } + "\"\":1}" },
        parse("one key twice, and long") { "{\"\(repeated("x", $0 / 2))\":1,\"\(repeated("x", $0 / 2))\":1}" },
        parse("marks over one letter") { "{\"\(marks($0))\":1}" },
        parse("marks over one letter, twice") { "{\"\(marks($0 / 2))\":1,\"\(marks($0 / 2))\":1}" },
        parse("keys with marks") { size in "{" + numbered(size, 40) { "\"\(marks(20))\($0)\":1," } + "\"\":1}" },
        parse("small lists") { "[" + repeated("[1],", $0) + "1]" },
        parse("small objects") { "[" + repeated("{\"\":1},", $0) + "1]" },
    ]

    // MARK: Trust

    private static let key = "AAAAC3NzaC1lZDI1NTE5AAAAIGZ1enpmdXp6ZnV6emZ1enpmdXp6ZnV6emZ1enpmdXp6"

    private static func signers(_ name: String, _ text: @escaping @Sendable (Int) -> String) -> HostileText {
        HostileText(name: "allowed_signers: " + name) { size in
            let text = text(size), blob = try #require(Base64.decode(key))
            return { _ = AllowedSigners(text).principals(ofKey: blob) }
        }
    }

    private static let trust = [
        signers("many names on one line") { size in numbered(size, 10) { "name\($0)," } + "x ssh-ed25519 \(key)" },
        signers("many lines with one key") { size in numbered(size, 90) { "name\($0) ssh-ed25519 \(key)\n" } },
        signers("words and words") { repeated("a ", $0) + key },
        signers("quotes") { repeated("\"", $0) + key },
        signers("marks over one letter") { marks($0) + " \(key)" },
        HostileText(name: "many roles") { size in
            let bytes = Array(numbered(size, 12) { "role\($0): [a]\n" }.utf8)
            return { _ = try TrustRoles.parse(bytes) }
        },
        HostileText(name: "roles without a principal") { size in
            let bytes = Array(numbered(size, 10) { "Role\($0): []\n" }.utf8)
            return {
                do { _ = try TrustRoles.parse(bytes) } catch let error as ManifestError { try BrokenPromise.check(error) }
            }
        },
        HostileText(name: "the worst pattern over the longest paths") { size in
            let pattern = PathPattern(repeated("*a**", 300))
            let paths = (0..<size / 1_024).map { repeated("a/", 1_014) + "b\($0)" }
            return { for path in paths { try promise(pattern.matches(path), "'\(path)' is not covered") } }
        },
        HostileText(name: "a signature that goes on") { size in
            let text = "-----BEGIN SSH SIGNATURE-----\n" + repeated("U1NIU0lHAAAA\n", size) + "-----END SSH SIGNATURE-----\n"
            return {
                do { _ = try SSHSignature.claimedKey(armored: text) } catch let error as DigestError { try BrokenPromise.check(error) }
            }
        },
    ]

    // MARK: Frames

    private static func guest(_ name: String, _ frames: @escaping @Sendable (Int) -> String) -> HostileText {
        HostileText(name: "guest: " + name) { size in
            let script = "lines\n{\"type\":\"hello\",\"protocol\":1}\n" + frames(size)
            let channel = try GuestTalk.channel(saying: GuestScript.bytes(of: Array(script.utf8)))
            var tellings = try Tellings(GuestTalk.spec)
            return {
                do {
                    while let frame = try channel.receive(bodyLimit: 1 << 28) {
                        if case .tell(let asked) = try GuestMessage(frame) { try tellings.take(asked) }
                    }
                } catch let breach as ProtocolBreach {
                    try promise(breach.message.utf8.count <= BrokenPromise.longestMessage, "a breach has \(breach.message.utf8.count) bytes")
                } catch let refusal as Tellings.Refusal {
                    try promise(refusal.message.utf8.count <= BrokenPromise.longestMessage, "a refusal has \(refusal.message.utf8.count) bytes")
                }
            }
        }
    }

    private static func tell(_ number: Int, _ kind: String, _ request: String) -> String {
        "{\"type\":\"tell\",\"id\":\(number),\"kind\":\"\(kind)\",\"request\":{\(request)}}\n"
    }

    private static let frames = [
        guest("steps that begin, then end") { size in
            let count = size / 170
            return (1...count).map { tell($0, "step.begin", "\"id\":\"s\($0)\",\"title\":\"a\"") }.joined()
                + (1...count).map { tell($0 + count, "step.end", "\"id\":\"s\($0)\"") }.joined()
        },
        guest("many outputs") { size in
            (1...size / 110).map { tell($0, "output", "\"name\":\"a/b/\($0)\",\"mediaType\":\"text/plain\"") }.joined()
        },
        guest("an entry of many lines") { size in
            let line = #"{"account":"1200","side":"debit","amount":"1.00","currency":"GBP"}"#
            return tell(
                1, "journal.post",
                "\"date\":\"2026-03-31\",\"description\":\"d\",\"opening\":false,\"lines\":["
                    + repeated(line + ",", size) + line + "]")
        },
        guest("an amount of many digits") { size in
            let line = "{\"account\":\"1200\",\"side\":\"debit\",\"amount\":\"1.\(repeated("0", size))\",\"currency\":\"GBP\"}"
            return tell(1, "journal.post", "\"date\":\"2026-03-31\",\"description\":\"d\",\"opening\":false,\"lines\":[\(line)]")
        },
        guest("a wait for many") { size in "{\"type\":\"wait\",\"ids\":[" + numbered(size, 8) { "\($0)," } + "1]}\n" },
        guest("an unknown kind with marks") { tell(1, marks($0), "") },
        guest("an unknown member with marks") { "{\"type\":\"end\",\"outcome\":\"succeeded\",\"\(marks($0))\":1}\n" },
        guest("an account with marks") { size in
            let line = "{\"account\":\"\(marks(size))\",\"side\":\"debit\",\"amount\":\"1.00\",\"currency\":\"GBP\"}"
            return tell(1, "journal.post", "\"date\":\"2026-03-31\",\"description\":\"d\",\"opening\":false,\"lines\":[\(line)]")
        },
        guest("an output's name with marks") { tell(1, "output", "\"name\":\"\(marks($0))\",\"mediaType\":\"text/plain\"") },
        guest("a step that begins and ends, with marks") { size in
            let id = "\"id\":\"" + marks(size / 3)
            return tell(1, "step.begin", id + "\",\"title\":\"a\"") + tell(2, "step.end", id + "b\"") + tell(2, "step.end", id + "\"")
        },
        guest("kinds with as many marks as may be") { size in
            (1...max(1, size / 2_060)).map { _ in tell(1, marks(500 * 2), "") }.joined()
        },
        guest("a date with marks") { size in
            tell(1, "journal.post", "\"date\":\"\(marks(size))\",\"description\":\"d\",\"opening\":false,\"lines\":[]")
        },
        guest("a key twice, with marks") { "{\"\(marks($0 / 2))\":1,\"\(marks($0 / 2))\":1}\n" },
    ]
}

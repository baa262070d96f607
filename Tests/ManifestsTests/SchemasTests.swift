import Digests
import Foundation
import Model
import Testing

@testable import Manifests

@Suite("Published schemas")
struct SchemasTests {
    private var folder: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "docs/schemas")
    }

    /// `ASSAY_WRITE_SCHEMAS=1 swift test --filter ManifestsTests` writes them anew.
    @Test("The files in docs/schemas are what the tables say, no more and no fewer")
    func filesAreCurrent() throws {
        if ProcessInfo.processInfo.environment["ASSAY_WRITE_SCHEMAS"] == "1" {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for (name, text) in Schemas.all { try Data(text.utf8).write(to: folder.appending(path: name)) }
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names.sorted() == Schemas.all.keys.sorted())
        for (name, text) in Schemas.all {
            #expect(try String(contentsOf: folder.appending(path: name), encoding: .utf8) == text, "\(name)")
            #expect(throws: Never.self) { try CanonicalJSON.parse(Array(text.utf8)) }
        }
    }

    /// One document, judged alone: the schema's file name, the text, and what both should say.
    struct Example {
        var schema: String
        var text: String
        var isValid: Bool
    }

    /// A valid manifest of every kind, and edits of it that a schema must refuse.
    static let examples: [Example] = {
        let edits: [(path: String, schema: String, replacements: [(String, String)])] = [
            (
                "workspace.yaml", "workspace",
                [("0.1.0", "one"), ("name: alder-funds", "name: Alder"), ("spec:", "speck:")]
            ),
            (
                "policies/baseline.yaml", "policy",
                [
                    ("head", "sometimes"), ("[risk]", "[]"), ("900", "0"), ("900", "'900'"), ("policies/**", "/abs"),
                    ("signatures", "signature"),
                ]
            ),
            (
                "charts/property.yaml", "chart-of-accounts",
                [("'1000'", "1000"), ("asset", "assets"), (", type: income", "")]
            ),
            (
                "calendars/london.yaml", "calendar",
                [("2026-12-25", "25.12.2026"), ("holidays:", "weekend: [someday]\n  holidays:")]
            ),
            (
                "agents/reader.yaml", "agent",
                [
                    ("https://models.example/v1", "ftp://x"), ("endpoint: https://models.example/v1", "command: [x]"),
                    ("openai-chat", "command"), ("secret: reader-key", "secret: 'Sesame, open!'"),
                    ("model: reader-2026-01", "timeoutSeconds: 0"),
                ]
            ),
            (
                "notifications/desk.yaml", "notification-channel",
                [("[run.failed]", "[]"), ("type: email", "type: fax")]
            ),
            (
                "tenants/alder/tenant.yaml", "tenant",
                [
                    ("GBP", "Pounds"), ("'12-31'", "31-12"), ("Europe/London", "../London"),
                    ("reportingFramework: IFRS", "reportingFramework: ''"),
                ]
            ),
            (
                "tenants/alder/entities/alder-uk.yaml", "entity",
                [
                    ("spv", "SPV"), ("GB\n", "UK1\n"), ("{strategy: core}", "[core]"),
                    ("{strategy: core}", "{'a b': c}"), ("chart:", "chrt:"),
                ]
            ),
            (
                "tenants/alder/deployments/nav.yaml", "deployment",
                [
                    ("nav-monthly", "Nav Monthly"), ("[alder-uk]", "alder-uk"),
                    ("agents: {", "limits: {cpuSeconds: -1}\n  agents: {"),
                    ("agents: {reader: reader}", "suspend: yes"), ("agents: {reader: reader}", "config2: {}"),
                ]
            ),
            (
                "tenants/alder/schedules/nav.yaml", "schedule",
                [
                    ("0 7 5 * *", "0 7 5"), ("0 7 5 * *", "'@reboot'"), ("previous-month", "last-month"),
                    ("calendar: london", "catchUp: {limit: 101}"), ("calendar: london", "businessDay: 24"),
                    ("calendar: london", "roll: sideways"), ("calendar: london", "start: 1.1.2026"),
                    ("calendar: london", "freeze: [{from: 2026-12-20, to: 2027-01-05}]"),
                ]
            ),
        ]
        var examples: [Example] = []
        for (path, schema, replacements) in edits {
            let text = Samples.workspace[path] ?? ""
            examples.append(Example(schema: schema, text: text, isValid: true))
            for (old, new) in replacements {
                examples.append(Example(schema: schema, text: text.replacing(old, with: new), isValid: false))
            }
        }
        return examples + runbookExamples + configurationExamples
    }()

    private static let runbookExamples: [Example] = {
        let text = String(Samples.runbook.split(separator: "---\n")[0])
        let edits = [
            ("LOADING", "SPINNER"), ("ACTIVE", "active"), ("nav_monthly:run", "nav_monthly"), ("minimum", "least"),
            ("timeout_minutes: 30", "timeout_minutes: '30'"), ("author: Fund accounting\n", ""),
            ("type: integer", "type: int"),
        ]
        return [Example(schema: "runbook", text: text, isValid: true)]
            + edits.map { Example(schema: "runbook", text: text.replacing($0.0, with: $0.1), isValid: false) }
    }()

    private static let configurationExamples: [Example] = {
        let text = """
            repository:
              url: ssh://git@forge.example/alder/workspace
              auth: {type: ssh-key, user: git, key: keys/forge}
            tenant: alder
            poll: {interval: 60s}
            workers: 4

            """
        let edits = [
            ("60s", "often"), ("tenant: alder\n", ""), ("ssh-key", "token"), ("workers: 4", "workers: 0"),
            ("{type: ssh-key, user: git, key: keys/forge}", "{type: ssh-key}"), ("workers", "worker"),
        ]
        return [Example(schema: "config", text: text, isValid: true)]
            + edits.map { Example(schema: "config", text: text.replacing($0.0, with: $0.1), isValid: false) }
    }()

    @Test("Our validator judges every example as it should")
    func oursJudges() throws {
        for example in Self.examples {
            #expect(try ours(example) == example.isValid, "\(example.schema): \(example.text)")
        }
    }

    @Test(
        "Python's jsonschema judges every example alike",
        .enabled(if: Python.hasJSONSchema, "jsonschema is not importable"))
    func othersAgree() throws {
        let tables = try Schemas.all.mapValues { try CanonicalJSON.parse(Array($0.utf8)) }
        let cases = try Self.examples.map { example -> JSONValue in
            let root = try YAMLDocument.parse(Array(example.text.utf8), file: "example.yaml")
            return [.string(example.schema + ".schema.json"), json(root)]
        }
        let input = try CanonicalJSON.encode(["schemas": .object(tables), "cases": .array(cases)] as JSONValue)
        let verdicts = try CanonicalJSON.parse(Python.judge(input)).array ?? []
        try #require(verdicts.count == Self.examples.count)
        for (verdict, example) in zip(verdicts, Self.examples) {
            #expect(verdict.bool == example.isValid, "\(example.schema): \(example.text)")
        }
    }

    private func ours(_ example: Example) throws -> Bool {
        let root = try YAMLDocument.parse(Array(example.text.utf8), file: "example.yaml")
        let type: ObjectType =
            switch example.schema {
            case "runbook": KindTable.runbook
            case "config": HomeConfiguration.table
            default:
                try #require(KindTable.all.first { Schemas.fileName($0.kind) == example.schema + ".schema.json" })
                    .document
            }
        var reader = ShapeReader(file: "example.yaml")
        _ = reader.object(root, type, named: "The document")
        return reader.problems.isEmpty
    }

    private func json(_ node: YAMLNode) -> JSONValue {
        switch node.value {
        case .null, .refused: .null
        case .bool(let value): .bool(value)
        case .integer(let value): .integer(value)
        case .inexactNumber(let text): .number(Double(text) ?? 0)
        case .string(let text): .string(text)
        case .sequence(let items): .array(items.map(json))
        case .mapping(let entries): .object(Dictionary(uniqueKeysWithValues: entries.map { ($0.key, json($0.value)) }))
        }
    }
}

import Foundation
import Model
import Testing

@testable import Manifests

@Suite("docs/workspace.md")
struct DocumentationTests {
    private func page() throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: "docs/workspace.md"), encoding: .utf8)
    }

    /// The YAML blocks, by the path that the first line's comment names.
    private func examples() throws -> [String: String] {
        let text = try page()
        var examples: [String: String] = [:]
        for part in text.split(separator: "```yaml\n# ").dropFirst() {
            let block = part.split(separator: "\n```", maxSplits: 1)[0]
            let path = block.prefix { $0 != "\n" && $0 != ":" }
            examples[String(path)] = String(block.drop { $0 != "\n" }) + "\n"
        }
        return examples
    }

    @Test("Its examples together are a valid workspace with every kind")
    func examplesLoad() throws {
        var files = try examples()
        let configuration = try #require(files["config.yaml"])
        files["config.yaml"] = nil
        let runbook = try #require(files["runbooks/nav-monthly/runbook.md"])
        files["runbooks/nav-monthly/runbook.md"] = "---\(runbook)---\n# Monthly\n"
        files["runbooks/nav-monthly/nav_monthly.py"] = ""
        files["capabilities/shared.py"] = ""
        let kinds = try Samples.loaded(files, tenant: "alder").map(\.key.kind)
        #expect(Set(kinds) == Set(ResourceKind.allCases))
        #expect(try HomeConfiguration.parse(Array(configuration.utf8)).repository.auth.type == "ssh-key")
    }

    @Test("It names every key of every kind")
    func namesEveryKey() throws {
        let text = try page()
        for table in KindTable.all {
            for field in table.spec.fields where !["description", "command"].contains(field.name) {
                #expect(text.contains(field.name), "\(table.kind.rawValue).\(field.name)")
            }
        }
    }
}

import Foundation
import Testing

@Suite("docs/security.md")
struct SecurityPageTests {
    /// A test as the page names it: `` `Suite "its sentence"` ``.
    struct Named: Hashable, CustomStringConvertible {
        var suite: String
        var sentence: String
        var description: String { "\(suite) \"\(sentence)\"" }
    }

    private func page() throws -> String { try String(contentsOfFile: Program.root + "/docs/security.md", encoding: .utf8) }

    private static func named(in text: String) -> [Named] {
        text.matches(of: /`(\w+) "([^`]+)"`/).map { Named(suite: String($0.1), sentence: String($0.2)) }
    }

    /// Every test of the sources, under the type that holds it.
    private func tests() throws -> Set<Named> {
        var found: Set<Named> = []
        let folder = Program.root + "/Tests"
        for path in try #require(FileManager.default.enumerator(atPath: folder)).compactMap({ $0 as? String }) where path.hasSuffix(".swift") {
            let text = try String(contentsOfFile: folder + "/" + path, encoding: .utf8)
            var suite = ""
            for match in text.matches(of: /(?m)^(?:@Suite[^\n]* )?struct (\w+)|@Test\(\s*"((?:[^"\\]|\\.)*)"/) {
                if let name = match.1 {
                    suite = String(name)
                } else if let sentence = match.2 {
                    found.insert(Named(suite: suite, sentence: String(sentence).replacing("\\\"", with: "\"")))
                }
            }
        }
        return found
    }

    @Test("every test that the page names is there")
    func exist() throws {
        let (named, tests) = (Self.named(in: try page()), try tests())
        #expect(named.count > 40 && tests.count > 300, "\(named.count) of \(tests.count)")
        for one in named { #expect(tests.contains(one), "there is no test \(one)") }
        #expect(!tests.contains(Named(suite: "SecurityPageTests", sentence: "a test that is not there")))
    }

    @Test("every claim names a test")
    func shown() throws {
        let rows = try page().split(separator: "\n").filter { $0.hasPrefix("| ") && !$0.hasPrefix("| claim") }
        #expect(rows.count > 25)
        for row in rows { #expect(!Self.named(in: String(row)).isEmpty, "nothing shows: \(row)") }
    }
}

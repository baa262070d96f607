import Foundation
import Testing

@Suite("docs/reasons.md")
struct ReasonsPageTests {
    private static let root = URL(fileURLWithPath: Program.root)

    /// What errors and refusals are called in the sources: the words that a `reason` gives.
    private func reasons() throws -> Set<String> {
        let forms = [
            // A `reason` of an error enum or struct.
            #/case [^"\n]*: "(?<word>[A-Z][A-Za-z0-9]+)"\n/#, #/var reason: String \{ (?:[^"\n]*\? )?"(?<word>[A-Z][A-Za-z0-9]+)"/#,
            // A value that carries one.
            #/reason: "(?<word>[A-Z][A-Za-z0-9]+)"/#,
        ]
        var found: Set<String> = []
        let sources = Self.root.appending(path: "Sources")
        for case let file as URL in FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil) ?? .init()
        where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            // Only files in which something gives a reason: other tables of words look alike.
            guard text.contains("reason: ") else { continue }
            for form in forms { found.formUnion(text.matches(of: form).map { String($0.output.word) }) }
        }
        return found
    }

    @Test("names every reason of the program, with its meaning and remedy")
    func complete() throws {
        let page = try String(contentsOf: Self.root.appending(path: "docs/reasons.md"), encoding: .utf8)
        let named = Set(page.matches(of: #/`(?<word>[A-Z][A-Za-z0-9]+)`/#).map { String($0.output.word) })
        let reasons = try reasons()
        #expect(reasons.count > 80)
        #expect(reasons.subtracting(named).sorted() == [])
    }

    @Test("names no reason that the program does not know")
    func honest() throws {
        let page = try String(contentsOf: Self.root.appending(path: "docs/reasons.md"), encoding: .utf8)
        var sources = ""
        for case let file as URL in FileManager.default.enumerator(
            at: Self.root.appending(path: "Sources"), includingPropertiesForKeys: nil) ?? .init()
        where ["swift", "py"].contains(file.pathExtension) {
            sources += try String(contentsOf: file, encoding: .utf8)
        }
        let named = Set(page.matches(of: #/`(?<word>[A-Z][a-z]+[A-Z0-9][A-Za-z0-9]+)`/#).map { String($0.output.word) })
        #expect(named.filter { !sources.contains("\"\($0)\"") }.sorted() == [])
    }
}

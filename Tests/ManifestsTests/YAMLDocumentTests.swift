import Model
import Testing

@testable import Manifests

@Suite("Reading YAML")
struct YAMLDocumentTests {
    private static let heap = String(repeating: "\u{301}", count: 31)

    private func problems(_ text: String) -> [Problem] { problems(Array(text.utf8)) }
    private func problems(_ bytes: [UInt8]) -> [Problem] { YAMLDocument.read(bytes, file: "a.yaml").problems }
    private func value(_ text: String) throws -> YAMLNode.Value {
        try YAMLDocument.parse(Array("v: \(text)\n".utf8), file: "a.yaml").entry("v")?.value.value ?? .refused
    }

    @Test("Every key and value knows its line and column, in characters")
    func positions() throws {
        let root = try YAMLDocument.parse(Array("# über\nä: {b: [1, ü, x]}\n".utf8), file: "a.yaml")
        let entry = try #require(root.entry("ä"))
        #expect(entry.keyPosition == .init(line: 2, column: 1))
        #expect(root.position(of: [.key("ä"), .key("b"), .index(2)]) == .init(line: 2, column: 15))
        #expect(root.position(of: [.key("ä"), .key("none")]) == .init(line: 2, column: 1))
    }

    @Test(
        "Plain scalars resolve after the core schema, and nothing is a boolean by accident",
        arguments: [
            ("null", YAMLNode.Value.null), ("~", .null), ("", .null), ("true", .bool(true)), ("false", .bool(false)),
            ("yes", .string("yes")), ("No", .string("No")), ("on", .string("on")), ("True", .string("True")),
            ("0", .integer(0)), ("-12", .integer(-12)), ("9007199254740991", .integer(9_007_199_254_740_991)),
            ("2026-03-31", .string("2026-03-31")), ("12:30:45", .string("12:30:45")), ("1_000", .string("1_000")),
            ("-", .string("-")), ("'1'", .string("1")), ("\"true\"", .string("true")), ("0.1.0", .string("0.1.0")),
            ("9007199254740992", .inexactNumber("9007199254740992")), ("0.015", .inexactNumber("0.015")),
            (".5", .inexactNumber(".5")), ("1.", .inexactNumber("1.")), ("1e3", .inexactNumber("1e3")),
            ("007", .inexactNumber("007")), ("+5", .inexactNumber("+5")), ("0x1F", .inexactNumber("0x1F")),
            ("0o17", .inexactNumber("0o17")), (".inf", .inexactNumber(".inf")), ("-.INF", .inexactNumber("-.INF")),
            (".nan", .inexactNumber(".nan")), ("99999999999999999999", .inexactNumber("99999999999999999999")),
            ("-0", .inexactNumber("-0")),
        ])
    func scalars(text: String, expected: YAMLNode.Value) throws {
        if text == "-" { return #expect(PlainScalar.resolve(text) == expected) }
        #expect(try value(text) == expected)
    }

    @Test(
        "What another reader could take differently is refused on its line",
        arguments: [
            ("a: &x 1\n", 1, "anchor"), ("a: 1\nb: *x\n", 2, "alias"), ("a: !!str 1\n", 1, "tag"),
            ("! a: 1\n", 1, "tag"),
            ("a: 1\n\na: 2\n", 3, "second time (first on line 1)"), ("a: {b: 1, b: 2}\n", 1, "second time"),
            ("<<: {a: 1}\n", 1, "merge key"), ("1: a\n", 1, "A key must be text, not 1"),
            ("true: a\n", 1, "key must be text"),
            ("? [a]\n: b\n", 1, "key must be text, not a list"), ("a: 1\n---\nb: 1\n", 2, "second YAML document"),
            ("", 1, "empty"), ("# nothing\n", 1, "empty"), ("a: [1\nb: 2\n", 2, "Not valid YAML"),
            ("a:\n\t- 1\n", 2, "Not valid YAML"),
            ("a: 'x\n", 2, "Not valid YAML"), ("a: 1\r\nb: 2\r\n", 1, "CR"), ("a: \u{0}\n", 1, "NUL"),
            ("a: \u{7}\n", 1, "control character 7"),
            ("\u{feff}a: 1\n", 1, "byte order mark"),
            ("%YAML 1.2\n---\na: 1\n", 1, "directive"), ("a: 1\n...\n%TAG !a! b\n", 3, "directive"),
            ("a: 1\nb: a\(heap)\n", 2, "marks"), ("a\(heap): 1\n", 1, "marks"),
            ("a: \"\(String(repeating: "\\u0301", count: 31))\"\n", 1, "marks"),
        ])
    func refused(text: String, line: Int, words: String) throws {
        let problem = try #require(problems(text).first)
        #expect(problem.line == line)
        #expect(problem.message.contains(words), "\(problem.message)")
        #expect(!problem.remedy.isEmpty)
    }

    @Test("Invalid UTF-8 and UTF-16 are named")
    func encodings() throws {
        #expect(problems(Array("a: 1\nb: ".utf8) + [0xc3, 0x28, 0x0a]).map(\.line) == [2])
        #expect(problems([0xed, 0xa0, 0x80]).first?.message == "The line is not valid UTF-8")
        #expect(problems([0xff, 0xfe, 0x61, 0x00]).first?.message.contains("UTF-16") == true)
    }

    @Test("One file gives several problems")
    func several() {
        #expect(problems("a: &x 1\nb: *x\nc: 1\nc: 2\nd: !t 1\n").map(\.line) == [1, 2, 4, 5])
    }

    @Test("An alias bomb is refused without being expanded")
    func aliasBomb() {
        var text = "a: &a [x, x]\n"
        for letter in "bcdefghijklmnopqrstuvwxyz" {
            text += "\(letter): &\(letter) [*a, *a, *a, *a, *a, *a, *a, *a, *a]\n"
        }
        let found = problems(text)
        #expect(found.count == YAMLDocument.maximumProblems)
    }

    @Test("Depth and size end at their limits")
    func limits() {
        let deep = String(repeating: "[", count: 32) + String(repeating: "]", count: 32)
        #expect(problems(deep).isEmpty)
        #expect(problems(String(repeating: "[", count: 33)).first?.message.contains("32 levels") == true)
        #expect(problems(String(repeating: "[", count: 900_000)).first?.message.contains("32 levels") == true)
        #expect(problems(String(repeating: "- ", count: 400_000)).first?.message.contains("32 levels") == true)
        #expect(
            problems(String(repeating: "a", count: YAMLDocument.maximumBytes + 1)).first?.message.contains("bytes")
                == true)
        let wide = (0..<60_000).map { "k\($0): 1\n" }.joined()
        #expect(problems(wide).isEmpty)
        let repeated = String(repeating: "k: 1\n", count: 150_000)
        #expect(problems(repeated).count == YAMLDocument.maximumProblems)
    }

    @Test("No prefix of a manifest and no flipped byte brings the reader down")
    func halfWritten() {
        let bytes = Array((Samples.workspace["tenants/alder/deployments/nav.yaml"] ?? "").utf8)
        for end in 0..<bytes.count { _ = problems(Array(bytes[..<end])) }
        let seed = UInt64.random(in: 0 ... .max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            var flipped = bytes
            for _ in 0..<3 {
                flipped[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let (root, found) = YAMLDocument.read(flipped, file: "a.yaml")
            #expect(root != nil || !found.isEmpty, "seed \(seed)")
        }
    }
}

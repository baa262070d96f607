import Foundation
import Testing

@testable import Manifests

@Suite("Patterns without backtracking")
struct PatternTests {
    @Test(
        "A pattern matches what it should, and only that",
        arguments: [
            ("a", ["a", "xax"], ["", "b"]), ("^a$", ["a"], ["aa", "ba", "a\n"]),
            ("^a|b$", ["ax", "xb"], ["xax", "bx"]),
            ("^(a|bc)+$", ["a", "bca"], ["", "b"]), ("^a{2,3}$", ["aa", "aaa"], ["a", "aaaa"]),
            ("^a{2}$", ["aa"], ["aaa"]),
            ("^a{2,}$", ["aa", "aaaaa"], ["a"]), ("^[a-c_.]*$", ["", "a_.c"], ["d"]),
            ("^[^a-c]$", ["d", "ü"], ["a", ""]),
            ("^\\d+\\.\\d{2}$", ["12.30"], ["12.3", "12,30"]), ("^\\w+\\s\\S$", ["ab !"], ["ab", "a  "]),
            ("^.$", ["x", "€"], ["\n", "xx"]),
            ("^a??b$", ["b", "ab"], ["aab"]), ("", ["", "x"], []), ("^(?:a(b)?)*$", ["", "aab"], ["b"]),
            ("^[]a]$", [], ["]", "a"]),
            ("^[\\]\\-a]$", ["]", "-", "a"], ["b"]), ("^[a-]$", ["-", "a"], ["b"]), ("x*", ["", "y"], []),
            ("^()*$", [""], ["a"]),
        ])
    func matches(text: String, taken: [String], refused: [String]) throws {
        if text == "^[]a]$" { return #expect(try Pattern(text).matches("a]") == false) }
        let pattern = try Pattern(text)
        for subject in taken { #expect(pattern.matches(subject), "\(text) on \(subject)") }
        for subject in refused { #expect(!pattern.matches(subject), "\(text) on \(subject)") }
    }

    @Test(
        "What the engine does not take is said",
        arguments: [
            "(", ")", "a)", "[a", "a{", "a{2", "a{3,2}", "*", "a**", "a+{2}", "(?=a)", "(?<n>a)", "\\1", "\\b",
            "\\p{L}", "\\", "[b-a]",
            "^*", "a{501}", String(repeating: "a", count: 501), String(repeating: "(", count: 40),
            "((((a{500}){500}){500}){500}){500}", "(((((){500}){500}){500}){500}){500}",
        ])
    func refuses(text: String) {
        #expect(throws: PatternError.self) { try Pattern(text) }
    }

    @Test("A pattern that hangs a backtracking engine takes no time")
    func noBacktracking() throws {
        let pattern = try Pattern("^(a+)+$|^(a|a)*$|^(a*)*b$")
        #expect(!pattern.matches(String(repeating: "a", count: 20_000) + "c"))
    }

    @Test("It agrees with the regular expressions of the operating system")
    func agrees() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let pieces = ["a", "b", "[ab]", "[^a]", ".", "a?", "b*", "a+", "(a|b)", "(ab)*", "b{1,2}", "^", "$", "|"]
        for _ in 0..<400 {
            let text = (0..<Int.random(in: 1...6, using: &random)).map { _ in pieces.randomElement(using: &random) ?? ""
            }.joined()
            guard let theirs = try? NSRegularExpression(pattern: text) else { continue }
            let ours = try Pattern(text)
            for _ in 0..<10 {
                let subject = String(
                    (0..<Int.random(in: 0...6, using: &random)).map { _ in "abc".randomElement(using: &random) ?? "a" })
                let expected =
                    theirs.firstMatch(in: subject, range: NSRange(location: 0, length: subject.utf16.count)) != nil
                #expect(ours.matches(subject) == expected, "seed \(seed): \(text) on \(subject)")
            }
        }
    }
}

import Testing

@testable import Model

@Suite("Texts that somebody else wrote")
struct ExcerptTests {
    @Test("An excerpt is short, whatever one character holds")
    func short() {
        #expect(excerpt("Alder UK") == "Alder UK")
        #expect(excerpt(String(repeating: "x", count: 40)) == String(repeating: "x", count: 40))
        #expect(excerpt(String(repeating: "x", count: 41)) == String(repeating: "x", count: 40) + "…")
        #expect(excerpt("a" + String(repeating: "\u{301}", count: 100_000)).utf8.count < 100)
        #expect(excerpt("abc", 2) == "ab…")
    }

    @Test("What a terminal would act upon is written out")
    func controls() {
        #expect(excerpt("\u{1b}[31mred") == "\\u{1B}[31mred")
        #expect(printable("a\u{202e}b\u{7f}") == "a\\u{202E}b\\u{7F}")
        #expect(printable("Ünïcode ✓") == "Ünïcode ✓")
    }

    @Test("Marks of real writing are no heap")
    func marks() {
        #expect(!heapsMarks("Zürich, Łódź, नमस्ते, שָׁלוֹם, ᄒᆞᆫ, 👩‍👩‍👧‍👦"))
        #expect(!heapsMarks("a" + String(repeating: "\u{301}", count: 30)))
        #expect(heapsMarks("a" + String(repeating: "\u{301}", count: 31)))
        #expect(heapsMarks(String(repeating: "\u{0f73}", count: 31)), "marks that count as letters until they are taken apart")
        #expect(!heapsMarks(String(repeating: "a\u{301}", count: 1_000)))
    }
}

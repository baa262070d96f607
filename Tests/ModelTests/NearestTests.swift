import Testing

@testable import Model

@Suite("The nearest word")
struct NearestTests {
    @Test("Distances are those of the table that everybody knows")
    func agreesWithTheTable() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed of NearestTests: \(seed)")
        var state = seed
        func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let letters: [Character] = ["a", "b", "c", "é"]
        func word(_ longest: Int) -> String { String((0..<below(longest + 1)).map { _ in letters[below(4)] }) }
        for _ in 0..<2_000 {
            let a = word(below(8) == 0 ? 64 : 7), b = word(below(8) == 0 ? 80 : 7)
            guard let alignment = Alignment(a) else { continue }
            #expect(alignment.distance(to: b) == table(Array(a.unicodeScalars), Array(b.unicodeScalars)), "seed \(seed): '\(a)' and '\(b)'")
        }
    }

    @Test("The same word in another spelling, a swap, and nothing that is too far")
    func suggests() {
        let known = ["baseCurrency", "timeZone", "name"]
        #expect(nearest(to: "base_currency", among: known) == "baseCurrency")
        #expect(nearest(to: "nmae", among: known) == "name")
        #expect(nearest(to: "timezon", among: known) == "timeZone")
        #expect(nearest(to: "frequency", among: known) == nil)
        #expect(nearest(to: "", among: known) == nil)
        #expect(nearest(to: String(repeating: "n", count: 65), among: known) == nil)
    }

    /// Optimal string alignment, row by row.
    private func table(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
        var rows = [Array(0...b.count)]
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var least = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, rows[i - 1][j - 1] + 1) }
                row.append(least)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}

/// One of the five fields: what may stand in it, and how it is read.
struct CronField: Sendable {
    /// For messages: `the minute`.
    let name: String
    let range: ClosedRange<Int>
    /// Words for the values from `range.lowerBound` on.
    let words: [String]

    static let minute = CronField(name: "the minute", range: 0...59, words: [])
    static let hour = CronField(name: "the hour", range: 0...23, words: [])
    static let dayOfMonth = CronField(name: "the day of the month", range: 1...31, words: [])
    static let month = CronField(
        name: "the month", range: 1...12,
        words: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])
    /// 0 and 7 are Sunday.
    static let dayOfWeek = CronField(
        name: "the day of the week", range: 0...7, words: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"])

    static let all = [minute, hour, dayOfMonth, month, dayOfWeek]

    /// The values as bits (bit 0 is the value 0), or `nil` where the text is not of the grammar.
    ///
    /// A field is a list of parts; a part is `*`, a value or a range, each with an optional step. A value with a step
    /// runs to the end of the field: `5/15` is 5, 20, 35 and 50.
    func bits(of text: Substring) -> UInt64? {
        var all: UInt64 = 0
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let some = valuesAsBits(ofPart: part) else { return nil }
            all |= some
        }
        return all
    }

    private func valuesAsBits(ofPart part: Substring) -> UInt64? {
        let halves = part.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count <= 2, let first = halves.first else { return nil }
        var step = 1
        if halves.count == 2 {
            guard let number = number(halves[1]), number > 0, number <= range.upperBound else { return nil }
            step = number
        }
        guard let span = span(first, isStepped: halves.count == 2) else { return nil }
        return stride(from: span.lowerBound, through: span.upperBound, by: step).reduce(0) { $0 | 1 << UInt64($1) }
    }

    private func span(_ text: Substring, isStepped: Bool) -> ClosedRange<Int>? {
        // Sunday's second number is left out where a whole week is meant: a step must not see an eighth day.
        let end = self.words.count == 7 ? 6 : range.upperBound
        if text == "*" { return range.lowerBound...end }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count <= 2, let low = ends.first.flatMap(value) else { return nil }
        if ends.count == 1 { return low...(isStepped ? max(low, end) : low) }
        guard let high = value(ends[1]), low <= high else { return nil }
        return low...high
    }

    private func value(_ text: Substring) -> Int? {
        if let index = words.firstIndex(of: text.lowercased()) { return index + range.lowerBound }
        guard let value = number(text), range.contains(value) else { return nil }
        return value
    }

    /// One or two ASCII digits: `Int("+3")` would pass.
    private func number(_ text: Substring) -> Int? {
        guard (1...2).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }
}

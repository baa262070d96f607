import Model

/// Journal entries as the text of a scenario's `posted.csv`: a line for each line of an entry, in the order of posting.
enum PostedEntries {
    private static let header = "entry,date,opening,description,account,debit,credit,currency,memo"

    static func csv(_ entries: [JournalEntry]) -> [UInt8] {
        var text = header + "\n"
        for entry in entries {
            for line in entry.lines {
                let amount = Amount(minorUnits: abs(line.minorUnits), currency: line.currency).decimal
                let fields = [
                    String(entry.number), entry.date.description, entry.opening ? "yes" : "", entry.description, line.account,
                    line.minorUnits > 0 ? amount : "", line.minorUnits > 0 ? "" : amount, line.currency.code, line.memo ?? "",
                ]
                text += fields.map(field).joined(separator: ",") + "\n"
            }
        }
        return Array(text.utf8)
    }

    /// RFC 4180: quoted only where needed.
    private static func field(_ text: String) -> String {
        guard text.utf8.contains(where: { [0x2c, 0x22, 0x0a, 0x0d].contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}

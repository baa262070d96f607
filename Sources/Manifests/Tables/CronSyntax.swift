/// The syntax of five cron fields: minute, hour, day of month, month, day of week.
enum CronSyntax {
    static let words = ["@daily", "@weekly", "@monthly", "@quarterly", "@yearly"]

    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
    private static let days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    @Sendable static func isValid(_ text: String) -> Bool {
        if text.hasPrefix("@") { return words.contains(text) }
        let fields = text.split(separator: " ", omittingEmptySubsequences: false)
        guard fields.count == 5 else { return false }
        return isField(fields[0], 0...59) && isField(fields[1], 0...23) && isField(fields[2], 1...31)
            && isField(fields[3], 1...12, names: months, firstName: 1)
            && isField(fields[4], 0...7, names: days, firstName: 0)
    }

    private static func isField(
        _ field: Substring, _ range: ClosedRange<Int>, names: [String] = [], firstName: Int = 0
    ) -> Bool {
        field.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { part in
            let steps = part.split(separator: "/", omittingEmptySubsequences: false)
            guard steps.count <= 2, let first = steps.first else { return false }
            if steps.count == 2 {
                guard let step = number(steps[1]), step > 0, step <= range.upperBound else { return false }
            }
            if first == "*" { return true }
            let ends = first.split(separator: "-", omittingEmptySubsequences: false).map {
                value($0, range, names, firstName)
            }
            switch ends.count {
            case 1: return ends[0] != nil
            case 2: if let low = ends[0], let high = ends[1] { return low <= high } else { return false }
            default: return false
            }
        }
    }

    private static func value(
        _ text: Substring, _ range: ClosedRange<Int>, _ names: [String], _ firstName: Int
    ) -> Int? {
        if let index = names.firstIndex(of: text.lowercased()) { return index + firstName }
        guard let value = number(text), range.contains(value) else { return nil }
        return value
    }

    private static func number(_ text: Substring) -> Int? {
        guard (1...2).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }
}

/// A whole second of UTC; with the schedule's key it identifies a start.
public struct Instant: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// Since 1970-01-01T00:00:00Z.
    public let seconds: Int64

    public init(seconds: Int64) { self.seconds = seconds }

    public init(from decoder: any Decoder) throws {
        seconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(seconds)
    }

    public static func < (a: Self, b: Self) -> Bool { a.seconds < b.seconds }

    /// RFC 3339, such as `2026-03-05T07:00:00Z`; the seconds alone where the year has not four digits.
    public var description: String {
        let value = Int(clamping: seconds)
        guard (-62_167_219_200..<253_402_300_800).contains(value) else { return String(seconds) }
        let day = value.flooredQuotient(86_400)
        let rest = value - day * 86_400
        let (month, dayOfMonth) = Day(number: day).parts
        let padded = { (value: Int, width: Int) in
            String(repeating: "0", count: max(0, width - String(value).count)) + String(value)
        }
        return "\(padded(month.year, 4))-\(padded(month.month, 2))-\(padded(dayOfMonth, 2))"
            + "T\(padded(rest / 3_600, 2)):\(padded(rest / 60 % 60, 2)):\(padded(rest % 60, 2))Z"
    }
}

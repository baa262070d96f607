/// A calendar date of the proleptic Gregorian calendar, without a time zone.
public struct CalendarDate: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let year: Int
    public let month: Int
    public let day: Int

    /// `nil` unless the date exists and its year lies in 1900...9999.
    public init?(year: Int, month: Int, day: Int) {
        guard (1900...9999).contains(year), (1...12).contains(month),
            (1...CalendarDate.daysIn(month: month, of: year)).contains(day)
        else { return nil }
        self.init(unchecked: year, month, day)
    }

    /// Parses exactly `YYYY-MM-DD`.
    public init?(_ text: String) {
        guard text.utf8.count == 10 else { return nil }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count == 4, parts[1].utf8.count == 2,
            let year = decimal(parts[0]), let month = decimal(parts[1]), let day = decimal(parts[2])
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    private init(unchecked year: Int, _ month: Int, _ day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    public static func daysIn(month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// The day before.
    public var previousDay: CalendarDate {
        if day > 1 { return CalendarDate(unchecked: year, month, day - 1) }
        let (y, m) = month > 1 ? (year, month - 1) : (year - 1, 12)
        return CalendarDate(unchecked: y, m, CalendarDate.daysIn(month: m, of: y))
    }

    public var description: String { "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))" }
    public static func < (a: Self, b: Self) -> Bool { (a.year, a.month, a.day) < (b.year, b.month, b.day) }
}

/// An accounting period: a month (`2026-03`), a quarter (`2026-Q1`) or a year (`2026`).
public struct Period: Hashable, Sendable, CustomStringConvertible {
    public let description: String
    /// First day of the period.
    public let start: CalendarDate
    /// Last day of the period.
    public let end: CalendarDate
    private let months: Int

    /// `nil` unless `text` is `YYYY-MM`, `YYYY-Qn` or `YYYY`.
    public init?(_ text: String) {
        guard text.utf8.count <= 7 else { return nil }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard let first = parts.first, first.utf8.count == 4, let year = decimal(first), (1900...9998).contains(year)
        else { return nil }
        if parts.count == 1 {
            self.init(year: year, month: 1, months: 12)
        } else if parts.count == 2, parts[1].first == "Q", parts[1].utf8.count == 2,
            let quarter = decimal(parts[1].dropFirst()), (1...4).contains(quarter)
        {
            self.init(year: year, month: quarter * 3 - 2, months: 3)
        } else if parts.count == 2, parts[1].utf8.count == 2, let month = decimal(parts[1]), (1...12).contains(month) {
            self.init(year: year, month: month, months: 1)
        } else {
            return nil
        }
    }

    private init(year: Int, month: Int, months: Int) {
        self.months = months
        let last = month + months - 1
        start = CalendarDate(year: year, month: month, day: 1)!  // callers pass a year and month in range
        end = CalendarDate(year: year, month: last, day: CalendarDate.daysIn(month: last, of: year))!
        switch months {
        case 1: description = "\(padded(year, 4))-\(padded(month, 2))"
        case 3: description = "\(padded(year, 4))-Q\((month + 2) / 3)"
        default: description = padded(year, 4)
        }
    }

    /// The period of the same length that ends the day before this one starts.
    public var previous: Period? {
        guard start.year > 1900 else { return nil }
        let zeroBased = start.year * 12 + start.month - 1 - months
        return Period(year: zeroBased / 12, month: zeroBased % 12 + 1, months: months)
    }

    /// The period of the same length that starts the day after this one ends.
    public var next: Period? {
        guard end.year < 9998 else { return nil }
        let zeroBased = start.year * 12 + start.month - 1 + months
        return Period(year: zeroBased / 12, month: zeroBased % 12 + 1, months: months)
    }
}

extension Period: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let period = Period(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a period: \(text)")
        }
        self = period
    }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension CalendarDate: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let date = CalendarDate(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a date: \(text)")
        }
        self = date
    }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// Plain ASCII digits only: `Int("+3")` would pass.
private func decimal(_ text: some StringProtocol) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int(text)
}

private func padded(_ value: Int, _ width: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, width - text.count)) + text
}

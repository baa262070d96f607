import Model

/// RFC 3339 times of a run as the shim wants them.
enum LogicalTime {
    /// Nanoseconds since 1970 of a time such as `2026-03-31T23:59:59+01:00`.
    static func nanoseconds(_ text: String) throws -> Int64 {
        guard let seconds = seconds(text), seconds >= 0 else {
            throw ExecutorError.startInvalid(why: "the logical time \(text) is not an RFC 3339 time from 1970 on")
        }
        return seconds * 1_000_000_000
    }

    private static func seconds(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[10] == UInt8(ascii: "T"),
            let date = CalendarDate(String(text.prefix(10))),
            let hour = number(bytes[11..<13], below: 24), bytes[13] == UInt8(ascii: ":"),
            let minute = number(bytes[14..<16], below: 60), bytes[16] == UInt8(ascii: ":"),
            let second = number(bytes[17..<19], below: 60),
            let offset = offset(bytes[19...])
        else { return nil }
        return days(date) * 86400 + hour * 3600 + minute * 60 + second - offset
    }

    /// `Z` or `±hh:mm`, in seconds.
    private static func offset(_ bytes: ArraySlice<UInt8>) -> Int64? {
        if bytes.elementsEqual("Z".utf8) { return 0 }
        let start = bytes.startIndex
        guard bytes.count == 6, bytes[start + 3] == UInt8(ascii: ":"),
            let hours = number(bytes[(start + 1)...(start + 2)], below: 24),
            let minutes = number(bytes[(start + 4)...(start + 5)], below: 60)
        else { return nil }
        switch bytes[start] {
        case UInt8(ascii: "+"): return hours * 3600 + minutes * 60
        case UInt8(ascii: "-"): return -(hours * 3600 + minutes * 60)
        default: return nil
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>, below limit: Int64) -> Int64? {
        guard digits.allSatisfy({ (0x30...0x39).contains($0) }),
            let value = Int64(String(decoding: digits, as: UTF8.self)), value < limit
        else { return nil }
        return value
    }

    /// Days since 1970-01-01 (proleptic Gregorian; years begin in March so that the leap day is the last).
    private static func days(_ date: CalendarDate) -> Int64 {
        let year = date.month <= 2 ? date.year - 1 : date.year
        let month = (date.month + 9) % 12
        let era = year / 400, yearOfEra = year % 400
        let dayOfYear = (153 * month + 2) / 5 + date.day - 1
        return Int64(era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468)
    }
}

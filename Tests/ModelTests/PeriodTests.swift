import Foundation
import Model
import Testing

@Suite("Periods and dates")
struct PeriodTests {
    @Test(
        "a month, a quarter and a year have first and last days",
        arguments: [
            ("2026-03", "2026-03-01", "2026-03-31"), ("2024-02", "2024-02-01", "2024-02-29"), ("1900-02", "1900-02-01", "1900-02-28"),
            ("2000-02", "2000-02-01", "2000-02-29"), ("2026-Q4", "2026-10-01", "2026-12-31"), ("2026", "2026-01-01", "2026-12-31"),
        ])
    func bounds(text: String, start: String, end: String) throws {
        let period = try #require(Period(text))
        #expect(period.start.description == start && period.end.description == end && period.description == text)
    }

    @Test("anything else is refused", arguments: ["", "26-03", "2026-13", "2026-00", "2026-3", "2026-Q5", "2026-03-01", "+026-03", "2026-٠٣", " 2026", "9999"])
    func refused(text: String) { #expect(Period(text) == nil) }

    @Test("previous and next are inverse, and join without a gap")
    func neighbours() throws {
        for text in ["1950-01", "2026-12", "2026-Q1", "2026", "2024-03"] {
            let period = try #require(Period(text))
            #expect(period.next?.previous == period && period.previous?.next == period)
            #expect(period.next?.start.previousDay == period.end)
        }
    }

    @Test("a date that does not exist is refused", arguments: ["2026-02-29", "2026-00-01", "2026-01-32", "2026-1-1", "20260101", ""])
    func noDate(text: String) { #expect(CalendarDate(text) == nil) }
}

@Suite("Amounts")
struct AmountTests {
    @Test("every amount in minor units is written with the currency's decimals and read back")
    func roundTrip() throws {
        for (code, decimals) in [("GBP", 2), ("JPY", 0), ("KWD", 3)] {
            let currency = try #require(Currency(code))
            for units in [0, 1, -1, 9, 10, 99, 100, -12345, Int64.max, Int64.min + 1] {
                let amount = Amount(minorUnits: units, currency: currency)
                #expect(Amount(amount.decimal, currency: currency) == amount)
                let fraction = amount.decimal.split(separator: ".")
                #expect(decimals == 0 ? fraction.count == 1 : fraction[1].count == decimals)
            }
        }
    }

    @Test("what is no exact amount is refused", arguments: ["", "-", "1.234", "1e3", "1,000.00", "0x10", ".5", "5.", "1.2.3", "--1", "+1", "٣", "99999999999999999999"])
    func refused(text: String) throws {
        #expect(Amount(text, currency: try #require(Currency("GBP"))) == nil)
    }

    @Test("zeros beyond the currency's decimals are no more exact and no less")
    func trailingZeros() throws {
        #expect(Amount("1.2300", currency: try #require(Currency("GBP")))?.minorUnits == 123)
        #expect(Amount("7", currency: try #require(Currency("GBP")))?.decimal == "7.00")
    }

    @Test("a currency is three capitals", arguments: ["gbp", "GB", "GBPX", "G1P", ""])
    func currency(text: String) { #expect(Currency(text) == nil) }
}

@Suite("Small helpers")
struct HelperTests {
    @Test("the nearest word is found across a typing mistake, and nothing is guessed beyond that")
    func nearestWord() {
        let words = ["deployments", "entities", "schedules", "agents"]
        #expect(nearest(to: "deployment", among: words) == "deployments")
        #expect(nearest(to: "entites", among: words) == "entities")
        #expect(nearest(to: "shcedules", among: words) == "schedules")
        #expect(nearest(to: "banana", among: words) == nil)
    }

    @Test("digests and ids are lower-case hexadecimal of the right length")
    func digests() {
        #expect(ContentDigest(hex: String(repeating: "a", count: 64)) != nil)
        #expect(ContentDigest(hex: String(repeating: "A", count: 64)) == nil)
        #expect(ContentDigest(hex: String(repeating: "a", count: 63)) == nil)
        #expect(GitObjectID(hex: String(repeating: "0", count: 40)) != nil)
        #expect(GitObjectID(hex: String(repeating: "g", count: 40)) == nil)
    }
}

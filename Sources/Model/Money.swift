/// An amount of a currency in its minor units (pence, cents), so that sums are exact.
///
/// The ledger holds nothing else: a journal line that is not a whole number of minor units is refused at the guest.
public struct Amount: Hashable, Sendable {
    /// Positive is a debit, negative a credit, wherever a side is not given beside it.
    public var minorUnits: Int64
    public var currency: Currency

    public init(minorUnits: Int64, currency: Currency) {
        self.minorUnits = minorUnits
        self.currency = currency
    }

    /// Parses a plain decimal such as `-1204.11`; `nil` when it has an exponent, too many decimals or overflows.
    public init?(_ text: String, currency: Currency) {
        var digits = Substring(text)
        let negative = digits.first == "-"
        if negative { digits = digits.dropFirst() }
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), !parts[0].isEmpty,
            parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
        else { return nil }
        var fraction = parts.count == 2 ? String(parts[1]) : ""
        if parts.count == 2, fraction.isEmpty { return nil }
        while fraction.utf8.count > currency.exponent, fraction.last == "0" { fraction.removeLast() }
        guard fraction.utf8.count <= currency.exponent else { return nil }
        fraction += String(repeating: "0", count: currency.exponent - fraction.utf8.count)
        guard let units = Int64((negative ? "-" : "") + parts[0] + fraction) else { return nil }
        self.init(minorUnits: units, currency: currency)
    }

    /// Plain decimal with exactly the currency's number of decimals.
    public var decimal: String {
        let digits = String(minorUnits.magnitude)
        guard currency.exponent > 0 else { return (minorUnits < 0 ? "-" : "") + digits }
        let padded = String(repeating: "0", count: max(0, currency.exponent + 1 - digits.count)) + digits
        let point = padded.index(padded.endIndex, offsetBy: -currency.exponent)
        return (minorUnits < 0 ? "-" : "") + padded[..<point] + "." + padded[point...]
    }
}

/// An ISO 4217 currency code and its number of decimals.
public struct Currency: Hashable, Sendable, CustomStringConvertible {
    public let code: String
    public let exponent: Int

    /// `nil` unless `code` is three capital letters.
    public init?(_ code: String) {
        guard code.utf8.count == 3, code.utf8.allSatisfy({ (0x41...0x5a).contains($0) }) else { return nil }
        self.code = code
        exponent = Currency.unusualExponents[code] ?? 2
    }

    public var description: String { code }

    /// ISO 4217 (list one, 2024): every active currency that does not have two decimals.
    private static let unusualExponents: [String: Int] = [
        "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0,
        "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
        "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3, "CLF": 4, "UYW": 4,
    ]
}

extension Currency: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let currency = Currency(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a currency: \(text)")
        }
        self = currency
    }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(code)
    }
}

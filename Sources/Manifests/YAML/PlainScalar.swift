/// Turns a plain (unquoted) scalar into a value, after the core schema of YAML 1.2 and stricter.
///
/// Only `true` and `false` are booleans: `yes`, `on` and `No` (Norway) stay text. A number is an integer only in its
/// one usual form; whatever else looks like a number to some reader is marked, because reading `0.10` as a float
/// or `007` as 7 changes what was written.
enum PlainScalar {
    /// Largest magnitude that canonical JSON carries exactly.
    static let largestInteger: Int64 = 9_007_199_254_740_991

    static func resolve(_ text: String) -> YAMLNode.Value {
        switch text {
        case "", "~", "null": return .null
        case "true": return .bool(true)
        case "false": return .bool(false)
        default: break
        }
        guard let first = text.utf8.first, isDigit(first) || first == 0x2b || first == 0x2d || first == 0x2e else {
            return .string(text)
        }
        if let number = integer(text) { return .integer(number) }
        return looksLikeNumber(text) ? .inexactNumber(text) : .string(text)
    }

    private static func integer(_ text: String) -> Int64? {
        let digits = text.utf8.first == 0x2d ? text.utf8.dropFirst() : text.utf8[...]
        guard let first = digits.first, digits.allSatisfy(isDigit), first != 0x30 || text == "0",
            let number = Int64(text), abs(number) <= largestInteger
        else { return nil }
        return number
    }

    private static func looksLikeNumber(_ text: String) -> Bool {
        var rest = text.utf8[...]
        if let sign = rest.first, sign == 0x2b || sign == 0x2d { rest = rest.dropFirst() }
        if [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"].contains(String(rest) ?? "") { return true }
        if rest.count > 2, rest.first == 0x30, let marker = rest.dropFirst().first, marker == 0x78 || marker == 0x6f {
            return rest.dropFirst(2).allSatisfy(isHexDigit)
        }
        let whole = rest.prefix(while: isDigit)
        rest = rest.dropFirst(whole.count)
        var fraction = 0
        if rest.first == 0x2e {
            rest = rest.dropFirst()
            fraction = rest.prefix(while: isDigit).count
            rest = rest.dropFirst(fraction)
        }
        guard whole.count + fraction > 0 else { return false }
        if let exponent = rest.first, exponent == 0x65 || exponent == 0x45 {
            rest = rest.dropFirst()
            if let sign = rest.first, sign == 0x2b || sign == 0x2d { rest = rest.dropFirst() }
            return !rest.isEmpty && rest.allSatisfy(isDigit)
        }
        return rest.isEmpty
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
    private static func isHexDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66)
    }
}

/// Numbers as ECMAScript writes them (`Number::toString`), which RFC 8785 asks for.
enum ECMAScriptNumber {
    /// The text of a finite number. Swift's own description holds the same shortest digits; only the layout differs.
    static func bytes(of value: Double) -> [UInt8] {
        if value == 0 { return [UInt8(ascii: "0")] }
        var (digits, point) = decompose(value.magnitude)
        while digits.count > 1, digits.last == zero { digits.removeLast() }
        return (value < 0 ? [UInt8(ascii: "-")] : []) + layOut(digits, point: point)
    }

    private static let zero = UInt8(ascii: "0")

    /// Significant digits, and where the decimal point stands relative to the first of them.
    private static func decompose(_ value: Double) -> (digits: [UInt8], point: Int) {
        var digits: [UInt8] = []
        var point: Int?
        var exponent = 0
        let text = Array(value.description.utf8)
        for (index, byte) in text.enumerated() {
            if byte == UInt8(ascii: ".") {
                point = digits.count
            } else if byte == UInt8(ascii: "e") {
                exponent = Int(String(decoding: text[(index + 1)...], as: UTF8.self)) ?? 0
                break
            } else {
                digits.append(byte)
            }
        }
        let leadingZeros = digits.prefix { $0 == zero }.count
        let position = (point ?? digits.count) - leadingZeros + exponent
        digits.removeFirst(leadingZeros)
        return (digits, position)
    }

    /// The four layouts of `Number::toString`; `n` there is `point` here.
    private static func layOut(_ digits: [UInt8], point: Int) -> [UInt8] {
        let dot = UInt8(ascii: ".")
        switch point {
        case digits.count...21 where digits.count <= 21:
            return digits + Array(repeating: zero, count: point - digits.count)
        case 1...21:
            return digits[..<point] + [dot] + digits[point...]
        case -5...0:
            return [zero, dot] + Array(repeating: zero, count: -point) + digits
        default:
            let mantissa = digits.count == 1 ? digits : digits[..<1] + [dot] + digits[1...]
            let exponent = point - 1
            return mantissa + Array("e\(exponent < 0 ? "-" : "+")\(exponent.magnitude)".utf8)
        }
    }
}

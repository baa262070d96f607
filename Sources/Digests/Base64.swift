/// Base64 after RFC 4648, strict: one text for one value.
public enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    /// Byte → six bits; 255 for what is not in the alphabet.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, byte) in alphabet.enumerated() { values[Int(byte)] = UInt8(value) }
        return values
    }()

    public static func encode(_ bytes: [UInt8], padded: Bool = true) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let count = min(3, bytes.count - start)
            var group = UInt32(0)
            for offset in 0..<3 { group = group << 8 | (offset < count ? UInt32(bytes[start + offset]) : 0) }
            for digit in 0...count { text.append(alphabet[Int(group >> (18 - 6 * UInt32(digit))) & 63]) }
            if padded { for _ in count..<3 { text.append(UInt8(ascii: "=")) } }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// `nil` for anything but the padded form that `encode` gives, without white space.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let text = Array(text.utf8)
        guard text.count % 4 == 0 else { return nil }
        let padding = text.suffix(2).filter { $0 == UInt8(ascii: "=") }.count
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var group = UInt32(0)
        var bits = 0
        for byte in text.dropLast(padding) {
            let value = values[Int(byte)]
            guard value != 255 else { return nil }
            group = group << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
                group &= (1 << UInt32(bits)) - 1
            }
        }
        // Left-over bits must be zero, or two texts would mean the same bytes.
        return group == 0 ? bytes : nil
    }
}

/// The armour of PEM and of OpenSSH: a label, and base64 in lines.
enum Armour {
    static func encode(_ bytes: [UInt8], label: String, width: Int) -> String {
        var lines = ["-----BEGIN \(label)-----"]
        let text = Array(Base64.encode(bytes).utf8)
        for start in stride(from: 0, to: text.count, by: width) {
            lines.append(String(decoding: text[start..<min(start + width, text.count)], as: UTF8.self))
        }
        lines.append("-----END \(label)-----")
        return lines.joined(separator: "\n") + "\n"
    }

    /// `nil` unless the text is exactly one armoured block with this label, white space around lines aside.
    static func decode(_ text: String, label: String) -> [UInt8]? {
        let lines = text.split(whereSeparator: \.isNewline).map { line in
            line.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()
        }.map { String($0) }.filter { !$0.isEmpty }
        guard lines.count >= 2, lines.first == "-----BEGIN \(label)-----", lines.last == "-----END \(label)-----" else {
            return nil
        }
        return Base64.decode(lines[1..<(lines.count - 1)].joined())
    }
}

/// A SHA-256 digest: 64 lower-case hexadecimal digits.
///
/// Everything the product keeps (documents, outputs, trees, histories) is named by one of these.
public struct ContentDigest: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let hex: String

    /// `nil` unless `hex` is exactly 64 lower-case hexadecimal digits.
    public init?(hex: String) {
        guard isLowerHex(hex, length: 64) else { return nil }
        self.hex = hex
    }

    /// The digest of 32 raw bytes.
    public init(bytes: some Collection<UInt8>) {
        precondition(bytes.count == 32, "a SHA-256 digest has 32 bytes")
        hex = lowerHex(bytes)
    }

    public var description: String { hex }
    /// The first twelve digits: for people, never for comparison.
    public var short: String { String(hex.prefix(12)) }
    public static func < (a: Self, b: Self) -> Bool { a.hex < b.hex }
}

/// A Git object id (SHA-1): 40 lower-case hexadecimal digits.
public struct GitObjectID: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let hex: String

    /// What Git writes where there is no object.
    public static let zero = GitObjectID(unchecked: String(repeating: "0", count: 40))

    public init?(hex: String) {
        guard isLowerHex(hex, length: 40) else { return nil }
        self.hex = hex
    }

    private init(unchecked hex: String) { self.hex = hex }

    /// What Git calls a tree without entries, everywhere.
    public static let emptyTree = GitObjectID(unchecked: "4b825dc642cb6eb9a060e54bf8d69288fbee4904")

    public var description: String { hex }
    public var short: String { String(hex.prefix(10)) }
    public static func < (a: Self, b: Self) -> Bool { a.hex < b.hex }
}

extension ContentDigest: Codable {
    public init(from decoder: any Decoder) throws {
        self = try decodeHex(decoder, "a SHA-256 digest", ContentDigest.init(hex:))
    }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }
}

extension GitObjectID: Codable {
    public init(from decoder: any Decoder) throws {
        self = try decodeHex(decoder, "a Git object id", GitObjectID.init(hex:))
    }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }
}

/// Lower-case hexadecimal of raw bytes.
public func lowerHex(_ bytes: some Collection<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 2)
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
}

private func isLowerHex(_ text: String, length: Int) -> Bool {
    text.utf8.count == length
        && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
}

private func decodeHex<T>(_ decoder: any Decoder, _ what: String, _ make: (String) -> T?) throws -> T {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let value = make(text) else {
        throw DecodingError.dataCorruptedError(in: container, debugDescription: "not \(what): \(text)")
    }
    return value
}

/// The byte format of OpenSSH keys and signatures (RFC 4251, section 5).
struct SSHWriter {
    private(set) var bytes: [UInt8] = []

    mutating func append(raw: some Collection<UInt8>) { bytes.append(contentsOf: raw) }
    mutating func append(_ number: UInt32) {
        for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }
    mutating func append(_ string: some Collection<UInt8>) {
        append(UInt32(string.count))
        append(raw: string)
    }
    mutating func append(_ string: String) { append(string.utf8) }
}

/// Reads the same format; every read is checked against what is left.
struct SSHReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func raw(_ count: Int) -> [UInt8]? {
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }
    mutating func number() -> UInt32? { raw(4)?.reduce(0) { $0 << 8 | UInt32($1) } }
    mutating func string() -> [UInt8]? { number().flatMap { raw(Int($0)) } }
}

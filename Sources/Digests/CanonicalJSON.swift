import Model

/// Canonical JSON after RFC 8785: equal values give equal bytes, so that a digest of them means something.
///
/// Two strings that Unicode calls canonically equivalent (`é` in one or in two scalars) are equal to Swift and yet have
/// different bytes: whoever asks whether two values are the same compares their canonical bytes or digests.
public enum CanonicalJSON {
    /// Deeper values have no canonical form here: the limit keeps a hostile document from exhausting the stack.
    public static let maximumEncodedDepth = 512
    /// The largest magnitude of an integer that every JSON reader keeps exactly (2^53 − 1).
    public static let largestInteger: Int64 = 9_007_199_254_740_991

    public static func encode(_ value: JSONValue) throws -> [UInt8] {
        var writer = CanonicalJSONWriter()
        do {
            try writer.write(value, depth: 0)
        } catch let problem as NoForm {
            throw problem.error
        }
        return writer.bytes
    }

    public static func string(_ value: JSONValue) throws -> String {
        String(decoding: try encode(value), as: UTF8.self)
    }

    /// SHA-256 of the canonical bytes.
    public static func digest(_ value: JSONValue) throws -> ContentDigest { SHA256.digest(try encode(value)) }

    /// Parses exactly one document, strictly after RFC 8259; duplicate keys, invalid UTF-8 and lone surrogates are
    /// refused, and so is an integer whose digits would be lost.
    public static func parse(_ bytes: [UInt8], maximumDepth: Int = 64) throws -> JSONValue {
        try bytes.withUnsafeBufferPointer { buffer in
            var parser = JSONParser(bytes: buffer, maximumDepth: maximumDepth)
            return try parser.parseDocument()
        }
    }

    public static func encode(_ value: some Encodable) throws -> [UInt8] {
        try encode(JSONValue(encoding: value))
    }

    public static func digest(_ value: some Encodable) throws -> ContentDigest {
        try digest(JSONValue(encoding: value))
    }

    public static func decode<T: Decodable>(_ type: T.Type, from bytes: [UInt8]) throws -> T {
        try parse(bytes).decode(type)
    }
}

import Digests
import Model
import Testing

/// Everything that the synthesised conformances of the model use.
private struct Sample: Codable, Hashable {
    enum Kind: String, Codable { case first, second }
    enum Sum: Codable, Hashable {
        case nothing
        case pair(left: Int, right: String)
    }
    struct Inner: Codable, Hashable { var digest: ContentDigest }

    var big: Int64
    var small: UInt8
    var ratio: Double
    var flag: Bool
    var text: String?
    var missing: String?
    var kind: Kind
    var sums: [Sum]
    var table: [String: [Inner]]
    var any: JSONValue
    var date: CalendarDate
    var optionals: [Int?]
}

@Suite struct JSONCodingTests {
    private func sample() throws -> Sample {
        Sample(
            big: CanonicalJSON.largestInteger, small: 255, ratio: 0.1, flag: true, text: "é\n", missing: nil, kind: .second,
            sums: [.nothing, .pair(left: -1, right: "")], table: ["a": [.init(digest: SHA256.digest([1]))], "": []],
            any: ["n": nil, "list": [1, .number(2.5), "x", [:], []]] as JSONValue,
            date: try #require(CalendarDate("2026-03-31")), optionals: [1, nil])
    }

    @Test("A model value survives the way to bytes and back, and its bytes are stable")
    func roundTrip() throws {
        let value = try sample()
        let bytes = try CanonicalJSON.encode(value)
        #expect(try CanonicalJSON.decode(Sample.self, from: bytes) == value)
        #expect(try CanonicalJSON.encode(CanonicalJSON.parse(bytes)) == bytes)
        #expect(try JSONValue(encoding: value).decode(Sample.self) == value)
        #expect(try JSONValue(encoding: value)["missing"] == nil)
        #expect(try CanonicalJSON.digest(value) == SHA256.digest(bytes))
    }

    @Test("Integers beyond 2^53 are exact as values and refused as bytes")
    func largeIntegers() throws {
        for number in [Int64.max, .min, 9_007_199_254_740_993] {
            #expect(try JSONValue(encoding: [number]) == .array([.integer(number)]))
            #expect(try JSONValue(encoding: [number]).decode([Int64].self) == [number])
            #expect(throws: DigestError.self) { try CanonicalJSON.encode([number]) }
        }
        #expect(throws: DigestError.self) { try JSONValue(encoding: [UInt64.max]) }
    }

    @Test("Scalars and empty containers are documents too")
    func scalars() throws {
        #expect(try CanonicalJSON.encode("a") == Array("\"a\"".utf8))
        #expect(try CanonicalJSON.encode([String: Int]()) == Array("{}".utf8))
        #expect(try CanonicalJSON.encode([Int]()) == Array("[]".utf8))
        #expect(try CanonicalJSON.encode(Int?.none) == Array("null".utf8))
        #expect(try CanonicalJSON.decode(Int.self, from: Array("7".utf8)) == 7)
        // A double that is whole is written as an integer and still read as a double.
        #expect(try CanonicalJSON.decode([Double].self, from: CanonicalJSON.encode([1.0, 1e20])) == [1, 1e20])
    }

    @Test("What does not fit names its place")
    func wrongShape() throws {
        var json = try JSONValue(encoding: sample()).object ?? [:]
        func error(_ key: String, _ value: JSONValue?) -> DigestError? {
            let before = json[key]
            defer { json[key] = before }
            json[key] = value
            return #expect(throws: DigestError.self) { try JSONValue.object(json).decode(Sample.self) }
        }
        #expect(error("big", nil)?.message.contains("'big' is missing") == true)
        #expect(error("big", .number(1.5))?.message.contains("/big") == true)
        #expect(error("small", 256)?.message.contains("UInt8") == true)
        #expect(error("flag", 1)?.message.contains("true or false") == true)
        #expect(error("kind", "third")?.message.contains("/kind") == true)
        #expect(error("table", ["x": [["digest": "00"]]])?.message.contains("/table/x/0/digest") == true)
        #expect(error("optionals", ["a"])?.message.contains("/optionals/0") == true)
    }
}

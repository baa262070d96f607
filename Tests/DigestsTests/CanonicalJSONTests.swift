import Digests
import Model
import Testing

private func parse(_ text: String) throws -> JSONValue { try CanonicalJSON.parse(Array(text.utf8)) }
private func canonical(_ text: String) throws -> String { try CanonicalJSON.string(parse(text)) }

@Suite struct CanonicalJSONTests {
    @Test("The sample of RFC 8785, section 3.2.2, comes out as published")
    func values() throws {
        let input = #"""
            {
              "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
              "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
              "literals": [null, true, false]
            }
            """#
        let expected = #"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"# +
            #""string":"€$\u000f\nA'B\"\\\\\"/"}"#
        #expect(try canonical(input) == expected)
    }

    @Test("Indented for people, it is the same document, a line for each member")
    func indented() throws {
        let value = try parse(#"{"b":[],"a":{"d":[1,"x\n"],"c":null},"e":{}}"#)
        let text = try IndentedJSON.text(value)
        #expect(text == "{\n  \"a\": {\n    \"c\": null,\n    \"d\": [\n      1,\n      \"x\\n\"\n    ]\n  },\n  \"b\": [],\n  \"e\": {}\n}\n")
        #expect(try parse(text) == value)
    }

    @Test("Keys sort by UTF-16 as in the sample of RFC 8785, section 3.2.3")
    func sorting() throws {
        let input = #"""
            {"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
             "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"}
            """#
        let order = [
            "Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign", "Emoji: Grinning Face",
            "Hebrew Letter Dalet With Dagesh",
        ]
        let text = try canonical(input)
        let places = order.map { name in text.ranges(of: "\"\(name)\"").first?.lowerBound }
        #expect(!places.contains(nil))
        #expect(places.compactMap { $0 } == places.compactMap { $0 }.sorted())
    }

    @Test(
        "Numbers are written as in appendix B of RFC 8785",
        arguments: [
            (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"), (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"), (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"), (0x4340_0000_0000_0000, "9007199254740992"),
            (0xc340_0000_0000_0000, "-9007199254740992"), (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"), (0x44b5_2d02_c7e1_4af6, "1e+23"),
            (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"), (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
            (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"), (0x444b_1ae4_d6e2_ef50, "1e+21"),
            (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"), (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x41b3_de43_5555_5553, "333333333.3333332"), (0x41b3_de43_5555_5554, "333333333.33333325"),
            (0x41b3_de43_5555_5555, "333333333.3333333"), (0x41b3_de43_5555_5556, "333333333.3333334"),
            (0x41b3_de43_5555_5557, "333333333.33333343"), (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
            (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
        ] as [(UInt64, String)])
    func numbers(bits: UInt64, text: String) throws {
        let value = Double(bitPattern: bits)
        #expect(try CanonicalJSON.string(.number(value)) == text)
        // What is written is read again and written the same.
        #expect(try canonical(text) == text)
    }

    @Test("Random doubles read back to the same bits, and writing is stable")
    func randomDoubles() throws {
        let seed = UInt64.random(in: 0...(.max))
        print("seed \(seed)")
        var random = SplitMix(state: seed)
        for _ in 0..<5000 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            let text = try CanonicalJSON.string(.number(value))
            #expect(Double(text) == value)
            #expect(try canonical(text) == text, "\(value)")
        }
    }

    @Test("What has no canonical form is refused and its place named")
    func noForm() throws {
        let cases: [JSONValue] = [
            .number(.nan), .number(.infinity), .number(-.infinity), .integer(9_007_199_254_740_992), .integer(.min),
        ]
        for value in cases {
            let error = #expect(throws: DigestError.self) { try CanonicalJSON.encode(["a/b": [1, value]] as JSONValue) }
            #expect(error?.message.contains("/a~1b/1") == true)
        }
        let extremes: JSONValue = [.integer(CanonicalJSON.largestInteger), .integer(-CanonicalJSON.largestInteger)]
        #expect(try CanonicalJSON.string(extremes) == "[9007199254740991,-9007199254740991]")
        #expect(try canonical("[9007199254740991,-9007199254740991,-0]") == "[9007199254740991,-9007199254740991,0]")
        let deep = (0..<600).reduce(JSONValue.null) { value, _ in .array([value]) }
        #expect(throws: DigestError.self) { try CanonicalJSON.encode(deep) }
    }

    @Test(
        "Malformed documents are refused at the right byte",
        arguments: [
            ("", 0), (" ", 1), ("{", 1), ("[1,]", 3), ("[1 2]", 3), ("{\"a\":1,}", 7), ("{\"a\" 1}", 5), ("{a:1}", 1),
            ("01", 0), ("-", 1), ("+1", 0), (".5", 0), ("1.", 2), ("1e", 2), ("1e+", 3), ("NaN", 0), ("tru", 0), ("nul ", 0),
            ("\"a", 0), ("\"\n\"", 1), ("\"\\x\"", 2), ("\"\\u12G4\"", 5), ("\"\\ud800\"", 1), ("\"\\udc00\"", 1),
            ("\"\\ud800\\u0041\"", 1), ("\"\\ud800x\"", 1), ("1 1", 2), ("{\"a\":1,\"\\u0061\":2}", 7), ("1e400", 0),
            ("9007199254740993", 0), ("-9007199254740993", 0), ("123456789012345678901234567890", 0), ("\u{FEFF}1", 0),
            ("\"\\", 2), ("'a'", 0), ("[1]//", 3), ("\"a\" \u{00A0}", 4),
        ])
    func malformed(text: String, offset: Int) {
        #expect {
            try parse(text)
        } throws: {
            guard case DigestError.invalidJSON(offset, _) = $0 else { return false }
            return true
        }
    }

    @Test(
        "Invalid UTF-8 is refused",
        arguments: [[0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]] as [[UInt8]])
    func invalidUTF8(sequence: [UInt8]) {
        for prefix in ["\"", "\"\\n"] {
            #expect(throws: DigestError.self) { try CanonicalJSON.parse(Array(prefix.utf8) + sequence + [0x22]) }
        }
    }

    @Test("Marks heaped on one letter are refused beyond what anybody writes, as a key and as a value")
    func marks() throws {
        func heap(_ count: Int) -> String { "a" + String(repeating: "\u{301}\u{316}", count: count / 2) }
        #expect(try parse("\"\(heap(500))\"") == .string(heap(500)))
        for text in ["\"\(heap(502))\"", "{\"\(heap(502))\":1}", "\"\(String(repeating: "\\u0301", count: 501))\""] {
            #expect(throws: DigestError.self) { try parse(text) }
        }
    }

    @Test("Depth is bounded, whatever the size of the document")
    func depth() throws {
        func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        #expect(try canonical(nested(64)) == nested(64))
        #expect(throws: DigestError.self) { try parse(nested(65)) }
        #expect(throws: DigestError.self) { try parse(String(repeating: "[", count: 1_000_000)) }
        #expect(throws: DigestError.self) { try parse(String(repeating: "{\"a\":", count: 1_000_000)) }
    }

    @Test("Very long numbers and strings are read in good time")
    func long() throws {
        let digits = String(repeating: "3", count: 200_000)
        #expect(try canonical("0.\(digits)") == "0.3333333333333333")
        #expect(throws: DigestError.self) { try parse(digits) }
        #expect(try parse("\"\(digits)\\n\"") == .string(digits + "\n"))
    }

    @Test("Every cut of a document is refused, and no changed byte stops the parser from ending")
    func hostile() throws {
        let seed = UInt64.random(in: 0...(.max))
        print("seed \(seed)")
        var random = SplitMix(state: seed)
        let whole = Array(#"{"a":[1,2.5e-3,"x\u00e9\ud83d\ude00\n",true,null],"b":{"c":-0}}"#.utf8)
        for length in 0..<whole.count {
            #expect(throws: DigestError.self) { try CanonicalJSON.parse(Array(whole[..<length])) }
        }
        for _ in 0..<5000 {
            var changed = whole
            changed[Int.random(in: 0..<whole.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            guard let value = try? CanonicalJSON.parse(changed) else { continue }
            let bytes = try CanonicalJSON.encode(value)
            #expect(try CanonicalJSON.encode(CanonicalJSON.parse(bytes)) == bytes)
        }
    }
}

/// A small generator with a seed that can be printed and given again.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

import Digests
import Testing

@Suite struct SHA1Tests {
    @Test("SHA-1 and its authentication code give the published values")
    func sha1() {
        func hex(_ bytes: [UInt8]) -> String { bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() }
        #expect(hex(SHA1.digest([])) == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
        #expect(hex(SHA1.digest(Array("abc".utf8))) == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(hex(SHA1.digest(Array(repeating: 0x61, count: 1_000))) == "291e9a6c66994949b57ba5e650361e98fc36b1ba")
        for length in 54...66 { #expect(SHA1.digest(Array(repeating: 0, count: length)).count == 20) }
        // RFC 2202, cases 2 and 6.
        #expect(hex(SHA1.authenticationCode(Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))) == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")
        #expect(
            hex(SHA1.authenticationCode(Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8), key: Array(repeating: 0xAA, count: 80)))
                == "aa4ae5e15272d00e95705637ce8a3b55ed402112")
    }
}

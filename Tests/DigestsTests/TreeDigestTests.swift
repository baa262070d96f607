import Digests
import Model
import Testing

@Suite struct TreeDigestTests {
    private let empty = SHA256.digest([UInt8]())

    @Test("SHA-256 of nothing and of abc are the published ones")
    func vectors() {
        #expect(empty.hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(SHA256.digest("abc".utf8).hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test("A manifest is sorted bytewise and reads back to the same entries")
    func manifest() throws {
        let paths = ["b", "a/b", "a-b", "é", "Z", "a b"]
        let entries = paths.map { TreeDigest.Entry(executable: $0 == "b", digest: empty, path: $0) }
        let manifest = try TreeDigest.manifest(entries)
        let parsed = try TreeDigest.parse(manifest)
        #expect(parsed.map(\.path) == ["Z", "a b", "a-b", "a/b", "b", "é"])
        #expect(Set(parsed) == Set(entries))
        #expect(try TreeDigest.digest(parsed.reversed()) == SHA256.digest(manifest))
        #expect(String(decoding: manifest, as: UTF8.self).contains("100755 \(empty.hex) b\n"))
    }
}

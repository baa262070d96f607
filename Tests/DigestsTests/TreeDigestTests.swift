import Digests
import Model
import Testing

private let empty = SHA256.digest([UInt8]())

@Suite struct SHA256Tests {
    @Test("SHA-256 of nothing and of abc are the published ones")
    func vectors() {
        #expect(empty.hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(SHA256.digest("abc".utf8).hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test("Bytes in pieces, from a collection without storage and from a file give one digest")
    func pieces() throws {
        let bytes = (0..<1_000_003).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let whole = SHA256.digest(bytes)
        var hasher = SHA256.Hasher()
        for start in stride(from: 0, to: bytes.count, by: 99_991) {
            hasher.update(Array(bytes[start..<min(start + 99_991, bytes.count)]))
        }
        hasher.update([])
        #expect(hasher.finish() == whole)
        #expect(SHA256.digest(bytes.lazy.map { $0 }) == whole)
        let folder = try TemporaryFolder()
        #expect(try SHA256.digest(ofFile: folder.write("large", bytes)) == whole)
        #expect(try SHA256.digest(ofFile: folder.write("empty", [])) == empty)
    }

    @Test("What is not a readable regular file is refused and named")
    func unreadable() throws {
        let folder = try TemporaryFolder()
        #expect(try folder.run("mkfifo", ["pipe"]).succeeded)
        for path in ["\(folder.path)/missing", folder.path, "\(folder.path)/pipe", "/dev/zero"] {
            let error = #expect(throws: DigestError.self) { try SHA256.digest(ofFile: path) }
            #expect(error?.message.contains(path) == true)
        }
    }
}

@Suite struct TreeDigestTests {
    private func entry(_ path: String, executable: Bool = false) -> TreeDigest.Entry {
        TreeDigest.Entry(executable: executable, digest: empty, path: path)
    }

    @Test("A manifest is sorted bytewise and reads back to the same entries")
    func manifest() throws {
        let entries = ["b", "a/b", "a-b", "é", "Z", "a b"].map { entry($0, executable: $0 == "b") }
        let manifest = try TreeDigest.manifest(entries)
        let parsed = try TreeDigest.parse(manifest)
        #expect(parsed.map(\.path) == ["Z", "a b", "a-b", "a/b", "b", "é"])
        #expect(Set(parsed) == Set(entries))
        #expect(try TreeDigest.digest(parsed.reversed()) == SHA256.digest(manifest))
        #expect(String(decoding: manifest, as: UTF8.self).contains("100755 \(empty.hex) b\n"))
        #expect(try TreeDigest.digest([]) == empty)
        #expect(try TreeDigest.parse([]).isEmpty)
    }

    @Test(
        "Paths that a manifest cannot hold are refused",
        arguments: ["", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", "a\nb", "a\0b"])
    func paths(path: String) {
        #expect(throws: DigestError.self) { try TreeDigest.manifest([entry(path)]) }
    }

    @Test("One path twice is refused; two spellings that only look alike are two paths")
    func duplicates() throws {
        #expect(throws: DigestError.self) { try TreeDigest.manifest([entry("a"), entry("b"), entry("a")]) }
        let manifest = try TreeDigest.manifest([entry("\u{E9}"), entry("e\u{301}")])
        #expect(try TreeDigest.parse(manifest).count == 2)
    }

    @Test("A manifest that is not exactly what we write is refused")
    func malformed() throws {
        let good = "100644 \(empty.hex) a\n"
        let second = "100644 \(empty.hex) b\n"
        #expect(try TreeDigest.parse(Array((good + second).utf8)).count == 2)
        for text in [
            second + good, good + good, String(good.dropLast()), "\n", good + "\n", "100600 \(empty.hex) a\n",
            "100644 \(empty.hex.uppercased()) a\n", "100644  \(empty.hex) a\n", "100644 \(empty.hex) ../a\n",
            "100644 \(empty.hex) \n", "100644 \(empty.hex)\ta\n",
        ] {
            #expect(throws: DigestError.self) { try TreeDigest.parse(Array(text.utf8)) }
        }
    }

    @Test("A large tree is digested in good time")
    func large() throws {
        let entries = (0..<20_000).map { entry("folder-\($0 % 97)/file-\($0)") }
        #expect(try TreeDigest.parse(TreeDigest.manifest(entries.shuffled())).count == 20_000)
    }
}

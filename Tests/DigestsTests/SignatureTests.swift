import ChildProcess
import Digests
import Foundation
import Model
import Testing

/// A folder that goes with the test.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "assay-digests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    @discardableResult
    func write(_ name: String, _ bytes: [UInt8], mode: Int = 0o600) throws -> String {
        let file = "\(path)/\(name)"
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        return file
    }
    func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }
    func read(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)"))) }

    func run(_ tool: String, _ arguments: [String], input: [UInt8] = []) throws -> ProcessResult {
        let program = try #require(ToolLocator.find(tool))
        let command = Command(program, arguments, workingDirectory: path, standardInput: .bytes(input))
        return try ChildProcess.run(command, deadline: .seconds(60))
    }
}

private let message = Array("the exact bytes\n\0\u{FF}".utf8)

@Suite struct KeyTests {
    /// RFC 8032, section 7.1, test 2.
    private let seed = bytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")

    @Test("Key and signature are those that RFC 8032 publishes")
    func publishedVector() throws {
        let key = try SigningKey(seed: seed)
        #expect(key.verifyingKey.bytes == bytes("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"))
        let signature = bytes(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")
        #expect(try key.sign([0x72]) == signature)
        #expect(key.verifyingKey.verify(signature: signature, message: [0x72]))
    }

    @Test("A changed message, signature or key does not verify")
    func tampering() throws {
        let key = try SigningKey.generate()
        let signature = try key.sign(message)
        #expect(key.verifyingKey.verify(signature: signature, message: message))
        #expect(!key.verifyingKey.verify(signature: signature, message: message + [0]))
        #expect(!key.verifyingKey.verify(signature: signature.reversed(), message: message))
        #expect(!key.verifyingKey.verify(signature: [], message: message))
        #expect(try !SigningKey.generate().verifyingKey.verify(signature: signature, message: message))
        #expect(key.verifyingKey.verify(signature: try key.sign([]), message: []))
    }

    @Test("PEM and OpenSSH forms read back to the same key")
    func forms() throws {
        let key = try SigningKey.generate()
        #expect(try SigningKey(pem: key.pem).seed == key.seed)
        #expect(try VerifyingKey(pem: key.verifyingKey.pem) == key.verifyingKey)
        #expect(try VerifyingKey(openSSH: key.verifyingKey.openSSH(comment: "a b")) == key.verifyingKey)
    }

    @Test("OpenSSL and ssh-keygen read the same key from both forms", arguments: ["", "a", "run@assay", "twelve chars"])
    func realTools(comment: String) throws {
        let folder = try TemporaryFolder()
        let key = try SigningKey.generate()
        _ = try folder.write("key.pem", key.pem)
        #expect(try folder.run("openssl", ["pkey", "-in", "key.pem", "-pubout"]).outputText == key.verifyingKey.pem)
        #expect(try folder.run("openssl", ["pkey", "-in", "key.pem"]).outputText == key.pem)
        _ = try folder.write("id", key.openSSHPrivateKey(comment: comment))
        let line = try folder.run("ssh-keygen", ["-y", "-f", "id"])
        #expect(line.outputText == key.verifyingKey.openSSH(comment: comment) + "\n", "\(line.errorText)")
        _ = try folder.write("id.pub", line.outputText)
        #expect(try folder.run("ssh-keygen", ["-l", "-f", "id.pub"]).outputText.contains(key.verifyingKey.fingerprint))
    }

    @Test(
        "What is no Ed25519 key is refused",
        arguments: ["", "ssh-ed25519", "ssh-rsa AAAA", "ssh-ed25519 AAAA", "ssh-ed25519 ????", "ssh-ed25519 /////w=="])
    func malformed(text: String) {
        #expect(throws: DigestError.self) { try VerifyingKey(openSSH: text) }
        #expect(throws: DigestError.self) { try VerifyingKey(pem: text) }
        #expect(throws: DigestError.self) { try SigningKey(pem: text) }
        #expect(throws: DigestError.self) { try SigningKey(seed: Array(text.utf8)) }
    }

    @Test("A key that is printed does not show its seed")
    func description() throws {
        let key = try SigningKey(seed: Array(repeating: 171, count: 32))
        var dumped = ""
        dump(key, to: &dumped)
        #expect(!"\(key) \(String(reflecting: key)) \(dumped)".contains("171, 171"))
    }

    @Test("Random bytes have the asked length and differ")
    func random() throws {
        #expect(try SecureRandom.bytes(0).isEmpty)
        #expect(try SecureRandom.bytes(32).count == 32)
        #expect(try SecureRandom.bytes(16) != SecureRandom.bytes(16))
    }
}

@Suite struct SSHSignatureTests {
    @Test("ssh-keygen verifies our signature, and refuses it for other bytes or another namespace")
    func verifiedByTool() throws {
        let folder = try TemporaryFolder()
        let key = try SigningKey.generate()
        _ = try folder.write("allowed", "me@fund \(key.verifyingKey.openSSH())\n")
        _ = try folder.write("sig", try SSHSignature.sign(message, namespace: "run@assay", key: key))
        func verify(_ namespace: String, _ bytes: [UInt8]) throws -> ProcessStatus {
            let arguments = ["-Y", "verify", "-f", "allowed", "-I", "me@fund", "-n", namespace, "-s", "sig"]
            return try folder.run("ssh-keygen", arguments, input: bytes).status
        }
        #expect(try verify("run@assay", message) == .exited(0))
        #expect(try verify("run@assay", message + [0]) == .exited(255))
        #expect(try verify("git", message) == .exited(255))
    }

    @Test("We verify what ssh-keygen signs", arguments: ["sha512", "sha256"])
    func signedByTool(algorithm: String) throws {
        let folder = try TemporaryFolder()
        let key = try SigningKey.generate()
        _ = try folder.write("id", key.openSSHPrivateKey())
        try folder.write("file", message)
        let arguments = ["-Y", "sign", "-f", "id", "-n", "run@assay", "-O", "hashalg=\(algorithm)", "file"]
        #expect(try folder.run("ssh-keygen", arguments).succeeded)
        let armored = String(decoding: try folder.read("file.sig"), as: UTF8.self)
        try SSHSignature.verify(armored: armored, message: message, namespace: "run@assay", key: key.verifyingKey)
        #expect(try SSHSignature.claimedKey(armored: armored) == key.verifyingKey)
        if algorithm == "sha512" {
            #expect(try SSHSignature.sign(message, namespace: "run@assay", key: key) == armored)
        }
    }

    @Test("Another key, namespace or message is refused, and so is every cut of the armour")
    func refused() throws {
        let key = try SigningKey.generate()
        let armored = try SSHSignature.sign(message, namespace: "run@assay", key: key)
        func verify(_ armored: String, _ message: [UInt8], _ namespace: String, _ key: VerifyingKey) throws {
            try SSHSignature.verify(armored: armored, message: message, namespace: namespace, key: key)
        }
        let other = try SigningKey.generate().verifyingKey
        #expect(throws: DigestError.self) { try verify(armored, message, "run@assay", other) }
        #expect(throws: DigestError.self) { try verify(armored, message, "git", key.verifyingKey) }
        #expect(throws: DigestError.self) { try verify(armored, [], "run@assay", key.verifyingKey) }
        for length in 0..<(armored.count - 1) {
            #expect(throws: DigestError.self) {
                try verify(String(armored.prefix(length)), message, "run@assay", key.verifyingKey)
            }
        }
    }
}

@Suite struct DSSETests {
    @Test("The encoding before signing is the published one")
    func preAuthenticationEncoding() {
        let encoded = DSSE.preAuthenticationEncoding(
            payloadType: "http://example.com/HelloWorld", payload: Array("hello world".utf8))
        #expect(String(decoding: encoded, as: UTF8.self) == "DSSEv1 29 http://example.com/HelloWorld 11 hello world")
    }

    @Test("An envelope reads back, verifies with its key only, and notices a changed payload")
    func envelope() throws {
        let key = try SigningKey.generate()
        var envelope = DSSEEnvelope(payloadType: "application/vnd.in-toto+json", payload: message)
        #expect(throws: DigestError.self) { try DSSEEnvelope(decoding: envelope.encoded()) }
        try envelope.sign(with: key)
        var read = try DSSEEnvelope(decoding: envelope.encoded())
        #expect(read == envelope)
        #expect(read.verify(with: key.verifyingKey))
        #expect(try !read.verify(with: SigningKey.generate().verifyingKey))
        read.payload.append(0)
        #expect(!read.verify(with: key.verifyingKey))
    }

    @Test("openssl verifies an envelope's signature")
    func verifiedByTool() throws {
        let folder = try TemporaryFolder()
        let key = try SigningKey.generate()
        var envelope = DSSEEnvelope(payloadType: "application/vnd.in-toto+json", payload: message)
        try envelope.sign(with: key)
        _ = try folder.write("pub.pem", key.verifyingKey.pem)
        try folder.write("sig", try #require(envelope.signatures.first).sig)
        let arguments = ["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "pub.pem", "-in", "pae.bin", "-sigfile", "sig"]
        let encoded = DSSE.preAuthenticationEncoding(payloadType: envelope.payloadType, payload: envelope.payload)
        try folder.write("pae.bin", encoded)
        #expect(try folder.run("openssl", arguments).succeeded)
        try folder.write("pae.bin", encoded + [0])
        #expect(try !folder.run("openssl", arguments).succeeded)
    }
}

func bytes(_ hex: String) -> [UInt8] {
    stride(from: 0, to: hex.utf8.count, by: 2).compactMap { UInt8(hex.dropFirst($0).prefix(2), radix: 16) }
}

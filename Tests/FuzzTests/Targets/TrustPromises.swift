import Manifests
import Model

@testable import Digests
@testable import Reconciler

/// What says who may sign what: `allowed_signers`, `roles.yaml`, patterns of policies over paths, and a commit's signature.
enum TrustPromises {
    @Sendable static func check(_ input: [UInt8]) throws {
        let files = InputFiles(input)
        try signers(files["allowed_signers"])
        try roles(files["roles.yaml"])
        try patterns(files["paths"])
        try signature(files["signature"])
    }

    // MARK: allowed_signers

    /// The key of the seeds.
    private static let key = "AAAAC3NzaC1lZDI1NTE5AAAAIGZ1enpmdXp6ZnV6emZ1enpmdXp6ZnV6emZ1enpmdXp6"

    private static func signers(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let blob = Base64.decode(key) else { throw BrokenPromise(description: "the key of the seeds is not base64") }
        let found = AllowedSigners(text).principals(ofKey: blob)
        try promise(Set(found).count == found.count, "a principal is found twice: \(found)")
        let lines = text.utf8.split(separator: UInt8(ascii: "\n")).map { String(Substring($0)) }.filter { $0.contains(key) }
        for name in found {
            try promise(!name.isEmpty && !name.hasPrefix("!") && !name.contains(","), "'\(name)' is no principal")
            try promise(lines.contains { $0.contains(name) }, "'\(name)' stands on no line with the key")
        }
        // Without quotes the format is only words: another reading must find the same.
        guard bytes.allSatisfy({ $0 < 0x80 && $0 != UInt8(ascii: "\"") }) else { return }
        var expected: [String] = []
        for line in lines {
            let words = line.split { $0 == " " || $0 == "\t" || $0 == "\r" }
            guard let names = words.first, !names.hasPrefix("#"), words.dropFirst().contains(where: { $0 == key }) else { continue }
            expected += names.split(separator: ",").filter { !$0.hasPrefix("!") }.map(String.init)
        }
        try promise(Set(found) == Set(expected), "found \(found), not \(expected)")
    }

    // MARK: roles.yaml

    private static func roles(_ bytes: [UInt8]) throws {
        do {
            let roles = try TrustRoles.parse(bytes)
            for (role, principals) in roles.principals {
                try promise(!role.isEmpty && !principals.isEmpty, "the role '\(role)' is held by nobody")
                try promise(principals.allSatisfy { !$0.isEmpty }, "the role '\(role)' is held by a nameless principal")
            }
        } catch let error as ManifestError {
            try BrokenPromise.check(error)
        }
    }

    // MARK: Paths

    /// A pattern on the first line, paths on the others.
    private static func patterns(_ bytes: [UInt8]) throws {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        guard let text = lines.first, PathPatternReference.isTaken(text) else { return }
        let pattern = PathPattern(text), reference = PathPatternReference(text)
        for path in lines.dropFirst() where !path.hasPrefix("/") && !path.hasSuffix("/") {
            let covers = pattern.matches(path)
            try promise(covers == reference.covers(path), "\(text) \(covers ? "covers" : "does not cover") \(path)")
        }
    }

    // MARK: Signatures

    private static func signature(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        do {
            let claimed = try SSHSignature.claimedKeyBlob(armored: text)
            try promise(claimed.blob.count <= bytes.count, "a key is longer than its signature")
            let key = try SSHSignature.claimedKey(armored: text)
            try promise(key.sshBlob == claimed.blob, "one signature claims two keys")
            try SSHSignature.verify(armored: text, message: bytes, namespace: "git", key: key)
        } catch let error as DigestError {
            try BrokenPromise.check(error)
        }
    }
}

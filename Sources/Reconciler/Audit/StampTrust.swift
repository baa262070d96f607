import ChildProcess
import Digests
import Foundation
import Model

/// Decides whether a stamp's signatures are those of somebody who is trusted.
struct StampTrust: Sendable {
    /// `nil`: only the home's own key is at hand, so whatever is signed by it is self-asserted.
    let allowedSigners: String?
    let ownKey: VerifyingKey?

    /// Checks both signatures. Each result says which key or principal.
    func check(_ stamp: StampReader, signature: [UInt8]) -> [Verification.Check] {
        [dsse(stamp), openSSH(stamp, signature: signature)]
    }

    private func dsse(_ stamp: StampReader) -> Verification.Check {
        do {
            let keys = try candidates()
            guard let key = keys.first(where: { stamp.envelope.verify(with: $0) }) else {
                let why = keys.isEmpty ? "no key to check it with" : "it is not valid for any trusted key"
                return .init("signature", false, why)
            }
            return .init("signature", true, "Ed25519 by \(key.fingerprint)")
        } catch {
            return .init("signature", false, "\(error)")
        }
    }

    private func openSSH(_ stamp: StampReader, signature: [UInt8]) -> Verification.Check {
        let name = "OpenSSH signature"
        do {
            guard let allowedSigners else {
                guard let ownKey else { return .init(name, false, "no key to check it with") }
                let armored = String(decoding: signature, as: UTF8.self)
                try SSHSignature.verify(
                    armored: armored, message: stamp.bytes, namespace: StampSigner.namespace, key: ownKey)
                return .init(name, true, "by the home's own key \(ownKey.fingerprint)")
            }
            let principal = try KeygenVerifier.verify(
                stamp.bytes, signature: signature, namespace: StampSigner.namespace, allowedSigners: allowedSigners)
            return .init(name, true, "by \(principal), trusted by \(allowedSigners)")
        } catch {
            return .init(name, false, "\(error)")
        }
    }

    /// Keys named in the trust file, or the home's own.
    private func candidates() throws -> [VerifyingKey] {
        guard let allowedSigners else { return ownKey.map { [$0] } ?? [] }
        guard let data = FileManager.default.contents(atPath: allowedSigners) else {
            throw HomeError.unreadable(path: allowedSigners)
        }
        let lines = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline)
        return lines.filter { !$0.hasPrefix("#") }.compactMap { line in
            let words = line.split(separator: " ")
            guard let type = words.firstIndex(of: "ssh-ed25519"), words.indices.contains(type + 1) else { return nil }
            return try? VerifyingKey(openSSH: "ssh-ed25519 \(words[type + 1])")
        }
    }
}

/// Verifies an OpenSSH signature with `ssh-keygen`, which honours namespaces and validity of an allowed_signers file.
enum KeygenVerifier {
    /// - Returns: the principal that signed.
    static func verify(
        _ message: [UInt8], signature: [UInt8], namespace: String, allowedSigners: String
    ) throws -> String {
        guard let program = ToolLocator.find("ssh-keygen") else { throw KeygenError.missing }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("assay-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("signature")
        try Data(signature).write(to: file)
        let find = try run(program, ["-Y", "find-principals", "-s", file.path, "-f", allowedSigners], input: [])
        let principal = find.text.split(separator: "\n").first.map(String.init) ?? ""
        guard find.succeeded, !principal.isEmpty else { throw KeygenError.refused("the key is not in \(allowedSigners)") }
        let verify = try run(
            program, ["-Y", "verify", "-f", allowedSigners, "-I", principal, "-n", namespace, "-s", file.path],
            input: message)
        guard verify.succeeded else { throw KeygenError.refused(verify.text) }
        return principal
    }

    private static func run(
        _ program: String, _ arguments: [String], input: [UInt8]
    ) throws -> (succeeded: Bool, text: String) {
        let command = Command(program, arguments, standardInput: .bytes(input))
        let result = try ChildProcess.run(command, deadline: .seconds(30), outputLimit: 1 << 16)
        let text = String(decoding: result.standardOutput + result.standardError, as: UTF8.self)
        return (result.status == .exited(0), text.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    enum KeygenError: AssayError, Equatable {
        case missing
        case refused(String)

        var reason: String { "SignatureInvalid" }
        var message: String {
            switch self {
            case .missing: "ssh-keygen is not on this host"
            case .refused(let why): "ssh-keygen refuses the signature: \(why)"
            }
        }
        var remedy: String { self == .missing ? "Install openssh-client" : "" }
    }
}

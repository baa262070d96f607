import ChildProcess
import Digests
import Foundation
import Model

/// Decides whether a stamp's signatures are those of somebody who is trusted.
struct StampTrust: Sendable {
    /// `nil`: only the home's own key is at hand, so whatever is signed by it is self-asserted.
    let allowedSigners: String?
    let ownKey: VerifyingKey?

    /// Checks both signatures, which one key must have made. Each result says which key or principal.
    func check(_ stamp: StampReader, signature: [UInt8]) -> [Verification.Check] {
        let name = "signature"
        let signer: VerifyingKey
        do {
            let keys = try candidates()
            guard let key = keys.first(where: { stamp.envelope.verify(with: $0) }) else {
                let why = keys.isEmpty ? "no key to check it with" : "it is not valid for any trusted key"
                return [.init(name, false, why), .init("OpenSSH signature", false, "nobody trusted signed the envelope")]
            }
            signer = key
        } catch {
            return [.init(name, false, describe(error))]
        }
        return [.init(name, true, "Ed25519 by \(signer.fingerprint)"), openSSH(stamp, signature: signature, by: signer)]
    }

    /// By the same key: else two people who are trusted for other things could make one stamp between them.
    private func openSSH(_ stamp: StampReader, signature: [UInt8], by signer: VerifyingKey) -> Verification.Check {
        let name = "OpenSSH signature"
        do {
            let armored = String(decoding: signature, as: UTF8.self)
            try SSHSignature.verify(
                armored: armored, message: stamp.bytes, namespace: StampSigner.namespace, key: signer)
            guard let allowedSigners else { return .init(name, true, "by the home's own key \(signer.fingerprint)") }
            // What namespaces and times the trust file grants the key is for OpenSSH to judge.
            let principal = try KeygenVerifier.verify(
                stamp.bytes, signature: signature, namespace: StampSigner.namespace, allowedSigners: allowedSigners,
                principals: try principals(of: signer))
            return .init(name, true, "by \(principal), trusted by \(allowedSigners)")
        } catch {
            return .init(name, false, describe(error))
        }
    }

    private func describe(_ error: any Error) -> String { (error as? any AssayError)?.message ?? "\(error)" }

    /// Keys named in the trust file, or the home's own.
    private func candidates() throws -> [VerifyingKey] {
        guard allowedSigners != nil else { return ownKey.map { [$0] } ?? [] }
        return try signers().map(\.key)
    }

    /// Whom the trust file gives a key to: it may stand on several lines, each with its own namespaces and times, and
    /// `ssh-keygen -Y find-principals` knows only the first.
    private func principals(of key: VerifyingKey) throws -> [String] {
        try signers().filter { $0.key == key }.flatMap { $0.principals.split(separator: ",").map(String.init) }
    }

    private func signers() throws -> [(principals: String, key: VerifyingKey)] {
        let path = allowedSigners ?? ""
        guard let data = FileManager.default.contents(atPath: path) else { throw HomeError.unreadable(path: path) }
        let lines = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline)
        return lines.compactMap { line in
            let words = line.split(whereSeparator: \.isWhitespace)
            guard let first = words.first, !first.hasPrefix("#"), let type = words.firstIndex(of: "ssh-ed25519"), type > 0,
                words.indices.contains(type + 1), let key = try? VerifyingKey(openSSH: "ssh-ed25519 \(words[type + 1])")
            else { return nil }
            return (first.filter { $0 != "\"" }, key)
        }
    }
}

/// Verifies an OpenSSH signature with `ssh-keygen`, which honours namespaces and validity of an allowed_signers file.
enum KeygenVerifier {
    /// - Returns: the principal that signed.
    static func verify(
        _ message: [UInt8], signature: [UInt8], namespace: String, allowedSigners: String,
        principals: [String]
    ) throws -> String {
        guard let program = ToolLocator.find("ssh-keygen") else { throw KeygenError.missing }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("assay-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("signature")
        try Data(signature).write(to: file)
        var why = "the key is not in \(allowedSigners)"
        for principal in principals {
            let verify = try run(
                program, ["-Y", "verify", "-f", allowedSigners, "-I", principal, "-n", namespace, "-s", file.path],
                input: message)
            if verify.succeeded { return principal }
            why = verify.text
        }
        throw KeygenError.refused(why)
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

import ChildProcess
import Digests
import Foundation

/// Judges SSH signatures with `ssh-keygen`, which honours validity, namespaces, certificate authorities and revocation.
struct SSHSignatureVerifier: Sendable {
    /// Git's namespace for everything that it signs.
    static let commits = "git"

    let home: TenantHome
    /// For the signature, which `ssh-keygen` reads from a file.
    let scratch: ScratchFolder

    /// `time` (RFC 3339, UTC) is when the key must be valid.
    func verify(_ signature: [UInt8], of message: [UInt8], namespace: String, at time: String) async throws -> SignatureVerdict {
        let program = try Self.program()
        guard let file = FileManager.default.contents(atPath: home.allowedSigners) else {
            throw TrustError.unreadable(path: home.allowedSigners)
        }
        guard let key = try? SSHSignature.claimedKeyBlob(armored: String(decoding: signature, as: UTF8.self)) else {
            return .invalid("its SSH signature is malformed")
        }
        let path = try scratch.write(signature, as: "signature")
        let when = "verify-time=\(time.filter(\.isNumber).prefix(14))Z"
        var candidates = AllowedSigners(String(decoding: file, as: UTF8.self)).principals(ofKey: key.blob)
        let isCertificate = key.type.hasSuffix(Self.certificate)
        if isCertificate {
            // The certificate names its principals, and only ssh-keygen knows whether its authority is listed.
            let found = try await run(program, ["-Y", "find-principals", "-s", path, "-f", home.allowedSigners, "-O", when])
            candidates += found.outputText.split(whereSeparator: \.isNewline).map(String.init)
        }
        guard !candidates.isEmpty else {
            // ssh-keygen does not tell these apart.
            return .invalid(
                isCertificate
                    ? "its certificate is of no authority in trust/allowed_signers, had expired or was not yet valid, or is for a "
                        + "name that the authority may not give"
                    : "its key is not in trust/allowed_signers")
        }
        var principals: [String] = []
        var refusals: [String] = []
        for candidate in candidates {
            let check = ["-Y", "verify", "-f", home.allowedSigners, "-I", candidate, "-n", namespace, "-s", path, "-O", when]
            let result = try await run(program, check + revocation, input: message)
            if result.succeeded {
                principals.append(candidate)
            } else if !revocation.isEmpty, try await run(program, check, input: message).succeeded {
                // ssh-keygen gives no reason for this.
                refusals.append("\(candidate): the key is revoked in trust/revoked_keys, or that file cannot be read")
            } else {
                refusals.append("\(candidate): \(Self.reason(in: result))")
            }
        }
        return principals.isEmpty ? .invalid(refusals.joined(separator: "; ")) : .signed(by: principals)
    }

    /// How the name of a certificate's type ends.
    static let certificate = "-cert-v01@openssh.com"

    static func program() throws -> String {
        guard let program = ToolLocator.find("ssh-keygen") else {
            throw TrustError.toolMissing(name: "ssh-keygen", package: "openssh-client")
        }
        return program
    }

    /// What a certificate's authority took back; a home without that file has revoked nothing.
    private var revocation: [String] {
        FileManager.default.fileExists(atPath: home.revokedKeys) ? ["-r", home.revokedKeys] : []
    }

    private func run(_ program: String, _ arguments: [String], input: [UInt8] = []) async throws -> ProcessResult {
        let command = Command(program, arguments, environment: ["LC_ALL": "C"], standardInput: .bytes(input))
        return try await ChildProcess.run(command, deadline: .seconds(30), outputLimit: 1 << 16)
            .judgement(of: "ssh-keygen")
    }

    /// What `ssh-keygen` said, without the path and number of the line.
    private static func reason(in result: ProcessResult) -> String {
        let lines = result.errorText.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        let told = lines.first { $0.contains("key ") || $0.contains("incorrect") || $0.contains("ertificate") } ?? lines.first
        guard let told else { return "the signature does not match the content" }
        return told.range(of: ": ").map { String(told[$0.upperBound...]) } ?? told
    }
}

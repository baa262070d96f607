import ChildProcess
import Digests
import Foundation
import GitStore
import Model

/// Judges SSH signatures of commits with `ssh-keygen`, which honours validity, namespaces and certificate authorities.
struct SSHCommitVerifier: Sendable {
    /// Git's namespace for everything that it signs.
    static let namespace = "git"

    /// Path of the `allowed_signers` file.
    let allowedSigners: String
    /// For the signature, which `ssh-keygen` reads from a file.
    let scratch: ScratchFolder

    func verify(_ content: SignedContent, seenAt: String) async throws -> CommitVerifier.Outcome {
        guard let program = ToolLocator.find("ssh-keygen") else {
            throw TrustError.toolMissing(name: "ssh-keygen", package: "openssh-client")
        }
        guard let file = FileManager.default.contents(atPath: allowedSigners) else {
            throw TrustError.unreadable(path: allowedSigners)
        }
        let armour = String(decoding: content.signature, as: UTF8.self)
        guard let key = try? SSHSignature.claimedKeyBlob(armored: armour) else {
            return .invalid("its SSH signature is malformed")
        }
        let signature = try scratch.write(content.signature, as: "signature")
        let time = "verify-time=\(seenAt.filter(\.isNumber).prefix(14))Z"
        var candidates = AllowedSigners(String(decoding: file, as: UTF8.self)).principals(ofKey: key.blob)
        if key.type.hasSuffix("-cert-v01@openssh.com") {
            // The certificate names its principals, and only ssh-keygen knows whether its authority is listed.
            let found = try await run(program, ["-Y", "find-principals", "-s", signature, "-f", allowedSigners, "-O", time])
            candidates += found.outputText.split(whereSeparator: \.isNewline).map(String.init)
        }
        guard !candidates.isEmpty else {
            return .invalid("its key is not in trust/allowed_signers")
        }
        var principals: [String] = []
        var refusals: [String] = []
        for candidate in candidates {
            let result = try await run(
                program,
                ["-Y", "verify", "-f", allowedSigners, "-I", candidate, "-n", Self.namespace, "-s", signature, "-O", time],
                input: content.payload)
            if result.succeeded {
                principals.append(candidate)
            } else {
                refusals.append("\(candidate): \(Self.reason(in: result))")
            }
        }
        return principals.isEmpty ? .invalid(refusals.joined(separator: "; ")) : .signed(by: principals)
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
        guard let told else { return "the signature does not match the commit" }
        return told.range(of: ": ").map { String(told[$0.upperBound...]) } ?? told
    }
}

import ChildProcess
import Foundation
import GitStore
import Model

/// Judges OpenPGP signatures of commits with `gpg`, on a keyring of its own made from `trust/openpgp/*.asc`.
///
/// A principal is the name of the file that holds its key, which the operator chose; what a key says of itself decides
/// nothing.
struct OpenPGPCommitVerifier: Sendable {
    private let program: String
    private let scratch: ScratchFolder
    /// Primary fingerprint → names of the files that hold the key.
    private let principals: [String: [String]]

    /// Reads the keys of a folder; one that does not exist holds none.
    init(folder: String, scratch: ScratchFolder) async throws {
        guard let program = ToolLocator.find("gpg") else { throw TrustError.toolMissing(name: "gpg", package: "gnupg") }
        self.program = program
        self.scratch = scratch
        var principals: [String: [String]] = [:]
        for name in try OpenPGPCommitVerifier.keyFiles(in: folder) {
            let path = "\(folder)/\(name)"
            let imported = try await Self.run(program, scratch, ["--import", path])
            let words = Self.status(imported).filter { $0.first == "IMPORT_OK" && $0.count > 2 }
            guard !words.isEmpty else {
                throw TrustError.keyFileRefused(path: path, why: Self.lastLine(imported) ?? "gpg \(imported.status)")
            }
            for word in words { principals[word[2], default: []].append(String(name.dropLast(4))) }
        }
        self.principals = principals
    }

    /// Names of the key files of a trust root, sorted.
    static func keyFiles(in folder: String) throws -> [String] {
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw TrustError.unreadable(path: folder)
        }
        return names.filter { $0.hasSuffix(".asc") && $0.utf8.count > 4 }.sorted()
    }

    func verify(_ content: SignedContent, seenAt: String) async throws -> SignatureVerdict {
        guard !principals.isEmpty else { return .invalid("it has an OpenPGP signature, and trust/openpgp holds no key") }
        let signature = try scratch.write(content.signature, as: "signature.asc")
        let digits = seenAt.filter(\.isNumber)
        // The host's clock is replaced: what expired since the commit was first seen had not expired then.
        let time = "\(digits.prefix(8))T\(digits.dropFirst(8).prefix(6))!"
        let result = try await Self.run(
            program, scratch,
            ["--trust-model", "always", "--ignore-time-conflict", "--faked-system-time", time, "--verify", signature, "-"],
            input: content.payload)
        let status = Self.status(result)
        // gpg exits with 0 for a key that has expired: only these words say what it found.
        func has(_ word: String) -> Bool { status.contains { $0.first == word } }
        if has("REVKEYSIG") { return .invalid("its OpenPGP key is revoked") }
        if has("EXPKEYSIG") { return .invalid("its OpenPGP key had expired when this host first saw the commit") }
        if has("EXPSIG") { return .invalid("its OpenPGP signature had expired when this host first saw the commit") }
        if has("NO_PUBKEY") { return .invalid("its OpenPGP key is not in trust/openpgp") }
        let valid = status.filter { $0.first == "VALIDSIG" }
        guard result.succeeded, has("GOODSIG"), !has("BADSIG"), !has("ERRSIG"), valid.count == 1,
            status.count(where: { $0.first == "NEWSIG" }) == 1, let fingerprint = valid.first?.last,
            let names = principals[fingerprint]
        else { return .invalid("its OpenPGP signature does not match the commit") }
        return .signed(by: names)
    }

    private static func run(
        _ program: String, _ scratch: ScratchFolder, _ arguments: [String], input: [UInt8] = []
    ) async throws -> ProcessResult {
        let home = try scratch.folder("gnupg")
        let always = ["--homedir", home, "--batch", "--no-tty", "--no-autostart", "--no-auto-key-retrieve", "--status-fd", "1"]
        let command = Command(
            program, always + arguments, environment: ["LC_ALL": "C", "HOME": home, "GNUPGHOME": home],
            standardInput: .bytes(input))
        return try await ChildProcess.run(command, deadline: .seconds(60), outputLimit: 1 << 18)
            .judgement(of: "gpg")
    }

    /// Lines such as `[GNUPG:] VALIDSIG …` as words, without the mark.
    private static func status(_ result: ProcessResult) -> [[String]] {
        result.outputText.split(whereSeparator: \.isNewline).compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            return words.first == "[GNUPG:]" ? Array(words.dropFirst()) : nil
        }
    }

    private static func lastLine(_ result: ProcessResult) -> String? {
        result.errorText.split(whereSeparator: \.isNewline).last.map(String.init)
    }
}

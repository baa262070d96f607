import Foundation
import Model
import Reconciler

/// How a command gets the signature of the person who typed it: a key file, the SSH agent, or a signature made elsewhere.
///
/// This happens in the person's own process. A daemon is only handed the signature.
enum Signing {
    static let options: [OptionDefinition] = [
        .value("key", "FILE", "sign with this SSH key (default: a listed key of the SSH agent)"),
        .value("export-to-sign", "FILE", "write what is to be signed, to sign it elsewhere; does nothing else"),
        .value("signature", "FILE", "bring back the signature of what was exported"),
    ]

    /// Checks the options that exclude each other.
    static func check(_ invocation: Invocation) throws {
        let given = options.map(\.name).filter(invocation.has)
        guard given.count > 1 else { return }
        throw UsageError(
            message: given.map { "--\($0)" }.joined(separator: " and ") + " exclude each other",
            remedy: "Give one; first --export-to-sign, later --signature")
    }

    /// The signature, armoured; `nil` where the word was written to a file instead.
    static func signature(of word: PersonalWord, _ invocation: Invocation, home: TenantHome) async throws -> String? {
        if let file = invocation.value("export-to-sign") {
            try write(word, to: file)
            return nil
        }
        if let signature = invocation.value("signature") { return try given(signature) }
        let terminal = Terminal()
        let signer = PersonSigner(
            home: home, agent: Commands.environment["SSH_AUTH_SOCK"], terminal: terminal?.descriptor)
        if let key = invocation.value("key") { return try await signer.sign(word, key: key) }
        return try await signer.signWithAgent(word)
    }

    private static func write(_ word: PersonalWord, to file: String) throws {
        guard FileManager.default.createFile(atPath: file, contents: Data(word.bytes)) else {
            throw HomeError.unwritable(path: file, why: String(cString: strerror(errno)))
        }
        Commands.console.print(PersonSigner.line(signing: file, for: word.purpose))
        Commands.console.message("sign it where the key is, then come back with the same words and --signature \(file).sig")
    }

    /// A file, or the signature itself: that is how it reaches a daemon, which may not see the person's files.
    private static func given(_ text: String) throws -> String {
        if text.hasPrefix("-----BEGIN ") { return text }
        guard let bytes = FileManager.default.contents(atPath: text), bytes.count < 1 << 16 else {
            throw HomeError.unreadable(path: text)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The terminal that this process has in the foreground, where a person can be asked for a passphrase.
final class Terminal {
    let descriptor: Int32

    /// `nil` where there is none, or others have it.
    init?() {
        descriptor = open("/dev/tty", O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        guard tcgetpgrp(descriptor) == getpgrp() else {
            close(descriptor)
            return nil
        }
    }

    deinit { close(descriptor) }
}

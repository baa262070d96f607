import ChildProcess
import Digests
import Foundation
import Model

/// Signs for a person, in that person's own process, with `ssh-keygen`: no key of theirs is ever read here.
public struct PersonSigner: Sendable {
    private let home: TenantHome
    private let agent: String?
    private let terminal: Int32?
    private let clock: HostClock

    /// - Parameters:
    ///   - agent: Socket of the person's SSH agent, if there is one.
    ///   - terminal: Where `ssh-keygen` may ask for a passphrase or a PIN; without it a locked key cannot be used.
    public init(home: TenantHome, agent: String?, terminal: Int32? = nil, clock: HostClock = HostClock()) {
        self.home = home
        self.agent = agent.flatMap { $0.isEmpty ? nil : $0 }
        self.terminal = terminal
        self.clock = clock
    }

    /// The line that signs an exported word where the key is; the signature lies beside the file then.
    public static func line(signing file: String, for purpose: PersonalWord.Purpose) -> String {
        "ssh-keygen -Y sign -f KEY -n \(purpose.rawValue) \(shellQuoted(file))"
    }

    /// With a key file; a public one asks the agent for the other half.
    public func sign(_ word: PersonalWord, key: String) async throws -> String {
        guard FileManager.default.isReadableFile(atPath: key) else {
            throw PersonSignatureError.signingFailed(key: key, why: "the file cannot be read")
        }
        return try await sign(word, key: key, in: try ScratchFolder())
    }

    /// With the first key of the agent that is listed for the purpose and valid now.
    public func signWithAgent(_ word: PersonalWord) async throws -> String {
        guard agent != nil else { throw PersonSignatureError.missing(purpose: word.purpose) }
        let scratch = try ScratchFolder()
        defer { withExtendedLifetime(scratch) {} }
        let verifier = PersonVerifier(home: home)
        var refusals: [String] = []
        for (number, line) in try await listedKeys().enumerated() {
            let name = line.split(separator: " ").dropFirst(2).joined(separator: " ")
            let file = try scratch.write(Array((line + "\n").utf8), as: "agent-\(number).pub")
            let armour = try await sign(word, key: file, in: scratch)
            switch try await verifier.judge(armour, of: word, at: clock.now()) {
            case .signed: return armour
            case .invalid(let why): refusals.append("\(name): \(why)")
            case .unsigned: refusals.append("\(name): it signed nothing")
            }
        }
        throw PersonSignatureError.noListedKey(purpose: word.purpose, tried: refusals)
    }

    /// Public keys of the agent that stand in `allowed_signers`, and certificates, whose authority may stand there.
    private func listedKeys() async throws -> [String] {
        guard let program = ToolLocator.find("ssh-add") else {
            throw TrustError.toolMissing(name: "ssh-add", package: "openssh-client")
        }
        let result = try await ChildProcess.run(
            Command(program, ["-L"], environment: environment), deadline: .seconds(30), outputLimit: 1 << 20)
        // 1 is what it says of an agent without keys.
        guard result.succeeded || result.status == .exited(1) else {
            throw PersonSignatureError.agentUnreachable(why: Self.said(result))
        }
        let signers = AllowedSigners(String(decoding: FileManager.default.contents(atPath: home.allowedSigners) ?? Data(), as: UTF8.self))
        return result.outputText.split(whereSeparator: \.isNewline).map(String.init).filter { line in
            let words = line.split(separator: " ")
            guard words.count >= 2, let blob = Base64.decode(words[1]) else { return false }
            return words[0].hasSuffix(SSHSignatureVerifier.certificate) || !signers.principals(ofKey: blob).isEmpty
        }
    }

    private func sign(_ word: PersonalWord, key: String, in scratch: ScratchFolder) async throws -> String {
        defer { withExtendedLifetime(scratch) {} }
        let file = try scratch.write(word.bytes, as: "word")
        try? FileManager.default.removeItem(atPath: file + ".sig")
        // ssh-keygen asks for a passphrase only where standard input is a terminal, so what it signs is a file.
        var command = Command(
            try SSHSignatureVerifier.program(), ["-Y", "sign", "-f", key, "-n", word.purpose.rawValue, file],
            environment: environment, isolation: .session)
        if let terminal {
            command.standardInput = .descriptor(terminal)
            command.isolation = .foreground(terminal: terminal)
        }
        let result = try await ChildProcess.run(command, deadline: .seconds(600), outputLimit: 1 << 16)
        guard result.succeeded, let signature = FileManager.default.contents(atPath: file + ".sig") else {
            throw PersonSignatureError.signingFailed(key: key, why: Self.said(result))
        }
        return String(decoding: signature, as: UTF8.self)
    }

    private var environment: [String: String] {
        ["LC_ALL": "C"].merging(agent.map { ["SSH_AUTH_SOCK": $0] } ?? [:]) { $1 }
    }

    private static func said(_ result: ProcessResult) -> String {
        let lines = (result.errorText + result.outputText).split(whereSeparator: \.isNewline)
        return lines.last.map(String.init) ?? "it \(result.status)"
    }

    private static func shellQuoted(_ text: String) -> String {
        let plain = text.utf8.allSatisfy { $0 < 0x80 && ($0.isAlphanumeric || "/._-+,@%=:".utf8.contains($0)) }
        return plain && !text.isEmpty ? text : "'" + text.replacingOccurrences(of: "'", with: "'\\''") + "'"
    }
}

extension UInt8 {
    fileprivate var isAlphanumeric: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}

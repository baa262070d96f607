import ChildProcess
import Foundation
import GitStore
import Model

/// What a signature came to.
enum SignatureVerdict: Sendable, Equatable {
    /// All names under which the key is trusted; never empty.
    case signed(by: [String])
    case unsigned
    /// What is wrong, as the end of a sentence about what was signed.
    case invalid(String)
}

/// Judges the signature of one commit by the trust root of a home.
struct CommitVerifier {
    private let home: TenantHome
    private let mirror: Mirror
    private let scratch: ScratchFolder
    /// Made when the first OpenPGP signature is met.
    private var openPGP: OpenPGPCommitVerifier?

    init(home: TenantHome, mirror: Mirror) throws {
        self.home = home
        self.mirror = mirror
        scratch = try ScratchFolder()
    }

    /// `seenAt` (RFC 3339, UTC) is the time at which keys must be valid; the commit's own dates are claims.
    mutating func verify(_ commit: GitObjectID, seenAt: String) async throws -> SignatureVerdict {
        guard let content = try await mirror.signedContent(of: commit) else { return .unsigned }
        switch content.kind {
        case .none:
            return .unsigned
        case .ssh:
            return try await SSHSignatureVerifier(home: home, scratch: scratch).verify(
                content.signature, of: content.payload, namespace: SSHSignatureVerifier.commits, at: seenAt)
        case .openpgp:
            let verifier: OpenPGPCommitVerifier
            if let openPGP {
                verifier = openPGP
            } else {
                verifier = try await OpenPGPCommitVerifier(folder: home.openPGPKeys, scratch: scratch)
                openPGP = verifier
            }
            return try await verifier.verify(content, seenAt: seenAt)
        case .x509:
            return .invalid("its signature is of X.509, which is not supported")
        }
    }
}

extension ProcessResult {
    /// Itself where the program came to a judgement; one that was killed or ran out of time judged nothing.
    func judgement(of tool: String) throws -> ProcessResult {
        guard case .exited = status else { throw TrustError.toolFailed(name: tool, why: "it \(status)") }
        return self
    }
}

/// A folder that only this user can read, removed when nobody holds it any more.
final class ScratchFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/assay-trust-\(UUID().uuidString)"
        try Self.make(path)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Makes a folder inside, where it is not there yet.
    func folder(_ name: String) throws -> String {
        let folder = "\(path)/\(name)"
        if !FileManager.default.fileExists(atPath: folder) { try Self.make(folder) }
        return folder
    }

    /// Writes a file over and gives its path.
    func write(_ bytes: [UInt8], as name: String) throws -> String {
        let file = "\(path)/\(name)"
        guard FileManager.default.createFile(atPath: file, contents: Data(bytes), attributes: [.posixPermissions: 0o600]) else {
            throw HomeError.unwritable(path: file, why: String(cString: strerror(errno)))
        }
        return file
    }

    private static func make(_ path: String) throws {
        guard mkdir(path, 0o700) == 0 else { throw HomeError.unwritable(path: path, why: String(cString: strerror(errno))) }
    }
}

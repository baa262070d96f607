import Foundation
import Model

/// The places inside one tenant home. Nothing here touches the disk.
public struct TenantHome: Sendable, Hashable {
    /// Absolute path.
    public let path: String

    /// `path` may be relative to the working directory.
    public init(_ path: String) {
        self.path = URL(fileURLWithPath: path).standardizedFileURL.path
    }

    public var configuration: String { path + "/config.yaml" }
    public var allowedSigners: String { path + "/trust/allowed_signers" }
    /// OpenSSH keys and certificates that no longer count, as `ssh-keygen -k` makes it or one public key a line; may be absent.
    public var revokedKeys: String { path + "/trust/revoked_keys" }
    public var roles: String { path + "/trust/roles.yaml" }
    /// Folder of OpenPGP keys: `<principal>.asc` each.
    public var openPGPKeys: String { path + "/trust/openpgp" }
    public var stampKeyPEM: String { path + "/keys/stamp.pem" }
    public var stampKeyOpenSSH: String { path + "/keys/stamp" }
    public var stampKeyPublic: String { path + "/keys/stamp.pub" }
    public var stampKeyPublicPEM: String { path + "/keys/stamp.pub.pem" }
    public var mirror: String { path + "/mirror.git" }
    public var objects: String { path + "/objects" }
    /// Trees of `objects` laid out as folders, to be mounted: a cache that can be made again.
    public var trees: String { path + "/trees" }
    func layout(of tree: ContentDigest) -> String { "\(trees)/\(tree)" }
    public var documents: String { path + "/documents" }
    public var outputs: String { path + "/outputs" }
    public var secrets: String { path + "/secrets" }
    /// Scratch space of this process: code of running attempts, outputs on their way.
    public var work: String { path + "/work" }
}

import Digests
import Foundation
import Model

/// Who may sign what, outside the watched repository. Its digest is in every stamp.
enum TrustRoot {
    /// Keeps the files as objects and gives the digest of the list of them.
    static func keep(_ context: HomeContext) throws -> ContentDigest {
        let home = context.home
        var members: [String: JSONValue] = [:]
        let keys = try OpenPGPCommitVerifier.keyFiles(in: home.openPGPKeys)
        let files = [("allowed_signers", home.allowedSigners), ("roles.yaml", home.roles), ("revoked_keys", home.revokedKeys)]
            + keys.map { ("openpgp/\($0)", "\(home.openPGPKeys)/\($0)") }
        for (name, path) in files {
            guard let data = FileManager.default.contents(atPath: path) else { continue }
            members[name] = .string(try context.objects.put(Array(data)).hex)
        }
        return try context.objects.put(try CanonicalJSON.encode(.object(members)))
    }
}

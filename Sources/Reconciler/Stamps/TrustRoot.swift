import Digests
import Foundation
import Model

/// Who may sign what, outside the watched repository. Its digest is in every stamp.
enum TrustRoot {
    /// Keeps the files as objects and gives the digest of the list of them.
    static func keep(_ context: HomeContext) throws -> ContentDigest {
        var members: [String: JSONValue] = [:]
        let keys = try OpenPGPCommitVerifier.keyFiles(in: context.home.openPGPKeys)
        let files = [("allowed_signers", context.home.allowedSigners), ("roles.yaml", context.home.roles)]
            + keys.map { ("openpgp/\($0)", "\(context.home.openPGPKeys)/\($0)") }
        for (name, path) in files {
            guard let data = FileManager.default.contents(atPath: path) else { continue }
            members[name] = .string(try context.objects.put(Array(data)).hex)
        }
        return try context.objects.put(try CanonicalJSON.encode(.object(members)))
    }
}

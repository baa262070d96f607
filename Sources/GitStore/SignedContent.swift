import CLibgit2
import Model

/// A signature that a commit carries, and exactly the bytes that it signs.
public struct SignedContent: Hashable, Sendable {
    public var kind: Revision.Signature
    /// Armoured text as it stands in the commit, with a line feed at the end.
    public var signature: [UInt8]
    /// The commit without its signature.
    public var payload: [UInt8]

    public init(kind: Revision.Signature, signature: [UInt8], payload: [UInt8]) {
        self.kind = kind
        self.signature = signature
        self.payload = payload
    }

    /// Takes a commit object apart as Git does; `nil` where its header holds no signature.
    ///
    /// Only the header counts: libgit2's own function would also find a signature in the message, and stops at a zero
    /// byte, so that two commits could share one signed text.
    init?(commit: [UInt8]) {
        let field = Array("gpgsig ".utf8)
        let (lineFeed, space) = (UInt8(ascii: "\n"), UInt8(ascii: " "))
        func end(ofLineAt start: Int) -> Int { commit[start...].firstIndex(of: lineFeed) ?? commit.count }

        var start = 0
        while start < commit.count, commit[start] != lineFeed, !commit[start...].starts(with: field) {
            start = min(end(ofLineAt: start) + 1, commit.count)
        }
        guard start < commit.count, commit[start] != lineFeed else { return nil }
        var next = min(end(ofLineAt: start) + 1, commit.count)
        var text = Array(commit[(start + field.count)..<next])
        while next < commit.count, commit[next] == space {
            let following = min(end(ofLineAt: next) + 1, commit.count)
            text += commit[(next + 1)..<following]
            next = following
        }
        self.init(kind: Self.kind(of: text), signature: text, payload: Array(commit[..<start] + commit[next...]))
    }

    static func kind(of armour: some Collection<UInt8>) -> Revision.Signature {
        if armour.starts(with: "-----BEGIN SSH SIGNATURE-----".utf8) { return .ssh }
        if armour.starts(with: "-----BEGIN SIGNED MESSAGE-----".utf8) { return .x509 }
        return .openpgp
    }
}

extension Mirror {
    /// The signature of a commit with what it signs; `nil` where it has none.
    public func signedContent(of commit: GitObjectID) throws -> SignedContent? {
        try repository.with { SignedContent(commit: try $0.rawCommit(commit)) }
    }
}

extension Repository {
    /// The bytes of a commit object, as they were hashed.
    fileprivate func rawCommit(_ id: GitObjectID) throws -> [UInt8] {
        var oid = id.oid
        var database: OpaquePointer?
        var object: OpaquePointer?
        do {
            try check(git_repository_odb(&database, pointer))
            defer { git_odb_free(database) }
            try check(git_odb_read(&object, database, &oid))
        } catch {
            throw objectError(error, id: id, place: "commit")
        }
        defer { git_odb_object_free(object) }
        guard git_odb_object_type(object) == GIT_OBJECT_COMMIT, let data = git_odb_object_data(object) else {
            throw GitStoreError.objectCorrupted(id: id.hex, place: "commit", detail: "it is not a commit")
        }
        return Array(UnsafeRawBufferPointer(start: data, count: git_odb_object_size(object)))
    }
}

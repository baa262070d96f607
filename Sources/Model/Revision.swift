/// Who did something in Git, and the time they claimed (which can be backdated).
public struct GitPerson: Hashable, Sendable, Codable {
    public var name: String
    public var email: String
    /// Seconds since 1970, as claimed.
    public var time: Int64
    /// Minutes east of UTC, as claimed.
    public var offset: Int

    public init(name: String, email: String, time: Int64, offset: Int) {
        self.name = name
        self.email = email
        self.time = time
        self.offset = offset
    }
}

/// The facts of one commit.
public struct Revision: Hashable, Sendable, Codable {
    public enum Signature: String, Sendable, Codable { case none, ssh, openpgp, x509 }

    public var commit: GitObjectID
    /// Root tree.
    public var tree: GitObjectID
    /// First parent first; two or more for a merge.
    public var parents: [GitObjectID]
    public var author: GitPerson
    public var committer: GitPerson
    public var subject: String
    /// The message after the subject line, trimmed.
    public var body: String
    /// Which kind of signature the commit carries; whether it is valid is another question.
    public var signature: Signature
    /// The principal whose signature was verified; `nil` where none was asked for.
    public var signer: String?

    public init(
        commit: GitObjectID, tree: GitObjectID, parents: [GitObjectID], author: GitPerson, committer: GitPerson,
        subject: String, body: String, signature: Signature, signer: String? = nil
    ) {
        self.commit = commit
        self.tree = tree
        self.parents = parents
        self.author = author
        self.committer = committer
        self.subject = subject
        self.body = body
        self.signature = signature
        self.signer = signer
    }
}

extension Revision {
    /// Number of the pull request that a forge wrote into the message, where it did.
    ///
    /// GitHub and Gitea: `Merge pull request #12 …` or a subject that ends with `(#12)`; GitLab: `See merge request
    /// group/project!12`; anybody: a trailer `Pull-Request: 12` (or `#12`, or a URL that ends in the number).
    public var pullRequest: Int? {
        if let number = number(after: "Merge pull request #", in: subject) { return number }
        if subject.hasSuffix(")"), let open = subject.lastIndex(of: "("),
            let number = Int(subject[open...].dropFirst(2).dropLast()), subject[open...].hasPrefix("(#")
        {
            return number
        }
        for line in body.split(separator: "\n") {
            if line.hasPrefix("See merge request "), let mark = line.lastIndex(of: "!") {
                return Int(line[line.index(after: mark)...])
            }
            if line.lowercased().hasPrefix("pull-request:") {
                return Int(String(line.reversed().prefix { $0.isASCII && $0.isNumber }.reversed()))
            }
        }
        return nil
    }

    private func number(after prefix: String, in text: String) -> Int? {
        guard text.hasPrefix(prefix) else { return nil }
        return Int(text.dropFirst(prefix.count).prefix { $0.isASCII && $0.isNumber })
    }
}

/// A file or folder of a tree, by path relative to the root with `/`.
public struct TreeEntry: Hashable, Sendable, Codable {
    public enum Kind: String, Sendable, Codable { case file, executable, directory }
    public var path: String
    public var kind: Kind
    public var id: GitObjectID

    public init(path: String, kind: Kind, id: GitObjectID) {
        self.path = path
        self.kind = kind
        self.id = id
    }
}

/// The files of one immutable tree: a Git snapshot, or a working directory being validated.
///
/// `Manifests` reads through this and so never knows where files come from.
public protocol FileSource {
    /// Every file (not directory), sorted bytewise by path.
    func files() throws -> [SourceFile]
    /// The bytes of one file.
    func read(_ path: String) throws -> [UInt8]
    /// Git tree id of a folder, or `nil` where there is none or the source is not Git.
    func tree(at path: String) throws -> GitObjectID?
    /// The files at or below a folder, sorted bytewise by path; empty where there is none.
    ///
    /// A source that can go straight to a folder should: this is what keeps a small change cheap.
    func files(under folder: String) throws -> [SourceFile]
    /// Whether there is a file at exactly this path.
    func exists(_ path: String) throws -> Bool
}

extension FileSource {
    public func files(under folder: String) throws -> [SourceFile] {
        let prefix = Array((folder + "/").utf8)
        return try files().filter { $0.path.utf8.starts(with: prefix) }
    }

    public func exists(_ path: String) throws -> Bool { try files().contains { $0.path == path } }
}

public struct SourceFile: Hashable, Sendable {
    public var path: String
    /// Bytes.
    public var size: Int

    public init(path: String, size: Int) {
        self.path = path
        self.size = size
    }
}

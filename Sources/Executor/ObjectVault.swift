import Model

/// Where runs keep bytes: everything is named by its SHA-256 and re-hashed when it is read.
///
/// The user of this module supplies it (the tenant's object store), so that nothing here knows where files lie.
public protocol ObjectVault: Sendable {
    /// Keeps the bytes durably; keeping the same bytes again costs nothing.
    func put(_ bytes: [UInt8]) throws -> ContentDigest
    /// Keeps several at once, which is cheaper than one after another.
    func putMany(_ contents: [[UInt8]]) throws -> [ContentDigest]
    /// The bytes of that name, or an error when they are missing or no longer hash to it.
    func get(_ digest: ContentDigest) throws -> [UInt8]
    /// Keeps every file, and their manifest under the tree digest.
    func putTree(_ files: [TreeFile]) throws -> ContentDigest
    /// Absolute path of a folder that holds exactly the files of that tree, none of them writable.
    func materialise(_ tree: ContentDigest) throws -> String
}

extension ObjectVault {
    public func putMany(_ contents: [[UInt8]]) throws -> [ContentDigest] { try contents.map(put) }
}

/// A regular file of a tree that is about to be kept.
public struct TreeFile: Hashable, Sendable {
    public enum Content: Hashable, Sendable {
        case bytes([UInt8])
        /// Absolute path of a regular file to copy.
        case file(String)
    }

    /// Relative path with `/`.
    public var path: String
    public var executable: Bool
    public var content: Content

    public init(path: String, executable: Bool = false, content: Content) {
        self.path = path
        self.executable = executable
        self.content = content
    }
}

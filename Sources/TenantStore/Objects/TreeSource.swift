/// A file of a tree that is to be stored.
public struct TreeSource: Sendable {
    public enum Content: Sendable {
        case bytes([UInt8])
        /// Path of a regular file to copy from.
        case file(String)
    }

    /// Relative to the root of the tree, with `/`.
    public var path: String
    public var executable: Bool
    public var content: Content

    public init(path: String, executable: Bool, content: Content) {
        self.path = path
        self.executable = executable
        self.content = content
    }
}

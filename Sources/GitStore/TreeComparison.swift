import Model

/// A file that differs between two trees.
public struct FileChange: Hashable, Sendable {
    public enum Action: String, Sendable { case added, modified, deleted }

    public var action: Action
    public var path: String
    /// `file` or `executable`, as it stands in the newer tree (in the older one for a deleted file).
    public var kind: TreeEntry.Kind
    /// Of the newer content; of the older one for a deleted file.
    public var id: GitObjectID
    /// Bytes of the newer content; 0 for a deleted file.
    public var size: Int

    public init(action: Action, path: String, kind: TreeEntry.Kind, id: GitObjectID, size: Int) {
        self.action = action
        self.path = path
        self.kind = kind
        self.id = id
        self.size = size
    }
}

/// What differs between two commits, file by file, sorted bytewise by path.
public struct TreeComparison: Hashable, Sendable {
    public var changes: [FileChange]

    public init(changes: [FileChange]) { self.changes = changes }

    public var paths: [String] { changes.map(\.path) }
    public var isEmpty: Bool { changes.isEmpty }
}

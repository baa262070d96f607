/// What the reconciler does after an error: the error itself says so.
public enum Disposition: String, Sendable, Codable {
    /// Passing: try the same again later.
    case retry
    /// Nothing to do until something outside (a person, a later commit) moves.
    case wait
    /// Stop here and say why; the last good state stays.
    case stall
}

/// An error that names the thing, the reason and the remedy.
public protocol AssayError: Error, Sendable, CustomStringConvertible {
    /// Stable PascalCase word for machines, such as `ManifestInvalid`.
    var reason: String { get }
    /// One sentence that names the thing and what is wrong with it.
    var message: String { get }
    /// What the reader can do about it, as an imperative.
    var remedy: String { get }
    var disposition: Disposition { get }
}

extension AssayError {
    public var description: String { remedy.isEmpty ? message : "\(message). \(remedy)" }
    public var disposition: Disposition { .stall }
}

/// One thing wrong with one place of the workspace repository.
public struct Problem: Hashable, Sendable, Codable, Comparable {
    /// Path relative to the workspace root, with `/`.
    public var file: String
    /// One-based; 0 where the problem is about the file as a whole.
    public var line: Int
    /// One-based, in characters; 0 where unknown.
    public var column: Int
    public var message: String
    public var remedy: String

    public init(file: String, line: Int = 0, column: Int = 0, message: String, remedy: String) {
        self.file = file
        self.line = line
        self.column = column
        self.message = message
        self.remedy = remedy
    }

    public static func < (a: Self, b: Self) -> Bool {
        (a.file, a.line, a.column, a.message) < (b.file, b.line, b.column, b.message)
    }
}

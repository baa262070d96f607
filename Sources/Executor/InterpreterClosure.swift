import Model

/// An interpreter with everything it needs, kept as one tree: it runs as the whole root of the sandbox.
///
/// A routine upgrade of the host must not change or break a replay, so runs and replays use this copy only.
public struct InterpreterClosure: Hashable, Sendable, Codable {
    /// Digest of the tree in the vault.
    public var tree: ContentDigest
    public var description: InterpreterDescription

    public init(tree: ContentDigest, description: InterpreterDescription) {
        self.tree = tree
        self.description = description
    }
}

/// What the stamp says about the interpreter.
public struct InterpreterDescription: Hashable, Sendable, Codable {
    /// `CPython`.
    public var implementation: String
    /// Such as `3.11.7`.
    public var version: String
    /// Such as `x86_64-linux-gnu`.
    public var platform: String
    /// Such as `glibc 2.36`.
    public var library: String

    public init(implementation: String, version: String, platform: String, library: String) {
        self.implementation = implementation
        self.version = version
        self.platform = platform
        self.library = library
    }
}

extension InterpreterClosure {
    /// Collects, precompiles and keeps the closure of an interpreter: seconds, once per home.
    /// - Parameters:
    ///   - python: the configured interpreter, possibly a shim such as pyenv's; `nil` looks for `python3`.
    ///   - progress: one line for people at each stage.
    public static func build(
        from python: String?, support: SupportFiles, sandbox: Sandbox, vault: any ObjectVault,
        progress: @Sendable (String) -> Void
    ) async throws -> InterpreterClosure {
        throw ExecutorError.interpreterUnusable(path: python ?? "python3", why: "not looked at yet")
    }

    /// The closure that is already kept under that digest.
    public static func load(_ tree: ContentDigest, vault: any ObjectVault) throws -> InterpreterClosure {
        throw ExecutorError.closureBroken(why: "\(tree) is not looked at yet")
    }
}

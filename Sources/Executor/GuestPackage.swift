import Model

/// The Python that runs beside a runbook: the package `runbook`, kept as a tree with its byte code.
public enum GuestPackage {
    /// The package as shipped: sources only, sorted by path.
    public static func files(_ support: SupportFiles) throws -> [TreeFile] { [] }

    /// Keeps the package with byte code made by that interpreter, and gives its tree digest.
    public static func store(
        _ support: SupportFiles, closure: InterpreterClosure, sandbox: Sandbox, vault: any ObjectVault
    ) async throws -> ContentDigest { try vault.putTree(try files(support)) }
}

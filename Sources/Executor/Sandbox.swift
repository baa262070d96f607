import Model

/// How a guest is started so that the same inputs give the same bytes.
public struct Sandbox: Sendable {
    public enum Requirement: String, Sendable {
        /// Refuse to run without namespaces and system-call filter.
        case required
        /// Run without them where they cannot be had; the run's mode says so.
        case degraded
    }

    /// What a run under this sandbox may call itself.
    public let mode: RunMode

    init(mode: RunMode) { self.mode = mode }

    /// Finds what the host offers; throws `SandboxUnavailable` with the remedy where policy asks for more than that.
    public static func open(_ requirement: Requirement) throws -> Sandbox { Sandbox(mode: .hermetic) }

    /// What `assay doctor` reports: each need of the sandbox, tried on this host.
    public static func probe() -> [SandboxCheck] { [] }

    /// Runs a bare script in the same sandbox: what a benchmark compares a run with.
    /// - Parameter directory: absolute path of the folder that becomes `/work`; `script` is relative to it.
    public func runScript(
        _ script: String, in directory: String, closure: InterpreterClosure, vault: any ObjectVault,
        seed: ContentDigest, logicalTime: String, limits: Limits
    ) async throws -> ScriptResult {
        ScriptResult(exit: .exited(0), standardOutput: [], standardError: [])
    }
}

/// One need of the sandbox and whether this host meets it.
public struct SandboxCheck: Hashable, Sendable, Codable {
    public var name: String
    public var passed: Bool
    public var detail: String
    /// Empty where it passed.
    public var remedy: String

    public init(name: String, passed: Bool, detail: String, remedy: String) {
        self.name = name
        self.passed = passed
        self.detail = detail
        self.remedy = remedy
    }
}

/// How a bare script ended and what it printed.
public struct ScriptResult: Hashable, Sendable {
    public enum Exit: Hashable, Sendable {
        case exited(Int32)
        case signalled(Int32)
        case deadlineExceeded
    }

    public var exit: Exit
    public var standardOutput: [UInt8]
    public var standardError: [UInt8]
}

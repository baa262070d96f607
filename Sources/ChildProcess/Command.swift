/// A program to start, and everything that it gets: nothing of ours reaches it unless it is said here.
public struct Command: Sendable {
    /// What the child reads on descriptor 0.
    public enum Input: Sendable {
        case null
        case bytes([UInt8])
        /// A descriptor that the caller keeps open until the process has started.
        case descriptor(Int32)
    }

    /// Where descriptors 1 and 2 of the child go.
    public enum Output: Sendable {
        /// Kept for the `ProcessResult`, up to the limit.
        case captured
        case null
        case descriptor(Int32)
    }

    /// How far the child stands apart. Either way it leads a process group of its own, which ends with it.
    public enum Isolation: Hashable, Sendable {
        case processGroup
        /// Also a session of its own, without a controlling terminal.
        case session
        /// In the foreground of our terminal, so that it may ask a person there; we are in the foreground again afterwards.
        case foreground(terminal: Int32)
    }

    /// Absolute path.
    public var executable: String
    /// Without the program's own name.
    public var arguments: [String]
    /// Exactly what the child sees.
    public var environment: [String: String]
    /// `nil` keeps ours.
    public var workingDirectory: String?
    public var standardInput: Input
    public var standardOutput: Output
    public var standardError: Output
    /// The child's descriptor (3 and up) → ours. Everything that is not named here is closed in the child.
    public var descriptors: [Int32: Int32]
    public var isolation: Isolation

    public init(
        _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:],
        workingDirectory: String? = nil, standardInput: Input = .null, standardOutput: Output = .captured,
        standardError: Output = .captured, descriptors: [Int32: Int32] = [:], isolation: Isolation = .processGroup
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.standardInput = standardInput
        self.standardOutput = standardOutput
        self.standardError = standardError
        self.descriptors = descriptors
        self.isolation = isolation
    }
}

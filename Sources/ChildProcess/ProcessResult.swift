/// How a process ended.
public enum ProcessStatus: Hashable, Sendable, CustomStringConvertible {
    case exited(Int32)
    case signalled(Int32)
    /// It was killed because its time was up.
    case deadlineExceeded

    public var description: String {
        switch self {
        case .exited(let code): "exited with status \(code)"
        case .signalled(let signal): "was killed by signal \(signal)"
        case .deadlineExceeded: "exceeded its deadline"
        }
    }
}

/// What is left of a process that has ended.
public struct ProcessResult: Hashable, Sendable {
    public var status: ProcessStatus
    /// The first bytes, up to the limit.
    public var standardOutput: [UInt8]
    public var standardError: [UInt8]
    /// Whether there was more than the limit: the rest was read and dropped.
    public var standardOutputWasCut: Bool
    public var standardErrorWasCut: Bool

    public var succeeded: Bool { status == .exited(0) }
    /// For people: invalid UTF-8 is replaced.
    public var outputText: String { String(decoding: standardOutput, as: UTF8.self) }
    public var errorText: String { String(decoding: standardError, as: UTF8.self) }

    /// Itself where the process exited with 0; otherwise an error with the end of what it said.
    public func check(_ command: Command) throws -> ProcessResult {
        guard succeeded else {
            let said = standardError.isEmpty ? standardOutput : standardError
            let end = String(decoding: said.suffix(2000), as: UTF8.self)
            let text = end.split(separator: "\n").suffix(5).joined(separator: "; ")
            throw ProcessError.failed(path: command.executable, status: status, output: text)
        }
        return self
    }
}

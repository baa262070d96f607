import Glibc
import Model

/// What can go wrong with starting a program and talking to it.
public enum ProcessError: AssayError, Equatable {
    case programMissing(path: String)
    case cannotStart(path: String, problem: String)
    /// The command itself is malformed.
    case invalidCommand(path: String, problem: String)
    /// The program ran and did not succeed; `output` is the end of its standard error.
    case failed(path: String, status: ProcessStatus, output: String)
    case inputOutput(operation: String, problem: String)

    public var reason: String {
        switch self {
        case .programMissing: "ProgramMissing"
        case .cannotStart: "ProgramNotStarted"
        case .invalidCommand: "CommandInvalid"
        case .failed: "ProgramFailed"
        case .inputOutput: "InputOutputFailed"
        }
    }

    public var message: String {
        switch self {
        case .programMissing(let path): "there is no program at \(path)"
        case .cannotStart(let path, let problem): "cannot start \(path): \(problem)"
        case .invalidCommand(let path, let problem): "the command for \(path) is invalid: \(problem)"
        case .failed(let path, let status, let output): "\(path) \(status)\(output.isEmpty ? "" : ": \(output)")"
        case .inputOutput(let operation, let problem): "cannot \(operation): \(problem)"
        }
    }

    public var remedy: String {
        switch self {
        case .programMissing: "Install the program that provides it"
        case .cannotStart: "Check its permissions and the host's limits on processes and open files"
        case .invalidCommand: "Correct the program, its arguments or its environment"
        case .failed: ""
        case .inputOutput: "Check the host's limits on open files and memory"
        }
    }

    static func inputOutput(_ operation: String, _ code: Int32 = errno) -> ProcessError {
        .inputOutput(operation: operation, problem: String(cString: strerror(code)))
    }
}

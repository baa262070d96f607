import Model

/// What can go wrong around a guest, apart from what the runbook itself does (that is a `RunFailure`).
public enum ExecutorError: AssayError, Hashable {
    /// The full sandbox cannot be had on this host and policy asks for it.
    case sandboxUnavailable(what: String, fix: String)
    /// A file that comes with the program is missing.
    case supportFileMissing(name: String, searched: [String])
    case interpreterUnusable(path: String, why: String)
    case closureBroken(why: String)
    /// The guest could not be started at all.
    case launchFailed(why: String)
    case recordedAnswerBroken(digest: ContentDigest, why: String)
    case historyBroken(sequence: Int, why: String)
    case startInvalid(why: String)

    public var reason: String {
        switch self {
        case .sandboxUnavailable: "SandboxUnavailable"
        case .supportFileMissing: "SupportFileMissing"
        case .interpreterUnusable: "InterpreterUnusable"
        case .closureBroken: "ClosureBroken"
        case .launchFailed: "LaunchFailed"
        case .recordedAnswerBroken: "RecordedAnswerBroken"
        case .historyBroken: "HistoryBroken"
        case .startInvalid: "StartInvalid"
        }
    }

    public var message: String {
        switch self {
        case .sandboxUnavailable(let what, _): "the sandbox is unavailable: \(what)"
        case .supportFileMissing(let name, let searched):
            "\(name), which comes with assay, was found in none of \(searched.joined(separator: ", "))"
        case .interpreterUnusable(let path, let why): "the Python interpreter \(path) cannot be used: \(why)"
        case .closureBroken(let why): "the interpreter closure cannot be used: \(why)"
        case .launchFailed(let why): "the guest could not be started: \(why)"
        case .recordedAnswerBroken(let digest, let why): "the recorded answer \(digest.short) is unusable: \(why)"
        case .historyBroken(let sequence, let why): "event \(sequence) of the run's history cannot be used: \(why)"
        case .startInvalid(let why): "the run cannot be described to the guest: \(why)"
        }
    }

    public var remedy: String {
        switch self {
        case .sandboxUnavailable(_, let fix): fix
        case .supportFileMissing: "Install assay again with all its files, or run make in its source folder"
        case .interpreterUnusable: "Set a CPython 3.9 or later that runs on this host as the interpreter"
        case .closureBroken: "Build the interpreter closure again"
        case .launchFailed: "Run assay doctor"
        case .recordedAnswerBroken, .historyBroken: "Restore the tenant home's objects from a backup, then run assay doctor"
        case .startInvalid: "Correct the value and start the run again"
        }
    }
}

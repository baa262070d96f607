import ChildProcess
import Foundation
import Model

/// Says in the user's words why a guest ended that did not end by itself.
enum GuestExit {
    static func failure(_ result: ProcessResult, _ limits: Limits, sandboxed: Bool) -> RunFailure {
        let detail = String(decoding: result.standardError.suffix(4000), as: UTF8.self)
        func failure(_ reason: String, _ message: String) -> RunFailure {
            RunFailure(reason: reason, message: message, detail: detail.isEmpty ? nil : detail)
        }
        switch ScriptResult.Exit(result.status, throughBubblewrap: sandboxed) {
        case .deadlineExceeded:
            return failure("LimitExceeded", "the run took longer than its limit of \(limits.wallSeconds) seconds")
        case .signalled(SIGXCPU):
            return failure("LimitExceeded", "the run used more than its limit of \(limits.cpuSeconds) seconds of processor time")
        case .signalled(SIGSYS):
            return failure("SandboxViolation", "the runbook made a system call of another machine's kind")
        case .signalled(let signal):
            return failure("GuestLost", "the guest was killed by signal \(signal) (\(String(cString: strsignal(signal))))")
        case .exited(let code):
            return failure("GuestLost", "the guest exited with status \(code) before the runbook ended")
        }
    }

    /// What the chain of programs that make the sandbox, or the interpreter's start, said last.
    static func notStarted(_ result: ProcessResult) -> ExecutorError {
        let said = result.errorText.split(separator: "\n").suffix(3).joined(separator: "; ")
        return .launchFailed(why: said.isEmpty ? "its process \(result.status)" : said)
    }

    /// Python reports the end of its memory as an exception like others; it is the limit all the same.
    static func refined(_ failure: RunFailure, _ limits: Limits) -> RunFailure {
        guard failure.reason == "RunbookError",
            failure.message == "MemoryError" || failure.message.hasPrefix("MemoryError:")
        else { return failure }
        var refined = failure
        refined.reason = "LimitExceeded"
        refined.message = "the run needed more than its limit of \(limits.memoryMiB) MiB of memory"
        return refined
    }
}

import Dispatch
import Synchronization

/// Runs programs to their end.
public enum ChildProcess {
    public static let standardOutputLimit = 16 << 20

    /// Starts the command and blocks until it has ended; a process that ends badly is a result, not an error.
    ///
    /// `outputLimit` bounds, in bytes, what is kept of standard output and of standard error each.
    public static func run(
        _ command: Command, deadline: Duration? = nil, outputLimit: Int = standardOutputLimit
    ) throws -> ProcessResult {
        try ProcessLoop(starting: command, deadline: deadline, outputLimit: outputLimit).run()
    }

    /// The same without blocking a thread of Swift's shared pool; cancelling the task kills the process group.
    public static func run(
        _ command: Command, deadline: Duration? = nil, outputLimit: Int = standardOutputLimit
    ) async throws -> ProcessResult {
        let process = try RunningProcess.start(command, deadline: deadline, outputLimit: outputLimit)
        return try await withTaskCancellationHandler {
            try await process.result()
        } onCancel: {
            process.terminate()
        }
    }
}

/// A process that runs while its starter does something else, such as talking to it over extra descriptors.
///
/// A thread of its own collects its output, keeps its deadline and reaps it, whether anybody waits or not.
public final class RunningProcess: Sendable {
    public var pid: Int32 { child.pid }
    private let child: ChildHandle
    private let finished = DispatchGroup()
    private let outcome = Mutex<Result<ProcessResult, any Error>?>(nil)

    /// The ends that the child was given of the caller's own pipes are the caller's to close after this.
    public static func start(
        _ command: Command, deadline: Duration? = nil, outputLimit: Int = ChildProcess.standardOutputLimit
    ) throws -> RunningProcess {
        let started = Mutex<Result<RunningProcess, any Error>?>(nil)
        let answer = DispatchSemaphore(value: 0)
        // Started by the thread that watches it: a child that asks to die with its parent means that thread, and one of a
        // shared pool may be gone in a few seconds.
        DispatchQueue(label: "assay.child-process").async {
            let loop: ProcessLoop
            let process: RunningProcess
            do {
                loop = try ProcessLoop(starting: command, deadline: deadline, outputLimit: outputLimit)
                process = RunningProcess(child: loop.child)
                process.finished.enter()
                started.withLock { $0 = .success(process) }
                answer.signal()
            } catch {
                started.withLock { $0 = .failure(error) }
                answer.signal()
                return
            }
            let result = Result { try loop.run() }
            process.outcome.withLock { $0 = result }
            process.finished.leave()
        }
        answer.wait()
        guard let result = started.withLock({ $0 }) else {
            preconditionFailure("the answer comes only after the result is set")
        }
        return try result.get()
    }

    private init(child: ChildHandle) { self.child = child }

    /// Kills the whole process group at once; no effect on a process that has ended.
    public func terminate() { child.killGroup() }

    /// Blocks until the process has ended. Any number of callers may wait.
    public func wait() throws -> ProcessResult {
        finished.wait()
        return try taken()
    }

    /// The same for asynchronous callers.
    public func result() async throws -> ProcessResult {
        await withCheckedContinuation { continuation in
            finished.notify(queue: .global()) { continuation.resume() }
        }
        return try taken()
    }

    /// The result, where the process has ended already.
    public var resultIfEnded: ProcessResult? { outcome.withLock { try? $0?.get() } }

    private func taken() throws -> ProcessResult {
        guard let outcome = outcome.withLock({ $0 }) else {
            preconditionFailure("the group is left only after the outcome is set")
        }
        return try outcome.get()
    }
}

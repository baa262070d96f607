import ChildProcess
import Digests
import Foundation
import Model

/// The program that talks to remotes over the network, in a process of its own for each conversation.
///
/// What hangs is killed at the deadline, and what crashes takes nothing else with it: the process only ever writes to a
/// quarantine. Nothing of the starter reaches it but what the request says.
public struct GitWorker: Hashable, Sendable {
    /// The word that makes our program serve one request.
    public static let command = "git-worker"

    /// Absolute path.
    public var program: String
    public var arguments: [String]
    public var environment: [String: String]
    /// From start to answer.
    public var deadline: Duration

    /// By default the program that this process runs, also after its file was replaced by a newer one.
    public init(
        program: String = "/proc/self/exe", arguments: [String] = [GitWorker.command], environment: [String: String] = [:],
        deadline: Duration = .seconds(60)
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.deadline = deadline
    }

    /// Blocks the caller's executor until there is an answer or none is to come; cancelling the task kills the process.
    func ask<Value: Codable>(
        _ order: WorkerRequest.Order, of remote: RemoteConfiguration, holding lock: Int32? = nil, mirror: String,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> Value {
        let request = WorkerRequest(
            order: order, remote: RemoteMessage(remote), environment: GitWorker.passedOn, seconds: Int(deadline.components.seconds))
        let result: ProcessResult
        do {
            let command = Command(
                program, arguments, environment: environment, standardInput: .bytes(try CanonicalJSON.encode(request)),
                descriptors: lock.map { [3: $0] } ?? [:])
            let process = try RunningProcess.start(command, deadline: deadline, outputLimit: 1 << 20)
            result = try await withTaskCancellationHandler { try process.wait() } onCancel: { process.terminate() }
        } catch let error as any AssayError {
            throw GitStoreError.workerFailed(url: remote.shownURL, detail: error.message)
        }
        try Task.checkCancellation()
        if result.succeeded, let answer = try? CanonicalJSON.decode(WorkerAnswer<Value>.self, from: result.standardOutput) {
            if let value = answer.value { return value }
            if let error = answer.error { throw error }
        }
        throw failure(result, remote: remote, mirror: mirror)
    }

    private func failure(_ result: ProcessResult, remote: RemoteConfiguration, mirror: String) -> GitStoreError {
        switch result.status {
        case .deadlineExceeded, .signalled(SIGALRM):
            return .remoteTimedOut(url: remote.shownURL, seconds: Int(deadline.components.seconds))
        case .signalled(SIGBUS):
            // libgit2 writes through a memory map: the file system had no page for it.
            return .mirrorUnwritable(path: mirror, detail: "the file system is full")
        default:
            let said = result.errorText.split(whereSeparator: \.isNewline).suffix(3).joined(separator: "; ")
            return .workerFailed(url: remote.shownURL, detail: "it \(result.status)" + (said.isEmpty ? "" : ": \(said)"))
        }
    }

    /// What libgit2, OpenSSL and libssh2 take from the environment: the way through a proxy, authorities, the agent.
    private static var passedOn: [String: String] {
        let names: Set = [
            "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR",
            "SSH_AUTH_SOCK",
        ]
        return ProcessInfo.processInfo.environment.filter { names.contains($0.key) }
    }
}

extension GitWorker {
    /// Carries out one request in this process, which was started for it alone, and gives the line to print.
    ///
    /// - Throws: where the request cannot be read: whoever started this is not our program.
    public static func serve(_ request: [UInt8], faults: FaultPoints = .none) throws -> [UInt8] {
        let request = try CanonicalJSON.decode(WorkerRequest.self, from: request)
        for (name, value) in request.environment { setenv(name, value, 1) }
        alarm(UInt32(clamping: request.seconds + 1))
        let remote = request.remote.configuration
        switch request.order {
        case .fetch(let quarantine, let known):
            return try answer {
                try NetworkFetch(remote: remote, known: known, quarantine: Quarantine(joining: quarantine)).run(faults)
            }
        case .push(let mirror, let commit, let reference):
            return try answer {
                try StatusPush(mirror: mirror, remote: remote, commit: commit, reference: reference).carryOut()
            }
        }
    }

    private static func answer<Value: Codable>(_ work: () throws -> Value) throws -> [UInt8] {
        var answer = WorkerAnswer<Value>()
        do {
            answer.value = try work()
        } catch let error as GitStoreError {
            answer.error = error
        }
        return try CanonicalJSON.encode(answer) + Array("\n".utf8)
    }
}

extension GitWorker: StatusPushing {
    /// Pushes over the network in a process of its own; to a repository on this host in this one.
    public func push(_ push: StatusPush, deadline: Duration) async throws -> StatusPush.Outcome {
        if case .local? = RemoteKind(url: push.remote.url) { return try await PushHere().push(push, deadline: deadline) }
        var worker = self
        worker.deadline = deadline
        return try await WorkerQueue().run(worker, push)
    }
}

/// Waits for a worker on a queue of its own.
private actor WorkerQueue {
    private nonisolated let queue = QueueExecutor(label: "assay.git-worker")
    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    func run(_ worker: GitWorker, _ push: StatusPush) async throws -> StatusPush.Outcome {
        try await worker.ask(
            .push(mirror: push.mirror, commit: push.commit, reference: push.reference), of: push.remote, mirror: push.mirror)
    }
}

import ChildProcess
import Digests
import Foundation
import Model
import Synchronization
import Testing

/// A running daemon, and what it tells its service manager: that is how a test knows where it stands.
final class RunningDaemon: Sendable {
    let home: TestHome
    let process: RunningProcess
    let manager: ManagerSocket

    init(_ home: TestHome, environment: [String: String] = [:], isReady: Bool = true) throws {
        self.home = home
        manager = try ManagerSocket(in: home.scratch.path)
        let own = ["ASSAY_HOME": home.path, "PATH": "/usr/bin:/bin", "NOTIFY_SOCKET": manager.path]
        process = try RunningProcess.start(
            Command(Program.assay, ["daemon"], environment: own.merging(environment) { $1 }), deadline: .seconds(240),
            outputLimit: 1 << 20)
        if isReady { try manager.wait(for: "READY=1") }
    }

    func stop() throws -> ProcessResult {
        kill(process.pid, SIGTERM)
        return try process.wait()
    }

    deinit { process.terminate() }

    /// What it logged: one JSON object a line.
    static func log(_ result: ProcessResult) throws -> [JSONValue] {
        try result.errorText.split(separator: "\n").map { try CanonicalJSON.parse(Array($0.utf8)) }
    }
}

/// The other end of sd_notify(3).
final class ManagerSocket: Sendable {
    let path: String
    private let descriptor: Int32
    private let heard = Heard()
    private let arrived = DispatchSemaphore(value: 0)

    init(in folder: String) throws {
        path = folder + "/n\(Int.random(in: 0..<1_000_000))"
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        try #require(bytes.count < 108)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let (descriptor, bound) = (descriptor, withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(self.descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        })
        try #require(bound == 0)
        // Always listening, as a service manager is: what is not taken in time is not said again.
        let (heard, arrived) = (heard, arrived)
        Thread.detachNewThread {
            while true {
                var buffer = [UInt8](repeating: 0, count: 4096)
                let count = recv(descriptor, &buffer, buffer.count, 0)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return _ = close(descriptor) }
                heard.add(String(decoding: buffer[..<count], as: UTF8.self))
                arrived.signal()
            }
        }
    }

    deinit { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Messages that nobody has read yet.
    private final class Heard: Sendable {
        private let messages = Mutex<[String]>([])
        func add(_ message: String) { messages.withLock { $0.append(message) } }
        func next() -> String? { messages.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
    }

    /// Reads messages until one holds the text; gives that one.
    @discardableResult
    func wait(for text: String) throws -> String {
        while true {
            guard arrived.wait(timeout: .now() + 120) == .success, let message = heard.next() else {
                throw Program.Failed(description: "the daemon never said '\(text)'")
            }
            if message.contains(text) { return message }
        }
    }
}

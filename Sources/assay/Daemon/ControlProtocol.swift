import Digests
import Foundation
import Model

/// What a command and the daemon say to each other over the home's control socket: one JSON object a line.
///
/// The command sends one request; the daemon answers with any number of `out` and `err` and ends with one `exit`.
enum ControlProtocol {
    static let version: Int64 = 1

    struct Request {
        /// The command line without the program's name.
        var words: [String]
        var colours: Bool

        var line: [UInt8] {
            get throws {
                try ControlProtocol.line([
                    "version": .integer(version), "words": .array(words.map { .string($0) }), "colours": .bool(colours),
                ])
            }
        }

        init(words: [String], colours: Bool) {
            self.words = words
            self.colours = colours
        }

        init?(line: [UInt8]) {
            guard let value = try? CanonicalJSON.parse(line), value["version"] == .integer(version),
                let words = value["words"]?.array, let colours = value["colours"]?.bool
            else { return nil }
            self.words = words.compactMap(\.string)
            self.colours = colours
        }
    }

    enum Reply {
        case output(String)
        case errors(String)
        case exit(Int32)

        var line: [UInt8] {
            let value: JSONValue =
                switch self {
                case .output(let text): ["out": .string(text)]
                case .errors(let text): ["err": .string(text)]
                case .exit(let code): ["exit": .integer(Int64(code))]
                }
            // Strings and small integers always have a canonical form.
            return (try? ControlProtocol.line(value)) ?? []
        }

        init?(line: [UInt8]) {
            guard let value = try? CanonicalJSON.parse(line) else { return nil }
            if let text = value["out"]?.string {
                self = .output(text)
            } else if let text = value["err"]?.string {
                self = .errors(text)
            } else if let code = value["exit"]?.integer {
                self = .exit(Int32(truncatingIfNeeded: code))
            } else {
                return nil
            }
        }
    }

    private static func line(_ value: JSONValue) throws -> [UInt8] { try CanonicalJSON.encode(value) + [0x0a] }

    /// Address of the socket. A path that is too long for one (about 100 bytes) is reached through the folder's descriptor.
    static func withAddress<T>(
        _ folder: String, _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> T
    ) throws -> T {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ControlError.unreachable(folder: folder, why: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array("/proc/self/fd/\(descriptor)/control.sock".utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        return try withUnsafePointer(to: &address) {
            try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                try body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}

/// Why the daemon could not be asked.
enum ControlError: AssayError, Equatable {
    case unreachable(folder: String, why: String)
    case noDaemon(folder: String)
    case lost(folder: String)
    /// The daemon was told to stop before it had begun.
    case stopping

    var reason: String {
        switch self {
        case .noDaemon: "NoDaemon"
        case .unreachable, .lost: "DaemonUnreachable"
        case .stopping: "DaemonStopping"
        }
    }
    var message: String {
        switch self {
        case .unreachable(let folder, let why): "The control socket in \(folder) cannot be used: \(why)"
        case .noDaemon(let folder): "No daemon runs for \(folder)"
        case .lost(let folder): "The daemon of \(folder) went away before it had finished"
        case .stopping: "The daemon was told to stop before this had begun"
        }
    }
    var remedy: String {
        switch self {
        case .unreachable: "Check the permissions of the home, and which user runs the daemon"
        case .noDaemon: "Start one with 'assay daemon', or use 'assay reconcile'"
        case .lost: "Start it again: it finishes what was interrupted; 'assay runs' shows where a run stands"
        case .stopping: "Ask again when it runs again"
        }
    }
    var disposition: Disposition {
        switch self {
        case .lost, .stopping: .retry
        default: .stall
        }
    }
}

/// Lines from a connected socket.
struct LineReader {
    let descriptor: Int32
    private var buffer: [UInt8] = []
    private static let longest = 1 << 20

    init(descriptor: Int32) { self.descriptor = descriptor }

    /// `nil` at the end, or where a line is longer than anything this protocol says.
    mutating func next() -> [UInt8]? {
        while true {
            if let end = buffer.firstIndex(of: 0x0a) {
                let line = Array(buffer[..<end])
                buffer.removeSubrange(...end)
                return line
            }
            guard buffer.count <= Self.longest else { return nil }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            buffer += chunk[..<count]
        }
    }
}

/// Writes all of it; a reader that is gone is no error of ours (and must not end us with SIGPIPE).
@discardableResult
func sendAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var sent = 0
    while sent < bytes.count {
        let count = bytes[sent...].withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        sent += count
    }
    return true
}

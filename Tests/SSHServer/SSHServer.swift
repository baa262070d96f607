import ChildProcess
import Foundation

/// OpenSSH's own server on the loopback interface, for the account that runs the tests; it ends with its starter.
public final class SSHServer {
    /// Why no server can run here; `nil` where one can.
    public static let obstacle: String? = {
        guard FileManager.default.isExecutableFile(atPath: program) else { return "openssh-server is not installed" }
        guard let account = getpwuid(getuid()), let shell = account.pointee.pw_shell.map({ String(cString: $0) }) else {
            return "this account has no entry among the users"
        }
        return ["nologin", "false"].contains { shell.hasSuffix("/" + $0) } ? "this account may not log in" : nil
    }()

    public let port: Int
    /// The account that everyone logs in to.
    public let user: String
    private let process: RunningProcess
    /// The server ends when this is closed, and so also when the tests crash.
    private let leash: FileHandle
    private let log: Log

    /// - Parameters:
    ///   - folder: Of the server's own; made here.
    ///   - hostKeys: Private key files of the keys that the server shows.
    ///   - authorizedKeys: File of the public keys that may log in; read again for each connection.
    public init(in folder: String, hostKeys: [String], authorizedKeys: String) throws {
        user = getpwuid(getuid()).map { String(cString: $0.pointee.pw_name) } ?? ""
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // Where sshd of root locks its children in; the system's own service makes it when it starts.
        if getuid() == 0 { mkdir("/run/sshd", 0o755) }
        var refusal = ""
        // Another process may take the free port before sshd does.
        for _ in 0..<5 {
            let port = try SSHServer.freePort()
            let settings = SSHServer.settings(folder, port: port, hostKeys: hostKeys, authorizedKeys: authorizedKeys)
            try settings.write(toFile: folder + "/sshd_config", atomically: true, encoding: .utf8)
            let (process, leash, log) = try SSHServer.start(folder + "/sshd_config")
            let (found, text) = log.read(through: "Server listening on")
            if found {
                (self.port, self.process, self.leash, self.log) = (port, process, leash, log)
                return
            }
            process.terminate()
            refusal = text
        }
        throw Failed(description: "sshd did not start: \(refusal)")
    }

    deinit {
        process.terminate()
        _ = try? process.wait()
    }

    /// What the server said since the last call, up to and with the line that holds the text; waits for that line, not for ever.
    public func log(through text: String) -> String { log.read(through: text).text }

    public struct Failed: Error, CustomStringConvertible { public var description: String }

    private static let program = "/usr/sbin/sshd"

    /// Waits for the end of standard input, which is the leash. The shell lets go of standard error, so that reading
    /// the log ends if sshd does.
    private static let script = "\"$0\" -D -e -f \"$1\" & exec 2>/dev/null; cat; kill $!"

    private static func settings(_ folder: String, port: Int, hostKeys: [String], authorizedKeys: String) -> String {
        """
        Port \(port)
        ListenAddress 127.0.0.1
        PidFile "\(folder)/sshd.pid"
        \(hostKeys.map { "HostKey \"\($0)\"" }.joined(separator: "\n"))
        AuthorizedKeysFile "\(authorizedKeys)"
        AuthenticationMethods publickey
        PermitRootLogin prohibit-password
        StrictModes no
        UsePAM no
        PermitUserRC no
        MaxAuthTries 20
        LogLevel VERBOSE

        """
    }

    private static func start(_ settings: String) throws -> (RunningProcess, leash: FileHandle, Log) {
        let input = try Descriptor.pipe().ends()
        let output = try Descriptor.pipe().ends()
        let leash = FileHandle(fileDescriptor: input.writing, closeOnDealloc: true)
        let log = Log(FileHandle(fileDescriptor: output.reading, closeOnDealloc: true))
        defer {
            close(input.reading)
            close(output.writing)
        }
        let process = try RunningProcess.start(
            Command(
                "/bin/sh", ["-c", script, program, settings], environment: ["PATH": "/usr/bin:/bin"],
                standardInput: .descriptor(input.reading), standardOutput: .null,
                standardError: .descriptor(output.writing)))
        return (process, leash, log)
    }

    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) | getsockname(descriptor, $0, &length) }
        }
        guard code == 0 else { throw Failed(description: "no free port: \(String(cString: strerror(errno)))") }
        return Int(in_port_t(bigEndian: address.sin_port))
    }
}

/// What a program writes to a pipe, read line by line.
private final class Log {
    private let handle: FileHandle
    private var unread = ""

    init(_ handle: FileHandle) { self.handle = handle }

    /// Everything up to and with the line that holds the text; or to the end, or to twenty seconds of silence.
    func read(through text: String) -> (found: Bool, text: String) {
        var seen = ""
        while true {
            while let end = unread.firstIndex(where: \.isNewline) {
                let line = unread[..<end]
                unread = String(unread[unread.index(after: end)...])
                seen += line + "\n"
                if line.contains(text) { return (true, seen) }
            }
            var wait = pollfd(fd: handle.fileDescriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&wait, 1, 20_000) > 0 else { return (false, seen + unread) }
            let more = handle.availableData
            if more.isEmpty { return (false, seen + unread) }
            unread += String(decoding: more, as: UTF8.self)
        }
    }
}

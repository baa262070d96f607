import ChildProcess
import Digests
import Foundation
import Model
import Testing

@Suite("The daemon")
struct DaemonTests {
    /// A running daemon, and what it tells its service manager: that is how a test knows where it stands.
    final class Running: Sendable {
        let home: TestHome
        let process: RunningProcess
        let manager: ManagerSocket

        init(_ home: TestHome) throws {
            self.home = home
            manager = try ManagerSocket(in: home.scratch.path)
            process = try RunningProcess.start(
                Command(
                    Program.assay, ["daemon"],
                    environment: ["ASSAY_HOME": home.path, "PATH": "/usr/bin:/bin", "NOTIFY_SOCKET": manager.path]),
                deadline: .seconds(120), outputLimit: 1 << 20)
            try manager.wait(for: "READY=1")
        }

        func stop() throws -> ProcessResult {
            kill(process.pid, SIGTERM)
            return try process.wait()
        }

        deinit { process.terminate() }
    }

    /// The other end of sd_notify(3).
    final class ManagerSocket: Sendable {
        let path: String
        private let descriptor: Int32

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
            var patience = timeval(tv_sec: 60, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        }

        deinit { close(descriptor) }

        /// Reads messages until one holds the text.
        func wait(for text: String) throws {
            while true {
                var buffer = [UInt8](repeating: 0, count: 4096)
                let count = recv(descriptor, &buffer, buffer.count, 0)
                guard count > 0 else { throw Program.Failed(description: "the daemon never said '\(text)'") }
                if String(decoding: buffer[..<count], as: UTF8.self).contains(text) { return }
            }
        }
    }

    private func change(_ home: TestHome, _ text: String) throws -> String {
        try home.workspace.write(
            "tenants/oak/entities/oak-b.yaml",
            SmallWorkspace.manifest("Entity", "oak-b", "displayName: \(text)\ntype: spv\njurisdiction: GB\ncurrency: GBP\nchart: small"))
        return try home.workspace.commit("Rename to \(text)")
    }

    @Test("a merge deploys: woken by notify, it reconciles to the newest commit")
    func merge() throws {
        let daemon = try Running(try TestHome())
        for name in ["First", "Second"] {
            let commit = try change(daemon.home, name)
            #expect(try daemon.home.assay("notify").status == .exited(0))
            try daemon.manager.wait(for: "STATUS=ready at \(commit.prefix(10))")
            #expect(try daemon.home.json("status")["applied"]?["commit"]?.string == commit)
        }
        let ended = try daemon.stop()
        #expect(ended.status == .exited(0))
        // What it logged: one JSON object a line.
        let events = try ended.errorText.split(separator: "\n").map { try CanonicalJSON.parse(Array($0.utf8))["event"]?.string }
        #expect(events.first == "started" && events.last == "stopped" && events.filter { $0 == "reconciled" }.count >= 2)
    }

    @Test("a run beside the daemon is handed over: same output, same exit code, and the daemon goes on")
    func handover() throws {
        let daemon = try Running(try TestHome())
        try daemon.manager.wait(for: "STATUS=ready")
        let run = try daemon.home.run()
        #expect(run["state"] == "succeeded")
        #expect(try daemon.home.json("verify", try #require(run["run"]?.string))["verdict"] == "valid")
        let wrong = try daemon.home.assay("run", "interest", "--entity", "oak-z", "--period", "2026-03")
        #expect(wrong.status == .exited(1) && wrong.errorText.contains("oak-a"))
        #expect(try daemon.home.assay("reconcile").status == .exited(0))
        #expect(try daemon.stop().status == .exited(0))
        #expect(try daemon.home.assay("run", "interest", "--entity", "oak-b", "--period", "2026-03").status == .exited(0))
    }

    @Test("a commit with problems keeps the last good one, and the fix is picked up at once")
    func stalled() throws {
        let daemon = try Running(try TestHome())
        try daemon.manager.wait(for: "STATUS=ready")
        try daemon.home.workspace.write("tenants/oak/tenant.yaml", "kind: [")
        try daemon.home.workspace.commit("Broken")
        try daemon.home.assay("notify")
        try daemon.manager.wait(for: "STATUS=stalled")
        try daemon.home.workspace.git("revert", "--no-edit", "HEAD")
        let fixed = try daemon.home.workspace.commit("Revert")
        try daemon.home.assay("notify")
        try daemon.manager.wait(for: "STATUS=ready at \(fixed.prefix(10))")
        #expect(try daemon.stop().status == .exited(0))
    }

    @Test("a second daemon is refused with the holder named; after SIGKILL the next one starts")
    func second() throws {
        let home = try TestHome()
        let first = try Running(home)
        let second = try home.assay("daemon")
        #expect(second.status != .exited(0))
        #expect(second.errorText.contains(String(first.process.pid)))
        kill(first.process.pid, SIGKILL)
        #expect(try first.process.wait().status == .signalled(9))
        let next = try Running(home)
        #expect(try home.assay("notify").status == .exited(0))
        #expect(try next.stop().status == .exited(0))
    }

    @Test("SIGHUP reads the configuration again")
    func reload() throws {
        let daemon = try Running(try TestHome())
        try daemon.manager.wait(for: "STATUS=ready")
        kill(daemon.process.pid, SIGHUP)
        try daemon.manager.wait(for: "RELOADING=1")
        try daemon.manager.wait(for: "READY=1")
        #expect(try daemon.stop().status == .exited(0))
    }

    @Test("without a daemon, notify says so")
    func noDaemon() throws {
        let result = try TestHome().assay("notify")
        #expect(result.status == .exited(1))
        #expect(result.errorText.contains("assay daemon"))
    }

    @Test("the control socket refuses what is no request, and carries out only what changes the home")
    func hostile() throws {
        let daemon = try Running(try TestHome())
        try daemon.manager.wait(for: "STATUS=ready")
        let script = """
            import json, os, socket, sys
            os.chdir(sys.argv[1])
            def say(data):
                client = socket.socket(socket.AF_UNIX); client.connect("control.sock")
                out = b""
                try:
                    client.sendall(data)
                    client.shutdown(socket.SHUT_WR)
                    while (chunk := client.recv(65536)): out += chunk
                except (BrokenPipeError, ConnectionResetError):
                    pass  # the daemon had heard enough
                return out
            assert say(b"") == b"" and say(b"{}\\n") == b"" and say(b"\\xff" * 100000 + b"\\n") == b""
            assert say(b"x" * 3000000) == b""
            reply = say(json.dumps({"version": 1, "words": ["status"], "colours": False}).encode() + b"\\n")
            assert b'"exit":2' in reply, reply
            reply = say(json.dumps({"version": 1, "words": ["daemon"], "colours": False}).encode() + b"\\n")
            assert b'"exit":2' in reply, reply
            print("refused", oct(os.stat("control.sock").st_mode & 0o777))
            """
        #expect(try Program.output("python3", ["-c", script, daemon.home.path]) == "refused 0o600\n")
        #expect(try daemon.home.assay("notify").status == .exited(0))
        #expect(try daemon.stop().status == .exited(0))
    }
}

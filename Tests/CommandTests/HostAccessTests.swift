import ChildProcess
import Digests
import Foundation
import Model
import Testing

@Suite("Who is on the host")
struct HostAccessTests {
    /// As a user who owns nothing here; only root can become one.
    private static let other = ["--reuid=65534", "--regid=65534", "--clear-groups"]

    @Test("another user reads nothing of a home that init made, not even what would be harmless", .enabled(if: getuid() == 0))
    func files() throws {
        let scratch = try Scratch()
        let workspace = try SmallWorkspace(in: scratch.path)
        let home = scratch.path + "/home"
        try Program.output(Program.assay, ["init", home, "--repo", workspace.bare, "--tenant", "oak"])
        try Program.output(Program.assay, ["reconcile", "--home", home])
        for path in ["", "/config.yaml", "/state.db", "/keys/stamp.pem", "/trust/allowed_signers", "/mirror.git", "/outputs"] {
            let result = try Program.run("setpriv", Self.other + ["ls", home + path], in: "/")
            #expect(!result.succeeded && result.errorText.contains("Permission denied"), "\(path): \(result.outputText)")
        }
        try Program.output("chmod", ["755", home])
        for path in ["/keys/stamp.pem", "/secrets"] {
            #expect(try !Program.run("setpriv", Self.other + ["cat", home + path], in: "/").succeeded, "\(path) has a lock of its own")
        }
        let written = try Program.run("setpriv", Self.other + ["touch", home + "/trust/allowed_signers"], in: "/")
        #expect(!written.succeeded)
    }

    @Test("the daemon answers another user nothing, even where they could reach its socket", .enabled(if: getuid() == 0))
    func socket() throws {
        let daemon = try DaemonTests.Running(try TestHome(runs: false))
        try daemon.manager.wait(for: "STATUS=ready")
        try Program.output("chmod", ["755", daemon.home.path])
        try Program.output("chmod", ["666", daemon.home.path + "/control.sock"])
        let script = """
            import json, os, socket, sys
            os.chdir(sys.argv[1])
            client = socket.socket(socket.AF_UNIX); client.connect("control.sock")
            out = b""
            try:
                client.sendall(json.dumps({"version": 1, "words": ["reconcile"], "colours": False}).encode() + b"\\n")
                while (chunk := client.recv(65536)): out += chunk
            except (BrokenPipeError, ConnectionResetError):
                pass
            print("answered" if out else "silent")
            """
        func ask(_ prefix: [String]) throws -> String {
            try Program.output("setpriv", prefix + ["/usr/bin/python3", "-c", script, daemon.home.path], in: "/")
        }
        #expect(try ask(Self.other) == "silent\n")
        #expect(try ask(["--reuid=0"]) == "answered\n")
        #expect(try daemon.stop().status == .exited(0))
    }

    @Test("a stamp names the trust root that was in force, so that a change shows; an earlier stamp stays valid")
    func trustRoot() throws {
        let home = try TestHome()
        try home.reconcile()
        func root(_ run: JSONValue) throws -> String {
            let path = try #require(run["outputs"]?.array?.first?["path"]?.string)
            let stamp = try CanonicalJSON.parse(Array(try Data(contentsOf: URL(fileURLWithPath: path + ".stamp.json"))))
            let payload = try #require(stamp["payload"]?.string.flatMap { Base64.decode($0) })
            let inputs = try CanonicalJSON.parse(payload)["predicate"]?["buildDefinition"]?["resolvedDependencies"]?.array
            return try #require(inputs?.first { $0["name"] == "trust-root" }?["digest"]?["sha256"]?.string)
        }
        let before = try home.run("oak-a")
        try "mallory@example.com \(try String(contentsOfFile: home.path + "/keys/stamp.pub", encoding: .utf8))".write(
            toFile: home.path + "/trust/allowed_signers", atomically: true, encoding: .utf8)
        let after = try home.run("oak-b")
        #expect(try root(before) != root(after))
        #expect(try home.json("verify", try #require(before["run"]?.string))["verdict"] == "valid")
        // What the list said is kept with it.
        let list = try CanonicalJSON.parse(Array(try Data(contentsOf: URL(fileURLWithPath: home.object(try root(after))))))
        let text = try String(contentsOfFile: home.object(try #require(list["allowed_signers"]?.string)), encoding: .utf8)
        #expect(text.contains("mallory@example.com"))
    }
}

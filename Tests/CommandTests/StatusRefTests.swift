import ChildProcess
import Digests
import Foundation
import Model
import SSHServer
import Testing

@Suite("The status reference, through the program")
struct StatusRefTests {
    static let reference = "refs/assay/status/oak"
    static let points = FaultPoint.allCases.filter { $0.rawValue.hasPrefix("report.") }.map(\.rawValue)

    /// A home that pushes its status, and whose hook keeps what it is told.
    private func home() throws -> TestHome {
        let home = try TestHome()
        try "status: {push: on}\nhooks: {commitStatus: [/usr/bin/tee, -a, \"\(home.scratch.path)/told\"]}\n".appended(toConfigurationOf: home)
        return home
    }

    private func told(_ home: TestHome) throws -> [JSONValue] {
        let text = (try? String(contentsOfFile: home.scratch.path + "/told", encoding: .utf8)) ?? ""
        return try text.split(separator: "\n").map { try CanonicalJSON.parse(Array($0.utf8)) }
    }

    private func git(_ home: TestHome, _ arguments: String..., in place: String? = nil) throws -> String {
        try Program.output("git", ["-C", place ?? home.workspace.bare] + arguments).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @Test("killed at any point of a report, the next command ends with the same reference, and tells the forge under one id", arguments: points)
    func crash(point: String) throws {
        let home = try home()
        let killed = try home.assay("reconcile", environment: ["ASSAY_FAULT_POINT": point])
        #expect(killed.status == .signalled(9), "the point \(point) was not reached: \(killed.outputText)\(killed.errorText)")
        try home.reconcile()
        #expect(try git(home, "rev-parse", Self.reference) == git(home, "rev-parse", Self.reference, in: home.path + "/mirror.git"))
        #expect(try git(home, "log", "--format=%s", Self.reference).hasPrefix("ready at "))
        #expect(try git(home, "rev-list", "--count", Self.reference) == "1")
        let said = try told(home)
        #expect(!said.isEmpty && Set(said.compactMap { $0["id"]?.string }).count == 1 && said.allSatisfy { $0["state"] == "success" })
        #expect(try home.json("status")["report"]?["waiting"] == [])
    }

    @Test("a run that was killed between its end and its report is reported by the next command")
    func crashedRun() throws {
        let home = try home()
        try home.reconcile()
        let killed = try home.assay(
            ["run", "interest", "--entity", "oak-a", "--period", "2026-03"], environment: ["ASSAY_FAULT_POINT": "run.published"])
        #expect(killed.status == .signalled(9))
        try home.reconcile()
        let run = try #require(try home.json("runs")["runs"]?.array?.first?["run"]?.string)
        let remote = try home.json("status", "--remote", home.workspace.bare)
        #expect(remote["runs"]?.array?.map { $0["run"]?.string } == [run])
        #expect(try remote["runs"]?.array?.first?["stamp"] == home.json("show", run)["stamp"])
    }

    @Test("a commit with problems is reported as well as the fix: in Git, to the hook, and to somebody without a home")
    func failure() throws {
        let home = try home()
        try home.reconcile()
        let good = try home.workspace.git("rev-parse", "HEAD").trimmingCharacters(in: .newlines)
        try home.workspace.write("tenants/oak/tenant.yaml", "kind: [")
        let bad = try home.workspace.commit("Broken")
        #expect(try home.assay("reconcile").status == .exited(1))
        let stalled = try home.json("status", "--remote", home.workspace.bare)
        #expect(stalled["outcome"] == "stalled" && stalled["reason"] == "ManifestInvalid")
        #expect(stalled["applied"]?["commit"]?.string == good && stalled["attempted"]?["commit"]?.string == bad)
        #expect(stalled["problems"]?.array?.first?["file"] == "tenants/oak/tenant.yaml")
        #expect(try home.assay("reconcile").status == .exited(1))
        #expect(try git(home, "rev-list", "--count", Self.reference) == "2", "the same said again is no news")
        try home.workspace.git("revert", "--no-edit", "HEAD")
        let fixed = try home.workspace.commit("Fixed")
        try home.reconcile()
        #expect(try told(home).map { [$0["commit"]?.string ?? "", $0["state"]?.string ?? "", $0["reason"]?.string ?? ""] } == [
            [good, "success", ""], [bad, "failure", "ManifestInvalid"], [fixed, "success", ""],
        ])
    }

    @Test("the commits verify with the host's public stamping key, as Git itself checks them")
    func signed() throws {
        let home = try home()
        try home.reconcile()
        try Program.output("sh", ["-c", "echo \"oak@assay.invalid $(cat keys/stamp.pub)\" > ../signers"], in: home.path)
        let config = ["-c", "gpg.ssh.allowedSignersFile=\(home.scratch.path)/signers"]
        try Program.output("git", ["-C", home.workspace.bare] + config + ["verify-commit", Self.reference])
    }

    @Test("the head of the log leaves the host with it: the checkpoint of an earlier commit is the beginning of a later log")
    func checkpoint() throws {
        let home = try home()
        try home.reconcile()
        try home.run()
        let text = try Program.output("git", ["-C", home.workspace.bare, "show", "\(Self.reference):checkpoint"])
        #expect(try home.assay("log", "checkpoint").outputText == text)
        try text.write(toFile: home.scratch.path + "/earlier", atomically: true, encoding: .utf8)
        try home.run("oak-b", "2026-03")
        #expect(try git(home, "show", "\(Self.reference):checkpoint") != text.trimmingCharacters(in: .newlines))
        #expect(try home.assay("log", "consistency", home.scratch.path + "/earlier").status == .exited(0))
        // What was pushed is held outside from then on, and a stamp's verdict says so.
        let run = try #require(try home.json("runs", "--entity", "oak-a")["runs"]?.array?.first?["run"]?.string)
        let witness = try home.json("verify", run)["checks"]?.array?.first { $0["name"] == "witness" }?["detail"]?.string
        let holding = try git(home, "rev-parse", "\(Self.reference)~1")
        #expect(witness?.contains("status ref") == true && witness?.contains(holding) == true, "\(witness ?? "")")
    }

    @Test("a deployment that is suspended on the host is told as such, without who did it and why")
    func suspended() throws {
        let home = try home()
        try home.reconcile()
        #expect(try home.assay("suspend", "interest", "--reason", "Bruchteil 8841 wird geprueft").status == .exited(0))
        let deployment = try home.json("status", "--remote", home.workspace.bare)["deployments"]?.array?.first
        #expect(deployment?["suspended"] == true && deployment?["suspendedSince"] != nil)
        #expect(try !git(home, "log", "-p", Self.reference).contains("8841"))
        #expect(try home.assay("resume", "interest", "--reason", "in Ordnung").status == .exited(0))
        #expect(try home.json("status", "--remote", home.workspace.bare)["deployments"]?.array?.first?["suspended"] == false)
    }

    @Test("nobody's status, one, several: what is asked for is named, and no home is needed")
    func reading() throws {
        let home = try home()
        let temporary = home.scratch.path + "/tmp"
        try Program.output("mkdir", [temporary])
        func read(_ arguments: String...) throws -> ProcessResult {
            try Program.run(
                Program.assay, ["status", "--remote", "workspace.git"] + arguments, in: home.scratch.path,
                environment: ["TMPDIR": temporary])
        }
        #expect(try read().errorText.contains("status: {push: on}") && read().status == .exited(1))
        try home.reconcile()
        let run = try #require(try home.run()["run"]?.string)
        try home.run("oak-a", "2026-04")
        let text = try read()
        #expect(text.status == .exited(0))
        for part in ["oak", "ready since", "interest", String(run.prefix(12)), "2026-03", Self.reference, "second"] { #expect(text.outputText.contains(part), "\(part)") }
        let march = try CanonicalJSON.parse(Array(read("--period", "2026-03", "--json").outputText.dropLast().utf8))
        #expect(march["runs"]?.array?.map { $0["run"]?.string } == [run] && march["deployments"]?.array?.first?["serving"] == march["applied"]?["commit"])
        let quarter = try CanonicalJSON.parse(Array(read("--period", "2026-Q1", "--json").outputText.dropLast().utf8))
        #expect(quarter["runs"] == [])

        let tip = try git(home, "rev-parse", Self.reference)
        _ = try git(home, "update-ref", "refs/assay/status/elm", tip)
        _ = try git(home, "update-ref", "refs/heads/assay/oak", tip)
        #expect(try read().errorText.contains("elm, oak") && read().errorText.contains("--tenant"))
        #expect(try read("--tenant", "oak").status == .exited(0) && read("--branch", "assay/oak").status == .exited(0))
        #expect(try read("--tenant", "ash").errorText.contains("refs/assay/status/ash"))
        let main = try read("--branch", "main")
        #expect(main.status == .exited(1) && main.errorText.contains("status.json"))
        #expect(try read("--token", "nothing").status == .exited(2) && read("--period", "march").status == .exited(1))
        #expect(try Program.run(Program.assay, ["status", "--remote", home.scratch.path + "/none.git"]).errorText.contains("none.git"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary) == [], "what was fetched is gone")
    }

    @Test(
        "the hook that comes with assay tells a forge, and fails when the forge does",
        .enabled(if: ToolLocator.find("curl") != nil, "needs curl"))
    func hookScript() throws {
        let scratch = try Scratch()
        try "token-of-the-forge\n".write(toFile: scratch.path + "/token", atomically: true, encoding: .utf8)
        let script = """
            import http.server, json, subprocess, sys, threading
            seen = []
            class Forge(http.server.BaseHTTPRequestHandler):
                def do_POST(self):
                    body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                    seen.append([self.path, self.headers["Authorization"], body])
                    self.send_response(201 if self.headers["Authorization"] == "token token-of-the-forge" else 403)
                    self.end_headers()
                def log_message(self, *arguments): pass
            server = http.server.HTTPServer(("127.0.0.1", 0), Forge)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            def run(token):
                words = [sys.argv[1], f"http://127.0.0.1:{server.server_port}/repos/alder/funds", token]
                return subprocess.run(words, input=sys.argv[3].encode(), env={"PATH": "/usr/bin:/bin"}).returncode
            print(json.dumps([run(sys.argv[2]), run("/dev/null"), seen]))
            """
        let payload = #"{"commit":"\#(String(repeating: "a", count: 40))","context":"assay/alder","description":"\#(String(repeating: "stalled ", count: 30))","reason":"ManifestInvalid","state":"failure","version":1}"#
        let text = try Program.output(
            "python3", ["-c", script, Program.root + "/share/hooks/commit-status", scratch.path + "/token", payload])
        let answer = try CanonicalJSON.parse(Array(text.utf8)).array ?? []
        #expect(answer.first == 0 && answer.dropFirst().first != 0)
        let request = try #require(answer.last?.array?.first?.array)
        #expect(request[0].string == "/repos/alder/funds/statuses/" + String(repeating: "a", count: 40))
        #expect(request[1] == "token token-of-the-forge")
        #expect(request[2]["state"] == "failure" && request[2]["context"] == "assay/alder")
        #expect(request[2]["description"]?.string?.hasPrefix("ManifestInvalid: stalled ") == true && request[2]["description"]?.string?.count == 140)
    }

    @Test("what is pushed off keeps to this host, and status says so")
    func off() throws {
        let home = try TestHome()
        try home.reconcile()
        #expect(try git(home, "for-each-ref", "refs/assay") == "")
        #expect(try home.assay("status").outputText.contains("kept here (status.push is off)"))
        #expect(try git(home, "rev-list", "--count", Self.reference, in: home.path + "/mirror.git") == "1")
        #expect(try home.json("status")["report"]?["push"] == "off")
    }

    @Test(
        "a push that the forge refuses never stops reconciling: status quotes why, and the next command tries again",
        .enabled(if: SSHServer.obstacle == nil, "\(SSHServer.obstacle ?? "")"), .timeLimit(.minutes(2)))
    func refused() throws {
        let home = try home()
        let keys = home.path + "/keys"
        for name in ["host", "forge"] { try Program.output("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", "\(keys)/\(name)"]) }
        let server = try SSHServer(in: home.scratch.path + "/sshd", hostKeys: [keys + "/host"], authorizedKeys: keys + "/forge.pub")
        let hostKey = try String(contentsOfFile: keys + "/host.pub", encoding: .utf8).split(separator: " ").prefix(2).joined(separator: " ")
        try "[127.0.0.1]:\(server.port) \(hostKey)\n".write(toFile: keys + "/known_hosts", atomically: true, encoding: .utf8)
        let file = home.path + "/config.yaml"
        let url = "ssh://\(server.user)@127.0.0.1:\(server.port)\(home.workspace.bare)"
        let text = try String(contentsOfFile: file, encoding: .utf8).components(separatedBy: "\n").map { line in
            if line.hasPrefix("  url:") { return "  url: \(url)\n  knownHosts: keys/known_hosts" }
            return line.hasPrefix("    type: none") ? "    type: ssh-key\n    key: keys/forge" : line
        }
        try text.joined(separator: "\n").write(toFile: file, atomically: true, encoding: .utf8)
        let hook = home.workspace.bare + "/hooks/pre-receive"
        try "#!/bin/sh\necho 'only the release team pushes here' >&2\nexit 1\n".write(toFile: hook, atomically: true, encoding: .utf8)
        chmod(hook, 0o755)

        let reconciled = try home.assay("reconcile")
        #expect(reconciled.status == .exited(0) && reconciled.outputText.contains("ready"))
        #expect(try home.run()["state"] == "succeeded")
        let waiting = try #require(try home.json("status")["report"]?["waiting"]?.array?.first)
        #expect(waiting["kind"] == "push" && waiting["reason"] == "PushRefused" && waiting["attempts"] == 1, "nothing asks again before it is due")
        let shown = try home.assay("status").outputText
        #expect(shown.contains("PushRefused") && shown.contains("only the release team pushes here"), "\(shown)")

        try FileManager.default.removeItem(atPath: hook)
        try home.reconcile()
        #expect(try home.json("status")["report"]?["waiting"] == [])
        let remote = try home.json(
            "status", "--remote", url, "--key", keys + "/forge", "--known-hosts", keys + "/known_hosts")
        #expect(remote["runs"]?.array?.count == 1 && remote["outcome"] == "ready")
    }
}

import ChildProcess
import Digests
import Foundation
import Model
import Testing

@Suite("A rewritten branch is followed on a person's signed word")
struct AcknowledgementTests {
    static let ada = "ada@example.com namespaces=\"git,history@assay\" {ada}"
    static let cy = "cy@example.com namespaces=\"git,history@assay\" {cy}"

    /// A home that asks for every signature, at a signed root and a signed commit on it, which is applied.
    private func started(
        _ signers: [String], roles: String = "", policy: [String: String]? = nil
    ) throws -> (place: SignedWorkspace, root: String, applied: String) {
        let place = try SignedWorkspace(floor: "every", signers: signers, roles: roles)
        try place.git(["commit", "-q", "--amend", "--no-edit"], signedBy: "ada")
        if let policy { try place.commit(policy, signedBy: "ada", push: false) }
        let root = try place.git(["rev-parse", "HEAD"])
        try place.push()
        try #require(place.reconcile().exit == 0)
        let applied = try place.commit(signedBy: "ada")
        try #require(place.reconcile().exit == 0)
        return (place, root, applied)
    }

    /// Puts the branch on a new root with the same files.
    private func orphan(_ place: SignedWorkspace, signedBy name: String? = nil) throws -> String {
        try place.git(["checkout", "-q", "--orphan", "new-\(UUID().uuidString)"])
        return try place.commit(signedBy: name)
    }

    private func acknowledge(
        _ place: SignedWorkspace, _ commit: String, _ more: [String], environment: [String: String] = [:]
    ) throws -> (exit: Int32, text: String, applied: String?) {
        let result = try place.home.assay(["acknowledge", commit, "--reason", "cleaned"] + more, environment: environment)
        guard case .exited(let code) = result.status else { throw Program.Failed(description: "\(result.status)") }
        return (code, result.outputText + result.errorText, try place.home.json("status")["applied"]?["commit"]?.string)
    }

    @Test("without a signature, or with one that does not count, the last good commit stays; one that counts goes on, once")
    func signatures() throws {
        let (place, _, good) = try started([
            Self.ada, "cy@example.com namespaces=\"git\" {cy}", "old@example.com valid-before=\"20200101\" {forge}",
        ])
        let next = try orphan(place)
        let refused = try place.reconcile()
        #expect(refused.exit == 1 && refused.status["reason"] == "HistoryRewritten")
        #expect(refused.text.contains("assay acknowledge \(next.prefix(10))") && refused.text.contains(good.prefix(10)))

        for (options, reason) in [
            ([], "neither a key nor an SSH agent"), (["--key", place.key("cy")], "namespace"),
            (["--key", place.key("mallory")], "not in trust/allowed_signers"), (["--key", place.key("forge")], "expired"),
        ] {
            let result = try acknowledge(place, next, options)
            #expect(result.exit == 3 && result.text.contains(reason) && result.applied == good, "\(options): \(result.text)")
        }
        // What the host itself would take without the signature.
        try place.commit(push: false)
        #expect(try place.home.json("get", "acknowledgements")["acknowledgements"] == [])

        let done = try acknowledge(place, next, ["--key", place.key("ada")])
        #expect(done.exit == 0 && done.applied == next && done.text.contains("by ada@example.com"), "\(done.text)")
        let again = try orphan(place)
        #expect(try place.reconcile().status["reason"] == "HistoryRewritten", "it was good for one step")
        #expect(try acknowledge(place, again, ["--key", place.key("ada")]).applied == again)
    }

    @Test("what was signed is kept for ever, and ssh-keygen alone verifies it")
    func kept() throws {
        let (place, _, good) = try started([Self.ada])
        let next = try orphan(place)
        #expect(try acknowledge(place, next, ["--key", place.key("ada")]).exit == 0)
        let all = try place.home.json("get", "acknowledgements")["acknowledgements"]?.array
        let one = try #require(all?.first)
        #expect(all?.count == 1 && one["by"] == "ada@example.com" && one["document"]?["reason"] == "cleaned")
        #expect(one["document"]?["from"]?.string == good && one["document"]?["to"]?.string == next)
        #expect(one["document"]?["tenant"] == "oak" && one["document"]?["repository"]?.string == place.workspace.bare)
        let bytes = try CanonicalJSON.string(try #require(one["document"])) + "\n"
        let file = place.folder + "/kept.sig"
        try #require(one["signature"]?["armour"]?.string).write(toFile: file, atomically: true, encoding: .utf8)
        try Program.output(
            "ssh-keygen", ["-Y", "verify", "-f", place.home.path + "/trust/allowed_signers", "-I", "ada@example.com", "-n",
                "history@assay", "-s", file], input: bytes)
        let script = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute(\"DELETE FROM settings\")"
        let deleted = try Program.run("python3", ["-c", script, place.home.path + "/state.db"])
        #expect(deleted.errorText.contains("append-only"))
    }

    @Test("exported, signed elsewhere and brought back, it counts; over another commit, a moved branch or other words it is void")
    func elsewhere() throws {
        let (place, _, good) = try started([Self.ada])
        let first = try orphan(place)
        let file = place.folder + "/to sign"
        func export(_ commit: String) throws {
            try? FileManager.default.removeItem(atPath: file + ".sig")
            let exported = try acknowledge(place, commit, ["--export-to-sign", file])
            #expect(exported.exit == 0 && exported.applied == good, "\(exported.text)")
            let line = try #require(exported.text.split(separator: "\n").first { $0.hasPrefix("ssh-keygen -Y sign") })
            try Program.output("sh", ["-c", line.replacingOccurrences(of: "-f KEY", with: "-f '\(place.key("ada"))'")])
        }
        try export(first)
        #expect(try place.home.json("get", "acknowledgements")["acknowledgements"] == [], "exporting does nothing else")
        let second = try orphan(place)
        let moved = try acknowledge(place, first, ["--signature", file + ".sig"])
        #expect(moved.exit == 1 && moved.text.contains("does not contain \(first.prefix(10))"), "\(moved.text)")
        let other = try acknowledge(place, second, ["--signature", file + ".sig"])
        #expect(other.exit == 3 && other.text.contains("to=\(second)") && other.text.contains("export it again"), "\(other.text)")

        try export(second)
        let words = try place.home.assay("acknowledge", second, "--reason", "dirtied", "--signature", file + ".sig")
        #expect(words.status == .exited(3) && words.errorText.contains("reason=dirtied"))
        #expect(try acknowledge(place, second, ["--signature", file + ".sig"]).applied == second)
        #expect(try acknowledge(place, second, ["--key", "a", "--signature", "b"]).exit == 2)
        #expect(try acknowledge(place, second, ["--signature", "/nowhere"]).exit == 1)
    }

    @Test("an old word is none when the same two commits meet again")
    func replay() throws {
        let (place, _, good) = try started([Self.ada])
        let next = try orphan(place)
        let file = place.folder + "/word"
        #expect(try acknowledge(place, next, ["--export-to-sign", file]).exit == 0)
        try Program.output("ssh-keygen", ["-q", "-Y", "sign", "-f", place.key("ada"), "-n", "history@assay", file])
        #expect(try acknowledge(place, next, ["--signature", file + ".sig"]).applied == next)
        try place.git(["push", "-q", "--force", "origin", "\(good):main"])
        #expect(try acknowledge(place, good, ["--key", place.key("ada")]).applied == good)
        try place.git(["push", "-q", "--force", "origin", "\(next):main"])
        #expect(try place.reconcile().status["reason"] == "HistoryRewritten")
        let replayed = try acknowledge(place, next, ["--signature", file + ".sig"])
        #expect(replayed.exit == 3 && replayed.applied == good && replayed.text.contains("position=4"), "\(replayed.text)")
    }

    @Test("commits of the new line after the newest common one must be signed as ever")
    func newCommits() throws {
        let (place, root, good) = try started([Self.ada])
        try place.git(["reset", "-q", "--hard", root])
        let hidden = try place.commit(push: false)
        let tip = try place.commit(signedBy: "ada")
        let refused = try acknowledge(place, tip, ["--key", place.key("ada")])
        #expect(refused.exit == 3 && refused.applied == good, "\(refused.text)")
        #expect(refused.text.contains(hidden.prefix(10)) && refused.text.contains("signatures: every"))

        try place.git(["reset", "-q", "--hard", root])
        try place.commit(signedBy: "ada", push: false)
        let better = try place.commit(signedBy: "ada")
        let later = try place.commit(signedBy: "ada", push: false)
        #expect(try acknowledge(place, better, ["--key", place.key("ada")]).applied == better)
        try place.push()
        #expect(try place.reconcile().status["applied"]?["commit"]?.string == later)

        // With nothing in common, the acknowledged commit is a seal: what it stands on is trusted, what stands on it is not.
        let seal = try orphan(place)
        let unsigned = try place.commit()
        let above = try acknowledge(place, seal, ["--key", place.key("ada")])
        #expect(above.exit == 3 && above.text.contains(unsigned.prefix(10)) && above.applied == later, "\(above.text)")
        try place.git(["commit", "-q", "--amend", "--no-edit"], signedBy: "ada")
        try place.push()
        #expect(try place.reconcile().exit == 0, "the word covers what is built on the acknowledged commit")
    }

    @Test("a word whose key is taken out of the trust root before it is followed is void")
    func takenOut() throws {
        let (place, root, good) = try started([Self.ada, Self.cy])
        try place.git(["reset", "-q", "--hard", root])
        try place.commit(push: false)
        let tip = try place.commit(signedBy: "ada")
        #expect(try acknowledge(place, tip, ["--key", place.key("cy")]).applied == good)
        let fixed = try place.git(["rev-parse", "HEAD"])
        try place.trust([Self.ada])
        let result = try place.reconcile()
        #expect(result.status["reason"] == "HistoryRewritten" && result.text.contains(fixed.prefix(10)))
    }

    @Test("who acknowledges must hold the roles for what the rewrite takes back; where reviews are asked for, two must")
    func roles() throws {
        let policy = SignedWorkspace.policy(signatures: "every", paths: "[{pattern: 'policies/**', roles: [compliance]}]")
        let (place, root, _) = try started(
            [Self.ada, Self.cy], roles: "compliance: [cy@example.com]\n", policy: policy)
        let tighter = policy.mapValues { $0.replacingOccurrences(of: "quorum: 1", with: "quorum: 2") + "  reviews: {minimum: 1}\n" }
        try place.commit(tighter, signedBy: "cy")
        let applied = try #require(try place.reconcile().status["applied"]?["commit"]?.string)

        try place.git(["reset", "-q", "--hard", root])
        try place.push()
        let one = try acknowledge(place, root, ["--key", place.key("ada")])
        #expect(one.exit == 3 && one.applied == applied, "\(one.text)")
        for part in ["policies/**", "compliance", "cy@example.com", "assay acknowledge \(root.prefix(10))", "takes back policies/small.yaml"] {
            #expect(one.text.contains(part), "\(part): \(one.text)")
        }
        #expect(try place.home.json("status")["reason"] == "SignerUnauthorised")
        let two = try acknowledge(place, root, ["--key", place.key("cy")])
        #expect(two.exit == 0 && two.applied == root, "\(two.text)")

        // One person alone, whatever roles they hold, does not take back what two had to agree on.
        try place.commit(tighter, signedBy: "cy")
        #expect(try place.reconcile().exit == 0)
        try place.git(["push", "-q", "--force", "origin", "\(root):main"])
        for _ in 1...2 {
            let alone = try acknowledge(place, root, ["--key", place.key("cy")])
            #expect(alone.exit == 3 && alone.text.contains("1 of 2 people"), "\(alone.text)")
        }
        #expect(try place.home.json("status")["reason"] == "ReviewMissing")
        #expect(try acknowledge(place, root, ["--key", place.key("ada")]).applied == root)
    }

    @Test("the SSH agent signs with the one key that is listed for it; a public key file names one of the agent's")
    func agent() throws {
        let (place, _, good) = try started([Self.ada, "cy@example.com namespaces=\"git\" {cy}"])
        let agent = try Agent()
        let next = try orphan(place)
        let empty = try acknowledge(place, next, [], environment: agent.environment)
        #expect(empty.exit == 3 && empty.text.contains("No key of the SSH agent"), "\(empty.text)")
        for name in ["mallory", "cy"] { try agent.add(place.key(name)) }
        let others = try acknowledge(place, next, [], environment: agent.environment)
        #expect(others.exit == 3 && others.text.contains("namespace") && others.applied == good, "\(others.text)")
        try agent.add(place.key("ada"))
        try FileManager.default.moveItem(atPath: place.key("ada"), toPath: place.folder + "/away")
        #expect(try acknowledge(place, next, [], environment: agent.environment).applied == next)
        let again = try orphan(place)
        let named = try acknowledge(place, again, ["--key", place.key("ada") + ".pub"], environment: agent.environment)
        #expect(named.applied == again, "\(named.text)")
        let gone = try acknowledge(place, try orphan(place), [], environment: ["SSH_AUTH_SOCK": "/nowhere"])
        #expect(gone.exit == 1 && gone.text.contains("--export-to-sign"), "\(gone.text)")
    }

    @Test("a key with a passphrase asks for it at the terminal, and is refused where there is none")
    func passphrase() throws {
        let (place, _, good) = try started([Self.ada])
        try Program.output("ssh-keygen", ["-q", "-p", "-P", "", "-N", "open sesame", "-f", place.key("ada")])
        let next = try orphan(place)
        let alone = try acknowledge(place, next, ["--key", place.key("ada")])
        #expect(alone.exit == 1 && alone.text.contains("passphrase") && alone.applied == good, "\(alone.text)")
        let script = """
            import os, pty, sys
            pid, terminal = pty.fork()
            if pid == 0:
                os.execv(sys.argv[1], sys.argv[1:])
            seen, asked = b"", False
            while True:
                try:
                    chunk = os.read(terminal, 4096)
                except OSError:
                    break
                if not chunk: break
                seen += chunk
                if not asked and b"passphrase" in seen:
                    asked = True
                    os.write(terminal, b"open sesame\\n")
            print(seen.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            """
        let result = try Program.output(
            "python3", ["-c", script, Program.assay, "acknowledge", next, "--reason", "cleaned", "--key", place.key("ada")],
            environment: ["ASSAY_HOME": place.home.path])
        #expect(result.contains("Enter passphrase") && result.hasSuffix(" 0\n"), "\(result)")
        #expect(try place.home.json("status")["applied"]?["commit"]?.string == next)
    }

    @Test("beside a daemon the person signs in their own process, and the daemon takes the signature")
    func daemon() throws {
        let (place, _, _) = try started([Self.ada])
        let agent = try Agent()
        try agent.add(place.key("ada"))
        try FileManager.default.removeItem(atPath: place.key("ada"))
        let daemon = try DaemonTests.Running(place.home)
        try daemon.manager.wait(for: "STATUS=ready")
        let next = try orphan(place)
        try place.home.assay("notify")
        try daemon.manager.wait(for: "STATUS=stalled")
        let unsigned = try acknowledge(place, next, [])
        #expect(unsigned.exit == 3, "\(unsigned.text)")
        // Not even the daemon's own protocol takes it unsigned.
        let script = """
            import json, os, socket, sys
            os.chdir(sys.argv[1])
            client = socket.socket(socket.AF_UNIX); client.connect("control.sock")
            words = ["acknowledge", sys.argv[2], "--reason", "cleaned", "--home", "."]
            client.sendall(json.dumps({"version": 1, "words": words, "colours": False}).encode() + b"\\n")
            out = b""
            while (chunk := client.recv(65536)): out += chunk
            print(out.decode())
            """
        let forced = try Program.output("python3", ["-c", script, place.home.path, next])
        #expect(forced.contains("\"exit\":3"), "\(forced)")
        let done = try acknowledge(place, next, [], environment: agent.environment)
        #expect(done.exit == 0 && done.applied == next, "\(done.text)")
        #expect(try daemon.stop().status == .exited(0))
    }

    @Test("killed after the word was written down, the next pass follows it")
    func killed() throws {
        let (place, _, _) = try started([Self.ada])
        let next = try orphan(place)
        let killed = try place.home.assay(
            ["acknowledge", next, "--reason", "cleaned", "--key", place.key("ada")],
            environment: ["ASSAY_FAULT_POINT": "acknowledge.recorded"])
        #expect(killed.status == .signalled(9))
        let result = try place.reconcile()
        #expect(result.exit == 0 && result.status["applied"]?["commit"]?.string == next)
        #expect(try place.home.json("get", "acknowledgements")["acknowledgements"]?.array?.count == 1)
    }
}

/// An SSH agent of its own, which ends with the test.
final class Agent {
    let environment: [String: String]
    private let process: RunningProcess

    init() throws {
        let socket = "/tmp/assay-agent-\(UUID().uuidString.prefix(8))"
        let told = Pipe()
        // In the foreground: what puts itself into the background is taken for a leftover and killed.
        process = try RunningProcess.start(
            Command(
                try #require(ToolLocator.find("ssh-agent")), ["-D", "-a", socket], environment: ["PATH": "/usr/bin:/bin"],
                standardOutput: .descriptor(told.fileHandleForWriting.fileDescriptor)))
        try told.fileHandleForWriting.close()
        environment = ["SSH_AUTH_SOCK": socket]
        // It names the socket once it listens there.
        try #require(String(decoding: told.fileHandleForReading.availableData, as: UTF8.self).contains(socket))
    }

    func add(_ key: String) throws { try Program.output("ssh-add", ["-q", key], environment: environment) }

    deinit {
        kill(process.pid, SIGTERM)
        _ = try? process.wait()
    }
}

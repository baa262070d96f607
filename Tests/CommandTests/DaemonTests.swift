import ChildProcess
import Digests
import Foundation
import Model
import Testing

@Suite("The daemon")
struct DaemonTests {
    typealias Running = RunningDaemon

    private func change(_ home: TestHome, _ text: String) throws -> String {
        try home.workspace.write(
            "tenants/oak/entities/oak-b.yaml",
            SmallWorkspace.manifest("Entity", "oak-b", "displayName: \(text)\ntype: spv\njurisdiction: GB\ncurrency: GBP\nchart: small"))
        return try home.workspace.commit("Rename to \(text)")
    }

    @Test("a merge deploys: woken by notify, it reconciles to the newest commit")
    func merge() throws {
        let daemon = try RunningDaemon(try TestHome())
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

    @Test("a push to a repository on this host wakes it by itself, and what became of the commit is written down in Git")
    func watched() throws {
        let daemon = try RunningDaemon(try TestHome())
        try daemon.manager.wait(for: "STATUS=ready")
        let commit = try change(daemon.home, "Watched")
        try daemon.manager.wait(for: "STATUS=ready at \(commit.prefix(10))")
        // It is written by a task of its own: asked for until it is there.
        var reported = false
        for _ in 0..<500 where !reported {
            reported = try daemon.home.json("status")["report"]?["commit"]?.string != nil
        }
        #expect(reported)
        let log = try RunningDaemon.log(try daemon.stop())
        #expect(log.contains { $0["event"] == "reconciled" && $0["commit"]?.string == commit && $0["because"] == "change" })
        #expect(log.contains { $0["level"] == "error" } == false, "\(log)")
    }

    @Test("a run beside the daemon is handed over: same output, same exit code, and the daemon goes on")
    func handover() throws {
        let daemon = try RunningDaemon(try TestHome())
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
        let daemon = try RunningDaemon(try TestHome())
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
        let first = try RunningDaemon(home)
        let second = try home.assay("daemon")
        #expect(second.status != .exited(0))
        #expect(second.errorText.contains(String(first.process.pid)))
        kill(first.process.pid, SIGKILL)
        #expect(try first.process.wait().status == .signalled(9))
        let next = try RunningDaemon(home)
        #expect(try home.assay("notify").status == .exited(0))
        #expect(try next.stop().status == .exited(0))
    }

    @Test("SIGHUP reads the configuration again")
    func reload() throws {
        let daemon = try RunningDaemon(try TestHome())
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
        let daemon = try RunningDaemon(try TestHome())
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

    // MARK: - Runs beside passes

    /// A close that computes until its processor time is used up.
    private func busyHome() throws -> TestHome {
        let home = try TestHome(runbook: "def close(run):\n    while True:\n        pass\n")
        try home.workspace.write(
            "tenants/oak/deployments/interest.yaml",
            SmallWorkspace.manifest(
                "Deployment", "interest",
                "runbook: interest\nentities:\n  names: [oak-a, oak-b]\nconfig:\n  income_account: \"4000\"\nlimits: {cpuSeconds: 3}"))
        try home.workspace.commit("A close that takes long")
        return home
    }

    private func startRun(_ home: TestHome, _ entity: String) throws -> RunningProcess {
        try RunningProcess.start(
            Command(
                Program.assay, ["run", "interest", "--entity", entity, "--period", "2026-03"],
                environment: ["ASSAY_HOME": home.path, "PATH": "/usr/bin:/bin"]), deadline: .seconds(120), outputLimit: 1 << 20)
    }

    @Test("a merge deploys while a run is in flight; a stop lets that run end, and refuses what waits")
    func beside() throws {
        let daemon = try RunningDaemon(try busyHome())
        try daemon.manager.wait(for: "STATUS=ready")
        let run = try startRun(daemon.home, "oak-a")
        try daemon.manager.wait(for: "running interest oak-a")
        let next = try startRun(daemon.home, "oak-b"), impatient = try startRun(daemon.home, "oak-b")
        try daemon.manager.wait(for: "2 waiting")
        let commit = try change(daemon.home, "Later")
        try daemon.home.assay("notify")
        try daemon.manager.wait(for: "STATUS=ready at \(commit.prefix(10))")
        let running = try daemon.home.json("runs")["runs"]?.array ?? []
        #expect(running.count == 1 && running.first?["state"] == "running" && running.first?["commit"]?.string != commit)
        // Short commands are not held up either.
        #expect(try daemon.home.assay("suspend", "interest", "--reason", "test").status == .exited(0))
        impatient.terminate()
        _ = try impatient.wait()
        let stopped = try daemon.stop()
        #expect(stopped.status == .exited(0))
        #expect(try run.wait().status == .exited(1))
        let refused = try next.wait()
        #expect(refused.status == .exited(75) && refused.errorText.contains("stop"))
        let runs = try daemon.home.json("runs")["runs"]?.array ?? []
        #expect(runs.count == 1 && runs.first?["state"] == "failed")
        let log = try RunningDaemon.log(stopped)
        let ended = try #require(log.first { $0["event"] == "run-ended" })
        #expect(ended["run"] == runs.first?["run"] && ended["commit"] == runs.first?["commit"])
        #expect(ended["reason"] == "LimitExceeded", "\(ended)")
        #expect(log.last?["event"] == "stopped")
    }

    @Test("a second signal ends it at once, and the next start takes the run up")
    func twice() throws {
        let home = try busyHome()
        let first = try RunningDaemon(home)
        try first.manager.wait(for: "STATUS=ready")
        let run = try startRun(home, "oak-a")
        try first.manager.wait(for: "running interest oak-a")
        kill(first.process.pid, SIGTERM)
        try first.manager.wait(for: "STOPPING=1")
        kill(first.process.pid, SIGTERM)
        #expect(try first.process.wait().status == .exited(130))
        #expect(try run.wait().errorText.contains("went away"))
        let second = try RunningDaemon(home)
        try second.manager.wait(for: "running interest oak-a")
        let log = try RunningDaemon.log(try second.stop())
        #expect(log.contains { $0["event"] == "run-ended" })
        let shown = try home.json("runs")["runs"]?.array ?? []
        #expect(shown.count == 1 && shown.first?["state"] == "failed")
    }

    @Test("a pass that fails is tried again, and never ends the daemon")
    func unreachable() throws {
        let home = try TestHome()
        let elsewhere = home.workspace.bare + ".away"
        try FileManager.default.moveItem(atPath: home.workspace.bare, toPath: elsewhere)
        let daemon = try RunningDaemon(home)
        try FileManager.default.moveItem(atPath: elsewhere, toPath: home.workspace.bare)
        try home.assay("notify")
        try daemon.manager.wait(for: "STATUS=ready")
        let stopped = try daemon.stop()
        #expect(stopped.status == .exited(0))
    }

    @Test("the watchdog is fed while the loops get on")
    func watchdog() throws {
        let daemon = try RunningDaemon(try TestHome(), environment: ["WATCHDOG_USEC": "200000"])
        for _ in 0..<3 { try daemon.manager.wait(for: "WATCHDOG=1") }
        #expect(try daemon.stop().status == .exited(0))
    }

    // MARK: - Metrics

    @Test("metrics are written whole, and another program reads them")
    func metrics() throws {
        let home = try TestHome()
        let page = home.scratch.path + "/assay.prom"
        try Program.output("sh", ["-c", "echo 'metrics: \(page)' >> \(home.path)/config.yaml"])
        try ScheduleSample.deploy(to: home)
        let daemon = try RunningDaemon(home)
        try daemon.manager.wait(for: "STATUS=ready")
        try home.run()
        try home.workspace.write("tenants/oak/tenant.yaml", "kind: [")
        let broken = try home.workspace.commit("Broken")
        try home.assay("notify")
        try daemon.manager.wait(for: "STATUS=stalled")
        #expect(try daemon.stop().status == .exited(0))
        let script = """
            import json, sys
            from prometheus_client.parser import text_string_to_metric_families as parse
            families = list(parse(open(sys.argv[1]).read()))
            assert all(f.documentation and f.type != "unknown" for f in families), families
            print(json.dumps({s.name + "".join(sorted(v for k, v in s.labels.items() if k != "tenant")): s.value
                              for f in families for s in f.samples if s.labels["tenant"] == "oak"}))
            """
        let text = try Program.output(Program.root + "/.venv-test/bin/python3", ["-c", script, page])
        let values = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Double])
        #expect(values["assay_runssucceeded"] == 1 && values["assay_passes_totalready"] ?? 0 >= 1)
        #expect(values["assay_reconcile_statusManifestInvalidstalled"] == 1)
        #expect(values["assay_attempted_commit_info\(broken)"] == 1 && values["assay_applied_commit_info\(broken)"] == nil)
        #expect(values["assay_run_duration_seconds_countsucceeded"] == 1 && values["assay_run_duration_seconds_sumsucceeded"] ?? 0 > 0)
        #expect(values["assay_schedule_next_start_timestamp_secondsclose"] ?? 0 > Date().timeIntervalSince1970)
        #expect(values["assay_mirror_packs"] ?? 0 >= 1 && values["assay_store_bytes"] ?? 0 > 10_000 && values["assay_objects_bytes"] ?? 0 > 1_000_000)
        for name in ["stale_runs", "queue_depth", "starts_queued", "starts_pending", "suspensions"] {
            #expect(values["assay_\(name)"] == 0, "\(name)")
        }
        let now = Date().timeIntervalSince1970
        for name in ["start_time_seconds", "last_pass_timestamp_seconds", "last_fetch_timestamp_seconds"] {
            #expect(now - (values["assay_\(name)"] ?? 0) < 300, "\(name)")
        }
        let mode = try FileManager.default.attributesOfItem(atPath: page)[.posixPermissions] as? Int
        #expect(mode == 0o644)
        #expect(try FileManager.default.contentsOfDirectory(atPath: home.scratch.path).filter { $0.hasPrefix(".assay.prom") } == [])
    }
}

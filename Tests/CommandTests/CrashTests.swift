import ChildProcess
import Digests
import Foundation
import Model
import Testing

@Suite("Killed at any named point, it recovers to the same store")
struct CrashTests {
    static let reconcilePoints = FaultPoint.allCases.map(\.rawValue).filter { $0.hasPrefix("reconcile.") || $0.hasPrefix("fetch.") }
    static let runPoints = FaultPoint.allCases.filter { $0.rawValue.hasPrefix("run.") }.map(\.rawValue)

    @Test("reconcile", arguments: reconcilePoints)
    func reconcile(point: String) throws {
        let home = try TestHome()
        try home.reconcile()
        try home.workspace.write(
            "tenants/oak/entities/oak-c.yaml",
            SmallWorkspace.manifest(
                "Entity", "oak-c", "displayName: C\ntype: spv\njurisdiction: GB\ncurrency: GBP\nchart: small"))
        try FileManager.default.removeItem(atPath: home.workspace.checkout + "/tenants/oak/entities/oak-b.yaml")
        try home.workspace.write(
            "tenants/oak/deployments/interest.yaml",
            SmallWorkspace.manifest(
                "Deployment", "interest", "runbook: interest\nentities:\n  names: [oak-a, oak-c]\nconfig:\n  income_account: \"4000\""))
        try home.workspace.write("runbooks/interest/interest.py", SmallWorkspace.runbook + "# changed\n")
        let commit = try home.workspace.commit("Replace an entity and change the code")

        let killed = try home.assay("reconcile", environment: ["ASSAY_FAULT_POINT": point])
        #expect(killed.status == .signalled(9), "the point \(point) was not reached: \(killed.outputText)\(killed.errorText)")
        try home.reconcile()
        let status = try home.json("status")
        #expect(status["outcome"] == "ready" && status["applied"]?["commit"]?.string == commit)
        let entities = try home.json("get", "entities")["entities"]?.array?.map { $0["name"]?.string }
        #expect(entities == ["oak-a", "oak-c"])
        #expect(try home.json("plan")["changes"] == [])
        try Program.output("git", ["fsck", "--full", "--strict"], in: home.path + "/mirror.git")
        #expect(try FileManager.default.contentsOfDirectory(atPath: home.path + "/mirror.git/quarantine").isEmpty)
        let seen = try home.json("get", "revisions")["revisions"]?.array?.map { $0["revision"]?["commit"]?.string }
        #expect(seen?.count == 2 && seen?.first == commit, "a revision is listed twice")
    }

    @Test("run", arguments: runPoints)
    func run(point: String) throws {
        let whole = try TestHome()
        try whole.reconcile()
        try whole.run("oak-a", "2026-03")

        let home = try TestHome()
        try home.reconcile()
        let killed = try home.assay(
            ["run", "interest", "--entity", "oak-a", "--period", "2026-03"], environment: ["ASSAY_FAULT_POINT": point])
        #expect(killed.status == .signalled(9), "the point \(point) was not reached: \(killed.outputText)\(killed.errorText)")
        try home.run("oak-a", "2026-03")
        try same(home, whole)
    }

    /// The second and third effect too: a crash with part of the history recorded.
    @Test("run, at later effects", arguments: [2, 3], ["run.effect-answered", "run.effect-recorded"])
    func later(count: Int, point: String) throws {
        let home = try TestHome()
        try home.reconcile()
        let killed = try home.assay(
            ["run", "interest", "--entity", "oak-a", "--period", "2026-03"],
            environment: ["ASSAY_FAULT_POINT": "\(point):\(count)"])
        #expect(killed.status == .signalled(9))
        let whole = try TestHome()
        try whole.reconcile()
        try whole.run("oak-a", "2026-03")
        try home.run("oak-a", "2026-03")
        try same(home, whole)
    }

    /// What a superseding run leaves when it is killed in the middle: old entries, or old ones reversed and new ones.
    @Test("a run that supersedes", arguments: ["run.before-commit", "run.committed", "run.publish-staged"])
    func superseding(point: String) throws {
        let home = try TestHome()
        try home.reconcile()
        try home.run("oak-a", "2026-03")
        let file = home.documents + "/oak-a/2026-03/bank/statement.csv"
        try "reference,kind,amount\nM9,interest,5.00\n".write(toFile: file, atomically: true, encoding: .utf8)
        let killed = try home.assay(
            ["run", "interest", "--entity", "oak-a", "--period", "2026-03"], environment: ["ASSAY_FAULT_POINT": point])
        #expect(killed.status == .signalled(9))
        try home.run("oak-a", "2026-03")
        let balance = try home.json("ledger", "trial-balance", "--entity", "oak-a", "--period", "2026-03")
        #expect(balance["lines"]?.array?.first { $0["account"] == "1200" }?["closing"] == "5.00")
        let runs = try home.json("runs", "--entity", "oak-a")["runs"]?.array ?? []
        #expect(runs.filter { $0["state"] == "succeeded" && $0["supersededBy"] == .null }.count == 1)
        #expect(runs.count == 2)
    }

    @Test("an interrupted run that cannot be finished any more fails, stamped, and the others go on")
    func unrecoverable() throws {
        let home = try TestHome()
        try home.reconcile()
        let killed = try home.assay(
            ["run", "interest", "--entity", "oak-a", "--period", "2026-03"], environment: ["ASSAY_FAULT_POINT": "run.accepted"])
        #expect(killed.status == .signalled(9))
        let id = try #require(try home.json("runs")["runs"]?.array?.first?["run"]?.string)
        let input = try #require(try home.json("show", id)["inputs"]?.array?.first?["sha256"]?.string)
        try FileManager.default.removeItem(atPath: home.object(input))

        #expect(try home.run("oak-b", "2026-03")["state"] == "succeeded")
        let failed = try home.json("show", id)
        #expect(failed["state"] == "failed" && failed["failure"]?["reason"] == "ObjectMissing" && failed["stamp"] != .null)
        // The document is still in its folder: the same request runs again, with the same key.
        let again = try home.run("oak-a", "2026-03")
        #expect(again["state"] == "succeeded" && again["runKey"] == failed["runKey"])
        #expect(try home.json("verify", try #require(again["run"]?.string))["verdict"] == "valid")
    }

    @Test("recovery removes what dead processes left, and nothing of a replay that is at work")
    func scratch() throws {
        let home = try TestHome()
        try home.reconcile()
        let alive = home.path + "/work/replay-\(getpid())-0", dead = home.path + "/work/replay-4194304-0"
        for folder in [alive, dead, home.path + "/work/4194304"] {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        try home.run()
        #expect(try FileManager.default.contentsOfDirectory(atPath: home.path + "/work") == ["replay-\(getpid())-0"])
    }

    @Test("a point that there is none of is refused with every name, and nothing is done", arguments: ["?", ":", "run.never:2"])
    func unknownPoint(setting: String) throws {
        let home = try TestHome()
        let refused = try home.assay("reconcile", environment: ["ASSAY_FAULT_POINT": setting])
        #expect(refused.status == .exited(2))
        for point in FaultPoint.allCases { #expect(refused.errorText.contains(point.rawValue)) }
        #expect(try home.json("status")["applied"] == .null)
    }

    /// Same but for ids and times: runs and states, outputs and digests, entries; each run stamped and published.
    private func same(_ a: TestHome, _ b: TestHome) throws {
        #expect(try picture(a) == picture(b))
        for run in try a.json("runs")["runs"]?.array ?? [] {
            #expect(try a.json("verify", try #require(run["run"]?.string))["verdict"] == "valid")
        }
    }

    private func picture(_ home: TestHome) throws -> JSONValue {
        var runs: [JSONValue] = []
        for row in try home.json("runs")["runs"]?.array ?? [] {
            let run = try home.json("show", try #require(row["run"]?.string), "--events")
            let outputs = (run["outputs"]?.array ?? []).map { [$0["name"] ?? .null, $0["sha256"] ?? .null] as JSONValue }
            let events = (run["events"]?.array ?? []).map {
                [$0["kind"] ?? .null, $0["requestSHA256"] ?? .null, $0["responseSHA256"] ?? .null] as JSONValue
            }
            runs.append([
                "state": row["state"] ?? .null, "key": run["runKey"] ?? .null, "outputs": .array(outputs),
                "events": .array(events), "steps": run["steps"] ?? .null,
            ])
        }
        let entries = try home.json("ledger", "journal", "--entity", "oak-a")["entries"]?.array ?? []
        let posted = entries.map { [$0["description"] ?? .null, $0["lines"] ?? .null] as JSONValue }
        return ["runs": .array(runs), "entries": .array(posted)]
    }

    @Test("two processes at once: one runs, the other is told who holds the home")
    func lock() throws {
        let home = try TestHome()
        try home.reconcile()
        // The first stops itself at a point where it holds the lock, and is let go on afterwards.
        let holder = try RunningProcess.start(
            Command(
                Program.assay, ["run", "interest", "--entity", "oak-a", "--period", "2026-03"],
                environment: [
                    "ASSAY_HOME": home.path, "PATH": "/usr/bin:/bin", "ASSAY_FAULT_POINT": "run.accepted:stop",
                ]), deadline: .seconds(60), outputLimit: 1 << 20)
        var stopped = siginfo_t()
        while waitid(P_PID, id_t(holder.pid), &stopped, WSTOPPED | WNOWAIT) != 0 {
            #expect(errno == EINTR)
        }
        let second = try home.assay("reconcile")
        #expect(second.status == .exited(75) || second.status == .exited(1))
        #expect(second.errorText.contains(String(holder.pid)) && second.errorText.contains("run"))
        #expect(try home.assay("status").status == .exited(0), "a reading command must not need the lock")
        kill(holder.pid, SIGCONT)
        #expect(try holder.wait().status == .exited(0))
    }
}

import Digests
import Foundation
import GitStore
import Model
import TenantStore
import Testing

@testable import Reconciler

@Suite("Saying so in Git")
struct ReportingTests {
    @Test("What changed becomes one commit that holds states, ids and stamps; what did not change becomes none")
    func commits() async throws {
        let home = try ReportingHome()
        let context = try home.open()
        try await context.set(.ready, applied: 1, attempted: 1)
        try await home.report()
        home.advance(60)
        try await context.succeed(1, "alder-uk", "2026-03")
        try await context.fail(2, "alder-lux", "2026-03")
        try await home.report()
        #expect(try home.git("log", "--format=%an <%ae> %s", ReportingHome.reference).split(separator: "\n").map(String.init) == [
            "assay alder <alder@assay.invalid> nav alder-lux 2026-03: failed, and 1 more",
            "assay alder <alder@assay.invalid> ready at 0000000000",
        ])
        let run = try #require(try home.file("runs/2026-03/nav/alder-uk.json")["runs"]?.array?.first)
        #expect(run["run"]?.string == runID(1) && run["state"] == "succeeded" && run["period"] == "2026-03")
        #expect(run["stamp"]?.string == SHA256.digest(Array("stamp 1".utf8)).hex)
        let failed = try home.file("runs/2026-03/nav/alder-lux.json")["runs"]?.array?.first
        #expect(failed?["reason"] == "RunbookFailed" && failed?["stamp"] == nil)
        #expect(try home.file("status.json")["since"] == "2026-03-31T23:33:20.000Z", "since when it is so, not when it was said")
        #expect(try home.git("log", "-1", "--format=%cI", ReportingHome.reference) == "2026-03-31T23:34:20+00:00")

        let before = try home.git("rev-parse", ReportingHome.reference)
        home.advance(60)
        try await context.set(.ready, applied: 1, attempted: 1)
        #expect(try await home.report().delivered.isEmpty)
        #expect(try home.git("rev-parse", ReportingHome.reference) == before)
        #expect(try home.git("cat-file", "--batch-all-objects", "--batch-check").contains("commit"))
        try home.git("fsck", "--strict")
    }

    @Test("A message never leaves the host, and a reason only where it is a word")
    func words() async throws {
        let home = try ReportingHome()
        let context = try home.open()
        try await context.set(.stalled, applied: nil, attempted: 1, reason: "off by 918273.64")
        try await context.fail(1, "alder-uk", "2026-03", reason: "Über 918273")
        try await home.report()
        #expect(try home.file("status.json")["reason"] == "Other")
        #expect(try home.file("last-runs.json")["runs"]?.array?.first?["reason"] == "Other")
        let everything = try home.git("log", "-p", "--all")
        #expect(!everything.contains("918273"))
        for word in ["ManifestInvalid", "SHA256Repository", ""] { #expect(PublicWord.reason(word) == word) }
        for other in ["manifestInvalid", "A b", "A.b", "A\n", String(repeating: "A", count: 61), "12"] {
            #expect(PublicWord.reason(other) == "Other", "\(other)")
        }
    }

    @Test("A commit with problems is reported with their places, as well as the fix that follows")
    func problems() async throws {
        let home = try ReportingHome()
        let context = try home.open()
        try await context.set(.ready, applied: 1, attempted: 1)
        try await home.report()
        let problem = Problem(file: "tenants/alder/tenant.yaml", line: 3, message: "918273.64", remedy: "918273.64")
        try await context.set(.stalled, applied: 1, attempted: 2, reason: "ManifestInvalid", problems: [problem])
        try await home.report()
        let told = try home.file("status.json")
        #expect(told["outcome"] == "stalled" && told["reason"] == "ManifestInvalid")
        #expect(told["problems"] == [["file": "tenants/alder/tenant.yaml", "line": 3]])
        #expect(told["applied"]?["commit"]?.string == commitID(1).hex && told["attempted"]?["commit"] != told["applied"]?["commit"])
        try await context.set(.ready, applied: 3, attempted: 3)
        try await home.report()
        #expect(try home.file("status.json")["reason"] == "" && home.git("rev-list", "--count", ReportingHome.reference) == "3")
    }

    @Test("A remote that cannot be reached cannot be told so: nothing is written for that alone")
    func unreachable() async throws {
        let home = try ReportingHome()
        let context = try home.open()
        try await context.set(.ready, applied: 1, attempted: 1)
        try await home.report()
        let before = try home.tree()
        try await context.set(.waiting, applied: 1, attempted: 1, reason: "RemoteUnreachable")
        try await home.report()
        try await context.set(.ready, applied: 1, attempted: 1)
        try await home.report()
        #expect(try home.tree() == before && home.git("rev-list", "--count", ReportingHome.reference) == "1")
    }

    @Test("A deployment that is held, pinned or suspended says which commit it serves and why")
    func deployments() throws {
        func deployment(_ name: String, _ spec: JSONValue) -> Resource {
            Resource(
                key: ResourceKey(.deployment, tenant: "alder", name: name), path: "p", spec: spec, digest: SHA256.digest([]), references: [])
        }
        let person = GitPerson(name: "Ada", email: "a@b", time: 1, offset: 0)
        let revision = Revision(
            commit: commitID(9), tree: commitID(1), parents: [], author: person, committer: person, subject: "", body: "", signature: .none)
        let source = StatusDocument.Source(
            tenant: "alder",
            status: ReconcileStatus(
                attempted: revision, applied: revision, outcome: .ready, reason: "", message: "", problems: [], at: "2026-04-01T00:00:00.000Z"),
            deployments: [
                deployment("nav", ["runbook": "nav-monthly"]), deployment("fees", ["runbook": "fees", "suspend": true]),
                deployment("old", ["runbook": "nav-monthly", "source": ["commit": .string(commitID(5).hex)]]),
                deployment("held", ["runbook": "r"]), deployment("never", ["runbook": "r"]),
            ],
            holds: [
                DeploymentHold(
                    deployment: "held", serving: commitID(4), attempted: commitID(9), reason: "ScenarioFailed", message: "918273.64",
                    since: "2026-04-02T00:00:00.000Z"),
                DeploymentHold(
                    deployment: "never", serving: nil, attempted: commitID(8), reason: "ScenarioMissing", message: "m",
                    since: "2026-04-01T00:00:00.000Z"),
            ], suspended: ["nav": "2026-04-01T12:00:00.000Z"], lastRuns: [])
        let document = StatusDocument(source, previous: nil)
        let serves = document.deployments.deployments.map { [$0.name, $0.serves(commitID(9))?.hex.suffix(1).description ?? "nothing"] }
        #expect(serves == [["fees", "9"], ["held", "4"], ["nav", "9"], ["never", "nothing"], ["old", "5"]])
        #expect(document.status.counts == .init(deployments: 5, held: 2, suspended: 2))
        let readme = StatusReadme(document).text
        for line in ["| held | `0000000000` | ScenarioFailed at", "| never | nothing | ScenarioMissing at", "| suspended |", "| pinned |"] {
            #expect(readme.contains(line), "\(line)\n\(readme)")
        }
        #expect(readme.contains("| nav | `0000000000` | suspended |") && !readme.contains("918273"))
        #expect(document.time == 1_775_088_000, "the newest time that it tells")

        let commit = try #require(CommitStatus(document))
        #expect(commit.state == .failure && commit.reason == "ScenarioFailed", "it was applied, and not all of it serves")
        #expect(commit.held.map(\.deployment) == ["held"], "what was held before is no news about this commit")
    }

    @Test("Written change by change or all at once, the tree is the same", arguments: [1, 2, 3, 4] as [UInt64])
    func incremental(seed: UInt64) async throws {
        let home = try ReportingHome()
        let context = try home.open()
        let reporter = try home.reporter(context)
        var random = Seeded(seed)
        try await context.set(.ready, applied: 1, attempted: 1)
        for step in 1...40 {
            home.advance(Double(random.below(100)))
            let entity = ["alder-uk", "alder-lux", "a"][random.below(3)]
            let period = ["2026-03", "2026-Q1", "2026"][random.below(3)]
            switch random.below(6) {
            case 0: try await context.fail(step, entity, period, variant: step)
            case 1: try await context.set(.stalled, applied: 1, attempted: step, reason: "ManifestInvalid")
            case 2: try await context.set(.ready, applied: step, attempted: step)
            case 3:
                try await context.accept(step, entity, period, variant: step)
                if random.below(2) == 0 { try await context.store.setWaiting(run: runID(step)) }
            default: try await context.succeed(step, entity, period, variant: step)
            }
            if random.below(3) == 0 { try await reporter.collect() }
        }
        try await reporter.collect()
        let written = try home.tree(in: home.home.mirror)
        #expect(try await context.store.reportMarks() == nil)
        // Whoever loses the mirror begins anew.
        try home.git("update-ref", "-d", ReportingHome.reference, in: home.home.mirror)
        try await context.set(.waiting, applied: nil, attempted: 1)
        try await context.set(.ready, applied: 1, attempted: 1)
        try await reporter.collect()
        let all = try home.git("ls-tree", "-r", ReportingHome.reference, "runs", "last-runs.json", in: home.home.mirror)
        #expect(try home.git("ls-tree", "-r", written, "runs", "last-runs.json", in: home.home.mirror) == all, "seed \(seed)")
        try home.git("fsck", "--strict", in: home.home.mirror)
    }

    @Test("A fault at any point of a report ends, tried again, with the same reference", arguments: [
        FaultPoint.reportCommitted, .reportQueued, .reportPushed,
    ])
    func faults(point: FaultPoint) async throws {
        let home = try ReportingHome()
        let context = try home.open()
        try await context.set(.ready, applied: 1, attempted: 1)
        try await home.report()
        try await context.succeed(1, "alder-uk", "2026-03")
        let twin = try home.copy("twin")
        struct Fault: Error {}
        await #expect(throws: Fault.self) {
            try await home.report(faults: FaultPoints { if $0 == point.rawValue { throw Fault() } })
        }
        try await home.report()
        let reporter = try home.reporter(try home.open(at: twin))
        try await reporter.collect()
        #expect(try home.git("rev-parse", ReportingHome.reference) == home.git("rev-parse", ReportingHome.reference, in: twin.mirror))
        #expect(try home.git("rev-list", "--count", ReportingHome.reference) == "2")
        #expect(try await context.store.outboxDepth().pushes == 0)
    }
}

/// Numbers that a seed decides.
struct Seeded {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    mutating func below(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }
}

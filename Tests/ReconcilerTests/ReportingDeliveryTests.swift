import Digests
import Foundation
import GitStore
import Model
import TenantStore
import Testing

@testable import Reconciler

@Suite("Delivering what waits")
struct ReportingDeliveryTests {
    @Test("A remote that is down is asked again, less and less often, and gets the newest when it is back")
    func retry() async throws {
        let home = try ReportingHome()
        let context = try home.open()
        let away = home.folder + "/away.git"
        try FileManager.default.moveItem(atPath: home.remote, toPath: away)
        try await context.set(.ready, applied: 1, attempted: 1)
        var waits: [Duration?] = []
        for _ in 0..<12 {
            let delivery = try await home.report()
            #expect(delivery.failed.map(\.error.reason) == ["RemoteUnreachable"])
            let wait = try await home.reporter(context).nextDelivery()
            waits.append(wait)
            #expect(try await home.report().failed.isEmpty, "before it is due, nobody is asked")
            home.advance(Double(try #require(wait).components.seconds))
        }
        #expect(waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900].map { .seconds($0) })
        try await context.succeed(1, "alder-uk", "2026-03")
        try await home.report()
        let depth = try await context.store.outboxDepth()
        #expect(depth.pushes == 1 && depth.oldest == "2026-03-31T23:33:20.000Z", "since the first thing that was not said")

        try FileManager.default.moveItem(atPath: away, toPath: home.remote)
        #expect(try await home.report().delivered.isEmpty)
        #expect(try await home.report(.all).delivered.count == 1, "a person need not wait")
        #expect(try home.file("last-runs.json")["runs"]?.array?.count == 1)
        let empty = try await context.store.outboxDepth()
        #expect(empty.pushes == 0 && empty.hooks == 0 && empty.oldest == nil)
        #expect(try await home.reporter(context).nextDelivery() == nil)
    }

    @Test("A clock that was ahead and was set back keeps nothing waiting")
    func clockSetBack() async throws {
        let home = try ReportingHome()
        let context = try home.open()
        let away = home.folder + "/away.git"
        try FileManager.default.moveItem(atPath: home.remote, toPath: away)
        home.advance(400 * 86_400)
        try await context.set(.ready, applied: 1, attempted: 1)
        #expect(try await home.report().failed.count == 1)
        home.advance(-400 * 86_400)
        try FileManager.default.moveItem(atPath: away, toPath: home.remote)
        #expect(try await home.reporter(context).nextDelivery() == .seconds(900), "it is looked at all the same")
        #expect(try await home.report().delivered.count == 1)
    }

    @Test("Switched on later, the status that counts then is pushed; switched off, nothing waits")
    func switching() async throws {
        let home = try ReportingHome("status: {push: off}\n")
        let context = try home.open()
        try await context.set(.ready, applied: 1, attempted: 1)
        try await home.report()
        #expect(try home.git("for-each-ref") == "")
        #expect(try home.git("rev-list", "--count", ReportingHome.reference, in: home.home.mirror) == "1", "it is written all the same")
        try home.configure("status: {push: on, branch: assay/alder}\n")
        try await home.report()
        #expect(try home.git("for-each-ref", "--format=%(refname)") == "refs/heads/assay/alder")
        try home.configure("status: {push: on}\n")
        try await home.report()
        #expect(try home.git("for-each-ref", "--format=%(refname)") == "refs/assay/status/alder\nrefs/heads/assay/alder")
        try await context.succeed(1, "alder-uk", "2026-03")
        try await home.reporter(try home.open()).collect()
        #expect(try await context.store.outboxDepth().pushes == 1)
        try home.configure("status: {push: off}\n")
        #expect(try await home.report().delivered.isEmpty)
        #expect(try await context.store.outboxDepth().pushes == 0)
    }

    @Test("A home that was restored from a backup goes on from what it told before")
    func restored() async throws {
        let home = try ReportingHome()
        let context = try home.open()
        try await context.set(.ready, applied: 1, attempted: 1)
        try await home.report()
        let backup = try home.copy("backup")
        try await context.succeed(1, "alder-uk", "2026-03")
        try await home.report()
        let forgotten = try home.git("rev-parse", ReportingHome.reference)

        let restored = try home.open(at: backup)
        try await restored.succeed(2, "alder-lux", "2026-03")
        let reporter = try home.reporter(restored)
        try await reporter.collect()
        #expect(try await reporter.deliver().failed.isEmpty)
        #expect(try home.git("rev-parse", "\(ReportingHome.reference)^") == forgotten, "what was told stays in the history")
        #expect(try home.tree() == home.tree(in: backup.mirror))
        #expect(try home.git("ls-tree", "-r", "--name-only", ReportingHome.reference, "runs") == "runs/2026-03/nav/alder-lux.json")
        #expect(try home.git("log", "-1", "--format=%B", ReportingHome.reference).contains("did not remember"))
        try await restored.succeed(3, "alder-uk", "2026-03")
        try await reporter.collect()
        #expect(try await reporter.deliver().delivered.count == 1)
        #expect(try home.git("rev-list", "--count", ReportingHome.reference) == "4")
    }

    @Test("A mirror that was made anew goes on from what the remote has")
    func newMirror() async throws {
        let home = try ReportingHome()
        let context = try home.open()
        try await context.set(.ready, applied: 1, attempted: 1)
        try await context.succeed(1, "alder-uk", "2026-03")
        try await home.report()
        try FileManager.default.removeItem(atPath: home.home.mirror)
        _ = try Mirror.create(at: home.home.mirror, remote: try context.remote())
        try await context.succeed(2, "alder-lux", "2026-03")
        try await home.report()
        #expect(try home.git("ls-tree", "-r", "--name-only", ReportingHome.reference, "runs").split(separator: "\n").count == 2)
        #expect(try home.git("rev-list", "--count", ReportingHome.reference) == "2")
    }

    @Test("What somebody else put there is never overwritten: it stalls, says so, and goes on when it is gone")
    func foreign() async throws {
        let home = try ReportingHome()
        let context = try home.open()
        let tree = try home.git("mktree", in: home.remote)
        let foreign = try ReportingHome.git("-C", home.remote, "commit-tree", "-m", "mine", tree)
        try home.git("update-ref", ReportingHome.reference, foreign)
        try await context.set(.ready, applied: 1, attempted: 1)
        let delivery = try await home.report()
        #expect(delivery.failed.map(\.error.reason) == ["StatusRefForeign"])
        #expect(try home.git("rev-parse", ReportingHome.reference) == foreign)
        #expect(try await home.reporter(context).nextDelivery() == .seconds(900), "only a person can set this right")
        let item = try #require(try await context.store.outbox(.push).first)
        #expect(item.reason == "StatusRefForeign" && item.error?.contains("status.ref") == true && item.error?.contains(String(foreign.prefix(10))) == true)

        // Another home's status is somebody else's too.
        let other = TenantHome(home.folder + "/other")
        try HomeInitialiser(home: other, repository: home.remote, branch: "main", tenant: "alder").create()
        try home.git("update-ref", "-d", ReportingHome.reference)
        home.advance(900)
        #expect(try await home.report().delivered.count == 1)
        try "status: {push: on}\n".appended(to: other.configuration)
        let stranger = try home.open(at: other)
        try await stranger.set(.ready, applied: 1, attempted: 1)
        let reporter = try home.reporter(stranger)
        try await reporter.collect()
        #expect(try await reporter.deliver().failed.map(\.error.reason) == ["StatusRefForeign"])
    }

    @Test("Changes that come while a push is on its way are pushed after it")
    func meanwhile() async throws {
        let home = try ReportingHome()
        let context = try home.open()
        try await context.set(.ready, applied: 1, attempted: 1)
        let reporter = StatusReporter(
            context, mirror: try context.mirror(),
            pusher: Interrupting { reporter in
                try await context.succeed(1, "alder-uk", "2026-03")
                try await reporter.collect()
                #expect(try await reporter.deliver().delivered.isEmpty, "one delivery at a time")
            }, jitter: { 1 })
        await (reporter.pusher as? Interrupting)?.box.set(reporter)
        try await reporter.collect()
        #expect(try await reporter.deliver().delivered.count == 1)
        #expect(try await context.store.outboxDepth().pushes == 1)
        #expect(try await reporter.deliver().delivered.count == 1)
        #expect(try home.tree() == home.tree(in: home.home.mirror) && home.git("rev-list", "--count", ReportingHome.reference) == "2")
    }

    @Test("Beside a daemon it delivers what is collected, tries again by itself, and ends when it is told to", .timeLimit(.minutes(1)))
    func loop() async throws {
        let home = try ReportingHome()
        let context = try home.open()
        let reporter = StatusReporter(context, mirror: try context.mirror(), jitter: { 0 })
        let (rounds, round) = AsyncStream.makeStream(of: [String].self)
        let task = Task {
            await reporter.run { result in
                guard let delivery = try? result.get() else { return }
                round.yield(delivery.delivered.map(\.kind.rawValue) + delivery.failed.map(\.error.reason))
            }
            round.finish()
        }
        var said = rounds.makeAsyncIterator()
        try await context.set(.ready, applied: 1, attempted: 1)
        try await reporter.collect()
        #expect(await said.next() == ["push"])
        let away = home.folder + "/away.git"
        try FileManager.default.moveItem(atPath: home.remote, toPath: away)
        try await context.succeed(1, "alder-uk", "2026-03")
        try await reporter.collect()
        #expect(await said.next() == ["RemoteUnreachable"])
        try FileManager.default.moveItem(atPath: away, toPath: home.remote)
        // Not told again that something was collected.
        var last: [String]? = []
        while let next = await said.next() {
            last = next
            if next != ["RemoteUnreachable"] { break }
        }
        #expect(last == ["push"])
        #expect(try home.tree() == home.tree(in: home.home.mirror))
        task.cancel()
        await task.value
    }

    /// Pushes for real, after something else has happened once.
    private struct Interrupting: StatusPushing {
        actor Box {
            private var reporter: StatusReporter?
            func set(_ reporter: StatusReporter) { self.reporter = reporter }
            func take() -> StatusReporter? {
                defer { reporter = nil }
                return reporter
            }
        }
        let box = Box()
        let event: @Sendable (StatusReporter) async throws -> Void

        init(_ event: @escaping @Sendable (StatusReporter) async throws -> Void) { self.event = event }

        func push(_ push: StatusPush, deadline: Duration) async throws -> StatusPush.Outcome {
            if let reporter = await box.take() { try await event(reporter) }
            return try await PushHere().push(push, deadline: deadline)
        }
    }
}

extension String {
    func appended(to file: String) throws {
        try (String(contentsOfFile: file, encoding: .utf8) + self).write(toFile: file, atomically: true, encoding: .utf8)
    }
}

extension ReportingHome {
    /// The home as a backup would hold it.
    func copy(_ name: String) throws -> TenantHome {
        let copy = TenantHome("\(folder)/\(name)")
        try FileManager.default.copyItem(atPath: home.path, toPath: copy.path)
        return copy
    }
}

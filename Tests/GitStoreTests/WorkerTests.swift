import Digests
import Foundation
import Model
import SSHServer
import Testing

@testable import GitStore

@Suite("The process that talks to remotes", .timeLimit(.minutes(2)))
struct WorkerTests {
    /// A mirror with one fetched commit, and the same mirror with another remote and worker.
    private func mirror(of pair: Pair, url: String, _ worker: GitWorker, ca: String? = nil) throws -> Mirror {
        try Mirror(
            opening: pair.mirror.path, remote: RemoteConfiguration(url: url, branch: "main", caFile: ca), worker: worker)
    }

    @Test("A remote that takes the call and says nothing is given up on at the deadline, and reading goes on")
    func silentRemote() async throws {
        let pair = try Pair(["a.txt": "a"])
        try await pair.fetch()
        let before = try contents(of: pair.mirror)
        let silent = try SilentPort()
        let url = "https://localhost:\(silent.number)/x"
        let mirror = try mirror(of: pair, url: url, builtWorker(deadline: .seconds(1)))
        let error = await failure { try await mirror.fetch() }
        #expect(error == .remoteTimedOut(url: url, seconds: 1))
        #expect(error?.reason == "RemoteTimedOut" && error?.remedy.contains("poll.timeout") == true)
        #expect(error?.disposition == .retry)
        #expect(try await mirror.snapshot(pair.first).read("a.txt") == Array("a".utf8))
        #expect(try contents(of: mirror) == before)
    }

    @Test("A process that ends without an answer is an error with what it said, and the mirror is as it was", arguments: [
        ("exit 0", "exited with status 0"), ("echo out of luck >&2; exit 7", "exited with status 7: out of luck"),
        ("kill -SEGV $$", "killed by signal 11"), ("kill -KILL $$", "killed by signal 9"), ("echo '{\"value\":7}'", "exited with status 0"),
        ("cat", "exited with status 0"), ("yes", "gave no whole answer"),
    ])
    func endsBadly(script: String, message: String) async throws {
        let pair = try Pair()
        try await pair.fetch()
        let before = try contents(of: pair.mirror)
        let worker = GitWorker(program: "/bin/sh", arguments: ["-c", "trap '' PIPE; " + script], deadline: .seconds(script == "yes" ? 1 : 30))
        let mirror = try mirror(of: pair, url: "https://localhost:1/x", worker)
        let error = await failure { try await mirror.fetch() }
        #expect(error?.reason == (script == "yes" ? "RemoteTimedOut" : "GitWorkerFailed") && error?.disposition == .retry)
        #expect(error?.message.contains(message) == true, "\(error as Any)")
        #expect(try contents(of: mirror) == before)
    }

    @Test("A signal that says that the disk is full is taken for that; a program that is missing is named")
    func otherEnds() async throws {
        let pair = try Pair()
        let full = GitWorker(program: "/bin/sh", arguments: ["-c", "kill -BUS $$"])
        #expect(await failure { try await mirror(of: pair, url: "https://localhost:1/x", full).fetch() }?.reason == "MirrorUnwritable")
        let missing = await failure {
            try await mirror(of: pair, url: "https://localhost:1/x", GitWorker(program: "/nonexistent/assay")).fetch()
        }
        #expect(missing?.reason == "GitWorkerFailed" && missing?.message.contains("/nonexistent/assay") == true)
    }

    @Test("Secrets reach it by its standard input only, and it gets no environment that it was not given")
    func secrets() async throws {
        let pair = try Pair()
        let script = "cd \"$OUT\"; tr '\\0' '\\n' < /proc/$$/environ > environment; tr '\\0' '\\n' < /proc/$$/cmdline > words; cat > request"
        let worker = GitWorker(program: "/bin/sh", arguments: ["-c", script], environment: ["OUT": pair.scratch.path])
        let remote = RemoteConfiguration(
            url: "https://forge.example/x", branch: "main", authentication: .token(username: "robot", secret: Secret("open sesame")))
        let mirror = try Mirror(opening: pair.mirror.path, remote: remote, worker: worker)
        #expect(await failure { try await mirror.fetch() }?.reason == "GitWorkerFailed")
        func text(_ name: String) throws -> String { try String(contentsOfFile: pair.scratch(name), encoding: .utf8) }
        #expect(try text("request").contains("open sesame"))
        #expect(try !text("words").contains("sesame"))
        // The shell itself adds nothing to what it was started with.
        #expect(try text("environment") == "OUT=\(pair.scratch.path)\n")
    }

    @Test("Cancelling a fetch ends the process at once")
    func cancelled() async throws {
        let pair = try Pair()
        let worker = GitWorker(program: "/bin/sh", arguments: ["-c", "echo > \"$OUT/started\"; sleep 600"], environment: ["OUT": pair.scratch.path])
        let mirror = try mirror(of: pair, url: "https://localhost:1/x", worker)
        let fetch = Task { try await mirror.fetch() }
        while !FileManager.default.fileExists(atPath: pair.scratch("started")) { await Task.yield() }
        fetch.cancel()
        await #expect(throws: CancellationError.self) { try await fetch.value }
        #expect(try FileManager.default.contentsOfDirectory(atPath: mirror.path + "/quarantine").isEmpty)
    }

    @Test("Every error comes through the process boundary as it was")
    func errors() throws {
        let problem = Problem(file: "a", line: 1, column: 2, message: "is ü", remedy: "Mend \"it\"")
        let errors: [GitStoreError] = [
            .urlUnsupported(url: "u"), .branchInvalid("b"), .unreachable(url: "u", detail: "d\n\u{1F600}"), .remoteEmpty(url: "u"),
            .branchMissing(url: "u", branch: "b", others: ["x", "y"]), .credentialsRefused(url: "u", detail: "d"),
            .sshKeyUnsuitable(path: "p", detail: "d"), .hostKeyUnknown(host: "h", fingerprint: "f", line: "l", file: nil),
            .hostKeyUnknown(host: "h", fingerprint: "f", line: "l", file: "k"), .hostKeyChanged(host: "h", fingerprint: "f", file: "k"),
            .certificateRefused(host: "h", detail: "d"), .sha256Repository(url: "u"), .shallowRepository(url: "u"),
            .remoteDamaged(url: "u", detail: "d"), .transferIncomplete(url: "u", detail: "d"), .remoteTimedOut(url: "u", seconds: 60),
            .workerFailed(url: "u", detail: "d"), .watchUnavailable(path: "p", detail: "d"), .settingUnusable(file: "f", detail: "d"),
            .mirrorMissing(path: "p"), .mirrorCorrupted(path: "p", detail: "d"), .mirrorUnwritable(path: "p", detail: "d"),
            .objectMissing(id: "i", place: "p"), .objectCorrupted(id: "i", place: "p", detail: "d"), .revisionUnknown("r"),
            .revisionAmbiguous("r"), .pathMissing(path: "p", place: "q"),
            .treeRefused(place: "p", problems: [problem]), .fileUnreadable(path: "p", detail: "d"),
            .pushRefused(url: "u", reference: "r", detail: "d"),
            .commitRefused(commit: try #require(GitObjectID(hex: String(repeating: "a", count: 40))), detail: "d"),
        ]
        for error in errors {
            let bytes = try CanonicalJSON.encode(WorkerAnswer<GitObjectID>(error: error))
            let answer = try CanonicalJSON.decode(WorkerAnswer<GitObjectID>.self, from: bytes)
            #expect(answer.error == error && answer.value == nil)
            #expect(!error.message.isEmpty && !error.remedy.isEmpty)
        }
        #expect(Set(errors.map(\.reason)).count == errors.count - 1, "each has a reason of its own")
    }

    @Test("The settings of a remote come through as they are", arguments: [
        RemoteConfiguration.Authentication.none, .sshKey(path: "/k", user: "git"), .sshAgent(user: "git"),
        .token(username: "u", secret: Secret("s")),
    ])
    func settings(authentication: RemoteConfiguration.Authentication) throws {
        let remote = RemoteConfiguration(
            url: "ssh://git@h/x", branch: "main", authentication: authentication, knownHosts: "/kh", caFile: "/ca")
        let bytes = try CanonicalJSON.encode(RemoteMessage(remote))
        #expect(try CanonicalJSON.decode(RemoteMessage.self, from: bytes).configuration == remote)
    }
}

@Suite("Transfers that go wrong", .timeLimit(.minutes(2)), .enabled(if: HTTPSServer.canServe, "needs python3, openssl and git http-backend"))
struct TransferTests {
    private let scratch = Scratch()
    private let remote: Remote
    private let server: HTTPSServer
    private let first: GitObjectID
    private let path: String

    init() throws {
        setenv("no_proxy", "localhost,127.0.0.1", 1)
        remote = try Remote(scratch("served/public/fund"))
        first = try remote.commit("First", ["a.txt": "a"])
        server = try HTTPSServer(serving: scratch("served"), in: scratch)
        path = scratch("mirror.git")
        try Repository.create(at: path)
    }

    private func mirror(_ folder: String = "public", _ worker: GitWorker = builtWorker()) throws -> Mirror {
        try Mirror(
            opening: path,
            remote: RemoteConfiguration(
                url: "https://localhost:\(server.port)/\(folder)/fund/.git", branch: "main", caFile: server.certificateAuthority),
            worker: worker)
    }

    @Test("A pack that ends too early, is damaged or lacks objects is refused, and the mirror is as it was", arguments: [
        "half", "flipped", "lacking",
    ])
    func broken(how: String) async throws {
        #expect(try await mirror().fetch() == .moved(from: nil, to: first))
        let second = try remote.commit("Second", ["b/c.txt": String(repeating: "b", count: 10_000)])
        let before = try contents(of: try mirror())
        let error = await failure { try await mirror(how).fetch() }
        #expect(error?.reason == "TransferIncomplete" && error?.disposition == .retry, "\(error as Any)")
        #expect(try contents(of: try mirror()) == before)
        #expect(try await mirror().fetch() == .moved(from: first, to: second))
        try checkWithGit(try mirror())
    }

    @Test("A remote that falls silent in the middle is given up on at the deadline")
    func hanging() async throws {
        let error = await failure { try await mirror("hanging", builtWorker(deadline: .seconds(2))).fetch() }
        #expect(error?.reason == "RemoteTimedOut", "\(error as Any)")
        #expect(try await mirror().newestCommit() == nil)
        #expect(try await mirror().fetch().tip == first)
    }

    @Test("Killed at any point of its work, the process leaves the mirror as it was, and the next one finishes", arguments: [
        FaultPoint.fetchDownloaded, .fetchVerified,
    ])
    func killed(point: FaultPoint) async throws {
        let before = try contents(of: try mirror())
        let worker = builtWorker(environment: ["ASSAY_FAULT_POINT": point.rawValue])
        let error = await failure { try await mirror("public", worker).fetch() }
        #expect(error?.reason == "GitWorkerFailed" && error?.message.contains("signal 9") == true, "\(error as Any)")
        #expect(try contents(of: try mirror()) == before)
        #expect(try await mirror().fetch() == .moved(from: nil, to: first))
        try checkWithGit(try mirror())
    }

    @Test("A rewritten branch, new commits and a quiet remote are told apart as for a local remote")
    func follows() async throws {
        let mirror = try mirror()
        #expect(try await mirror.fetch() == .moved(from: nil, to: first))
        let second = try remote.commit("Second", ["b.txt": "b"])
        #expect(try await mirror.fetch() == .moved(from: first, to: second))
        let counts = try run(["sh", "-c", "for i in objects/pack/*.idx; do git show-index < $i | wc -l; done"], in: path)
        #expect(counts == "3\n3\n", "what the mirror has is not sent again")
        #expect(try await mirror.fetch() == .unchanged(second))
        try remote.git("reset", "-q", "--hard", first.hex)
        let third = try remote.commit("Third", ["c.txt": "c"])
        #expect(try await mirror.fetch() == .rewritten(from: second, to: third))
        try remote.git("reset", "-q", "--hard", first.hex)
        #expect(try await mirror.fetch() == .rewritten(from: third, to: first))
        #expect(try await mirror.keptCommits() == [second, third].sorted())
        try checkWithGit(mirror)
        #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/quarantine").isEmpty)
    }
}

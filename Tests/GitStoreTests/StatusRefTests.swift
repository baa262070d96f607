import Digests
import Foundation
import Model
import SSHServer
import Testing

@testable import GitStore

private let reference = "refs/assay/status/alder"

/// A mirror that writes its status, and the bare repository that it pushes to.
private struct Writer {
    let scratch = Scratch()
    let remote: Remote
    let mirror: Mirror
    let key: SigningKey
    var configuration: RemoteConfiguration

    init() throws {
        remote = try Remote(scratch("remote.git"), bare: true)
        _ = try remote.commit(tree: [])
        key = try SigningKey.generate()
        configuration = RemoteConfiguration(url: remote.path, branch: "main")
        mirror = try Mirror.create(at: scratch("mirror.git"), remote: configuration)
    }

    func append(
        _ content: StatusCommit.Content, parent: GitObjectID? = nil, time: Int64 = 1_775_000_000, subject: String = "ready"
    ) async throws -> GitObjectID {
        let key = key
        return try await mirror.append(
            StatusCommit(
                reference: reference, parent: parent, content: content,
                author: GitPerson(name: "assay alder", email: "alder@assay.invalid", time: time, offset: 0),
                message: "\(subject)\n")
        ) { try SSHSignature.sign($0, namespace: "git", key: key) }
    }

    func push(_ commit: GitObjectID, to name: String = reference) async throws -> StatusPush.Outcome {
        try await PushHere().push(
            StatusPush(
                mirror: mirror.path, remote: configuration, commit: commit, reference: name),
            deadline: .seconds(30))
    }

    @discardableResult
    func git(_ arguments: String...) throws -> String {
        try run(["git", "-C", mirror.path] + arguments, in: "/").trimmingCharacters(in: .newlines)
    }
}

private func text(_ text: String) -> [UInt8] { Array(text.utf8) }

@Suite("The status reference")
struct StatusRefTests {
    @Test("A commit holds its files, is signed so that Git verifies it, and is the same when it is made again")
    func commits() async throws {
        let writer = try Writer()
        let files = ["README.md": text("# Status\n"), "runs/2026-03/nav/alder-uk.json": text("{}\n")]
        let first = try await writer.append(.whole(files))
        #expect(try await writer.mirror.target(of: reference) == first)
        #expect(try writer.git("ls-tree", "-r", "--name-only", first.hex) == "README.md\nruns/2026-03/nav/alder-uk.json")
        #expect(try writer.git("show", "-s", "--format=%an|%ae|%at|%cn|%P|%s", first.hex) == "assay alder|alder@assay.invalid|1775000000|assay alder||ready")
        try "alder@assay.invalid \(writer.key.verifyingKey.openSSH(comment: "host"))\n"
            .write(toFile: writer.scratch("signers"), atomically: true, encoding: .utf8)
        try run(
            ["git", "-C", writer.mirror.path, "-c", "gpg.ssh.allowedSignersFile=\(writer.scratch("signers"))", "verify-commit", first.hex],
            in: "/")
        #expect(try await writer.append(.whole(files)) == first)
        #expect(try await writer.mirror.file("README.md", at: first) == text("# Status\n"))
        #expect(try await writer.mirror.file("runs", at: first) == nil)
        let complaints = try writer.git("fsck", "--strict").split(separator: "\n").filter { !$0.hasPrefix("notice: ") }
        #expect(complaints == [], "it is whole, and nothing is in it that nothing refers to")
    }

    @Test("Changed files are written into the tree that was there, and nothing changed makes no commit")
    func changes() async throws {
        let writer = try Writer()
        let first = try await writer.append(.whole(["a": text("1"), "runs/x/1.json": text("x")]))
        let second = try await writer.append(
            .changed(["a": text("2"), "runs/x/2.json": text("y"), "runs/y/1.json": text("z")], in: first), parent: first)
        let whole = try await writer.append(
            .whole(["a": text("2"), "runs/x/1.json": text("x"), "runs/x/2.json": text("y"), "runs/y/1.json": text("z")]),
            parent: first)
        #expect(second == whole, "written in parts or as a whole, it is one tree")
        #expect(try await writer.append(.changed(["a": text("2")], in: second), parent: second) == second)
        #expect(try writer.git("rev-list", "--count", reference) == "2")
        let complaints = try writer.git("fsck", "--strict").split(separator: "\n").filter { !$0.hasPrefix("notice: ") }
        #expect(complaints == [], "it is whole, and nothing is in it that nothing refers to")
    }

    @Test("Names of every length and order end in a tree that Git accepts, however they are added", arguments: [1, 2, 3] as [UInt64])
    func randomTrees(seed: UInt64) async throws {
        let writer = try Writer()
        var state = seed
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let names = ["a", "a-b", "a0", "ab", "-", "--", "z-9", "0"]
        var all: [String: [UInt8]] = [:]
        var tip: GitObjectID?
        for step in 0..<12 {
            var changed: [String: [UInt8]] = [:]
            for _ in 0...random(6) {
                changed["runs/\(names[random(8)])/\(names[random(8)])/\(names[random(8)]).json"] = text("\(random(3)) \(step)")
            }
            all.merge(changed) { $1 }
            tip = try await writer.append(tip.map { .changed(changed, in: $0) } ?? .whole(changed), parent: tip, subject: "\(step)")
        }
        let last = try #require(tip)
        let complaints = try writer.git("fsck", "--strict").split(separator: "\n").filter { !$0.hasPrefix("notice: ") }
        #expect(complaints == [], "it is whole, and nothing is in it that nothing refers to")
        let whole = try await writer.append(.whole(all), parent: last)
        #expect(whole == last, "seed \(seed)")
    }

    @Test("A push creates the reference, moves it on, and says so when there is nothing to do")
    func pushes() async throws {
        let writer = try Writer()
        let first = try await writer.append(.whole(["a": text("1")]))
        #expect(try await writer.push(first) == .pushed)
        #expect(try writer.remote.tip(reference) == first)
        #expect(try await writer.push(first) == .unchanged)
        let second = try await writer.append(.whole(["a": text("2")]), parent: first)
        #expect(try await writer.push(second) == .pushed)
        #expect(try writer.remote.tip(reference) == second)
        #expect(try await writer.push(second, to: "refs/heads/status") == .pushed)
        #expect(try writer.remote.tip("refs/heads/status") == second)
        try writer.remote.git("fsck", "--strict")
    }

    @Test("What somebody else put there is fetched, kept and never overwritten")
    func diverged() async throws {
        let writer = try Writer()
        let other = try await writer.append(.whole(["a": text("other")]))
        #expect(try await writer.push(other) == .pushed)
        try writer.git("update-ref", "-d", reference)
        let restored = try Mirror.create(at: writer.scratch("restored.git"), remote: writer.configuration)
        let key = writer.key
        let own = try await restored.append(
            StatusCommit(
                reference: reference, parent: nil, content: .whole(["a": text("own")]),
                author: GitPerson(name: "n", email: "e", time: 1, offset: 0), message: "own\n")
        ) { try SSHSignature.sign($0, namespace: "git", key: key) }
        let push = StatusPush(
            mirror: restored.path, remote: writer.configuration, commit: own, reference: reference)
        #expect(try await PushHere().push(push, deadline: .seconds(30)) == .diverged(other))
        #expect(try writer.remote.tip(reference) == other)
        #expect(try await restored.target(of: "refs/assay/incoming") == other)
        #expect(try await restored.signedContent(of: other)?.kind == .ssh)

        let joined = try await restored.append(
            StatusCommit(
                reference: reference, parent: other, content: .same(as: own),
                author: GitPerson(name: "n", email: "e", time: 2, offset: 0), message: "on top\n")
        ) { try SSHSignature.sign($0, namespace: "git", key: key) }
        var again = push
        again.commit = joined
        #expect(try await PushHere().push(again, deadline: .seconds(30)) == .pushed)
        #expect(try writer.remote.git("rev-list", "--count", reference) == "2")
    }

    @Test("A remote that is gone, and one that cannot take the reference, are told apart")
    func refused() async throws {
        let writer = try Writer()
        let commit = try await writer.append(.whole(["a": text("1")]))
        try writer.remote.git("update-ref", "refs/assay/status", "HEAD")
        let blocked = await failure { try await writer.push(commit) }
        #expect(blocked?.reason == "PushRefused" && blocked?.message.contains(reference) == true, "\(blocked as Any)")
        var folder = writer
        folder.configuration.url = try Remote(writer.scratch("not-bare")).path
        #expect(await failure { try await folder.push(commit) }?.message.contains("non-bare") == true)
        var gone = writer
        gone.configuration.url = writer.scratch("nowhere.git")
        #expect(await failure { try await gone.push(commit) }?.reason == "RemoteUnreachable")
    }

    @Test(
        "A hook of the remote that rejects the push is quoted",
        .enabled(if: SSHServer.obstacle == nil, "\(SSHServer.obstacle ?? "")"), .timeLimit(.minutes(1)))
    func rejected() async throws {
        var writer = try Writer()
        for name in ["host", "client"] {
            try run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", writer.scratch(name)], in: "/")
        }
        let server = try SSHServer(
            in: writer.scratch("server"), hostKeys: [writer.scratch("host")], authorizedKeys: writer.scratch("client.pub"))
        let hostKey = try String(contentsOfFile: writer.scratch("host.pub"), encoding: .utf8).split(separator: " ").prefix(2)
        try "[127.0.0.1]:\(server.port) \(hostKey.joined(separator: " "))\n"
            .write(toFile: writer.scratch("known_hosts"), atomically: true, encoding: .utf8)
        writer.configuration = RemoteConfiguration(
            url: "ssh://\(server.user)@127.0.0.1:\(server.port)\(writer.remote.path)", branch: "main",
            authentication: .sshKey(path: writer.scratch("client"), user: server.user), knownHosts: writer.scratch("known_hosts"))
        let commit = try await writer.append(.whole(["a": text("1")]))
        let hook = writer.remote.path + "/hooks/pre-receive"
        try "#!/bin/sh\necho 'only the release team pushes here' >&2\nexit 1\n".write(toFile: hook, atomically: true, encoding: .utf8)
        chmod(hook, 0o755)
        let error = await failure { try await writer.push(commit) }
        #expect(error?.reason == "PushRefused", "\(error as Any)")
        #expect(error?.message.contains("pre-receive hook declined") == true && error?.message.contains("release team") == true, "\(error as Any)")
        unlink(hook)
        #expect(try await writer.push(commit) == .pushed)
        #expect(try writer.remote.tip(reference) == commit)
    }

    @Test("Somebody without a home reads the references, files and folders of the repository")
    func reading() async throws {
        let writer = try Writer()
        let commit = try await writer.append(.whole(["status.json": text("{}\n"), "runs/2026-03/b": text("1"), "runs/2025-12/a": text("2")]))
        let clone = try StatusClone(writer.configuration)
        #expect(try clone.references(under: "refs/assay/status/") == [:])
        #expect(try clone.fetch(reference) == nil)
        _ = try await writer.push(commit)
        #expect(try clone.references(under: "refs/assay/status/") == [reference: commit])
        #expect(try clone.fetch(reference)?.commit == commit)
        #expect(try clone.file("status.json", at: commit) == text("{}\n") && clone.file("runs", at: commit) == nil)
        #expect(try clone.names(in: "runs", at: commit) == ["2025-12", "2026-03"])
        #expect(try clone.names(in: "nothing", at: commit) == [])
    }
}

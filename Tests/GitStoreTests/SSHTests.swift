import Foundation
import Model
import SSHServer
import Testing

@testable import GitStore

/// A served repository with one commit, and the keys of both sides.
private struct Forge {
    let scratch = Scratch()
    let remote: Remote
    let first: GitObjectID
    let server: SSHServer

    init(hostKeys types: [String] = ["ed25519"]) throws {
        remote = try Remote(scratch("fund.git"), bare: true)
        first = try remote.commit(tree: [])
        var hostKeys: [String] = []
        for type in types {
            hostKeys.append(scratch("host-\(type)"))
            try Forge.makeKey(scratch("host-\(type)"), type)
        }
        try Forge.makeKey(scratch("client"), "ed25519")
        server = try SSHServer(in: scratch("server"), hostKeys: hostKeys, authorizedKeys: scratch("client.pub"))
        try trust(hostKeys[0])
    }

    static func makeKey(_ path: String, _ type: String) throws {
        try run(["ssh-keygen", "-q", "-t", type, "-N", "", "-C", "test", "-f", path], in: "/")
    }

    var url: String { "ssh://\(server.user)@127.0.0.1:\(server.port)\(remote.path)" }

    /// The `known_hosts` line for a host key of this server.
    func line(_ hostKey: String) throws -> String {
        let fields = try String(contentsOfFile: hostKey + ".pub", encoding: .utf8).split(separator: " ")
        return "[127.0.0.1]:\(server.port) \(fields[0]) \(fields[1])"
    }

    /// Makes this the only key that `known_hosts` vouches for.
    func trust(_ hostKey: String) throws { try know(try line(hostKey)) }

    func know(_ text: String) throws {
        try (text + "\n").write(toFile: scratch("known_hosts"), atomically: true, encoding: .utf8)
    }

    /// An empty mirror that logs in with a key, by default the right one.
    func mirror(
        _ url: String? = nil, key: String = "client", branch: String = "main", worker: GitWorker? = nil
    ) throws -> Mirror {
        try Mirror.create(
            at: scratch(UUID().uuidString), remote: configuration(url, key: key, branch: branch), worker: worker)
    }

    func configuration(_ url: String? = nil, key: String = "client", branch: String = "main") -> RemoteConfiguration {
        RemoteConfiguration(
            url: url ?? self.url, branch: branch, authentication: .sshKey(path: scratch(key), user: server.user),
            knownHosts: scratch("known_hosts"))
    }
}

@Suite("SSH", .enabled(if: SSHServer.obstacle == nil, "\(SSHServer.obstacle ?? "")"), .timeLimit(.minutes(2)))
struct SSHTests {
    @Test("A key file and a known host are enough, and a later commit follows")
    func follows() async throws {
        let forge = try Forge()
        let mirror = try forge.mirror()
        #expect(try await mirror.fetch() == .moved(from: nil, to: forge.first))
        let clone = try Remote(forge.scratch("clone"))
        try clone.git("pull", "-q", forge.remote.path, "main")
        let second = try clone.commit("Second", ["a.txt": String(repeating: "a", count: 100_000)])
        try clone.git("push", "-q", forge.remote.path, "main")
        #expect(try await mirror.fetch() == .moved(from: forge.first, to: second))
        #expect(try await mirror.fetch() == .unchanged(second))
        #expect(try await mirror.export(second, path: "").map(\.path) == ["a.txt"])
    }

    @Test("A process of its own fetches and pushes as this one does, and refuses with the same words")
    func worker() async throws {
        let forge = try Forge()
        let mirror = try forge.mirror(worker: builtWorker())
        #expect(try await mirror.fetch() == .moved(from: nil, to: forge.first))
        #expect(try await mirror.fetch() == .unchanged(forge.first))
        let push = StatusPush(mirror: mirror.path, remote: mirror.remote, commit: forge.first, reference: "refs/assay/status/x")
        #expect(try await builtWorker().push(push, deadline: .seconds(60)) == .pushed)
        #expect(try await builtWorker().push(push, deadline: .seconds(60)) == .unchanged)
        #expect(try forge.remote.tip("refs/assay/status/x") == forge.first)
        try forge.know("# nobody")
        let (here, there) = (try forge.mirror(), try forge.mirror(worker: builtWorker()))
        let refusal = await failure { try await there.fetch() }
        #expect(refusal?.reason == "HostKeyUnknown")
        #expect(await failure { try await here.fetch() } == refusal)
        #expect(await failure { try await builtWorker().push(push, deadline: .seconds(60)) } == refusal)
    }

    @Test("The user may stand in the URL or only in the configuration; two that differ are named")
    func users() async throws {
        let forge = try Forge()
        let bare = "ssh://127.0.0.1:\(forge.server.port)\(forge.remote.path)"
        #expect(try await forge.mirror(bare).fetch().tip == forge.first)
        let other = try forge.mirror(forge.url.replacing("ssh://\(forge.server.user)@", with: "ssh://someone-else@"))
        let refused = await failure { try await other.fetch() }
        #expect(refused?.reason == "CredentialsRefused")
        #expect(refused?.message.contains("someone-else") == true && refused?.message.contains(forge.server.user) == true)
    }

    @Test("An unknown host is refused with the line to add, and adding that line lets it in")
    func unknownHost() async throws {
        let forge = try Forge()
        try forge.know("github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl")
        let mirror = try forge.mirror()
        let error = await failure { try await mirror.fetch() }
        guard case .hostKeyUnknown(let host, let fingerprint, let line, let file)? = error else {
            Issue.record("\(error as Any)")
            return
        }
        #expect(host == "127.0.0.1" && file == forge.scratch("known_hosts"))
        #expect(line == (try forge.line(forge.scratch("host-ed25519"))))
        #expect(try run(["ssh-keygen", "-lf", forge.scratch("host-ed25519.pub")], in: "/").contains(" \(fingerprint) "))
        #expect(error?.remedy.hasSuffix(line) == true)
        try forge.know(line)
        #expect(try await mirror.fetch().tip == forge.first)
    }

    @Test("A host whose key changed is refused as such, before any key is offered")
    func changedHost() async throws {
        let forge = try Forge()
        try Forge.makeKey(forge.scratch("earlier"), "ed25519")
        try forge.trust(forge.scratch("earlier"))
        let mirror = try forge.mirror()
        let error = await failure { try await mirror.fetch() }
        #expect(error?.reason == "HostKeyChanged" && error?.disposition == .stall)
        #expect(error?.message.contains(forge.scratch("known_hosts")) == true)
        #expect(!forge.server.log(through: "closed").contains("publickey"))
    }

    @Test("A host that is known by another type of key names the line that is missing", arguments: ["ed25519", "rsa"])
    func severalHostKeys(known: String) async throws {
        let forge = try Forge(hostKeys: ["rsa", "ed25519", "ecdsa"])
        try forge.trust(forge.scratch("host-\(known)"))
        let mirror = try forge.mirror()
        let error = await failure { try await mirror.fetch() }
        // The SSH library asks for ECDSA first, whatever the file holds.
        let missing = try forge.line(forge.scratch("host-ecdsa"))
        #expect(error?.reason == "HostKeyUnknown" && error?.message.contains("ecdsa-sha2-nistp256") == true)
        #expect(error?.remedy.hasSuffix(missing) == true)
        try forge.know(try forge.line(forge.scratch("host-\(known)")) + "\n" + missing)
        #expect(try await mirror.fetch().tip == forge.first)
    }

    @Test("A key that the host does not accept is offered once and no more")
    func wrongKey() async throws {
        let forge = try Forge()
        try Forge.makeKey(forge.scratch("stranger"), "ed25519")
        let mirror = try forge.mirror(key: "stranger")
        let error = await failure { try await mirror.fetch() }
        #expect(error?.reason == "CredentialsRefused" && error?.disposition == .stall)
        #expect(error?.message.contains(forge.scratch("stranger")) == true)
        let log = forge.server.log(through: "authenticating user")
        #expect(log.split(separator: "\n").count { $0.contains("Failed publickey") } == 1, "\(log)")
    }

    @Test(
        "A key file that cannot work is named with the reason, and never taken for trouble with the network",
        arguments: [("locked", "passphrase"), ("client.pub", "private"), ("cut", "damaged"), ("empty", "private"), ("gone", "exist")])
    func unusableKeys(key: String, why: String) async throws {
        let forge = try Forge()
        try run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", forge.scratch("locked")], in: "/")
        try run(["sh", "-c", "cat locked.pub >> client.pub; head -n 3 client > cut; : > empty"], in: forge.scratch.path)
        let mirror = try forge.mirror(key: key)
        let error = await failure { try await mirror.fetch() }
        #expect(error?.disposition == .stall && error?.message.contains(why) == true, "\(error as Any)")
        #expect(error?.message.contains(forge.scratch(key)) == true)
    }

    @Test("Credentials that cannot work over SSH are refused as such", arguments: [
        RemoteConfiguration.Authentication.none, .sshAgent(user: ""), .token(username: "robot", secret: Secret("open sesame")),
    ])
    func otherCredentials(authentication: RemoteConfiguration.Authentication) async throws {
        let forge = try Forge()
        var remote = forge.configuration()
        remote.authentication = if case .sshAgent = authentication { .sshAgent(user: forge.server.user) } else { authentication }
        let mirror = try Mirror.create(at: forge.scratch("mirror"), remote: remote)
        let error = await failure { try await mirror.fetch() }
        #expect(error?.reason == "CredentialsRefused", "\(error as Any)")
        #expect("\(error as Any)".contains("open sesame") == false)
    }

    @Test("An RSA key is refused with the advice to make an Ed25519 key, also where the host knows it")
    func rsaKey() async throws {
        let forge = try Forge()
        try Forge.makeKey(forge.scratch("old"), "rsa")
        try run(["sh", "-c", "cat old.pub >> client.pub"], in: forge.scratch.path)
        let mirror = try forge.mirror(key: "old")
        let error = await failure { try await mirror.fetch() }
        #expect(error?.reason == "SSHKeyUnsuitable")
        #expect(error?.remedy.contains("ssh-keygen -t ed25519") == true)
    }

    @Test("A branch, a repository and a host that are missing are three different things")
    func missing() async throws {
        let forge = try Forge()
        #expect(
            await failure { try await forge.mirror(branch: "gone").fetch() }
                == .branchMissing(url: forge.url, branch: "gone", others: ["main"]))
        _ = try Remote(forge.scratch("empty.git"), bare: true)
        let empty = forge.url.replacing("fund.git", with: "empty.git")
        #expect(await failure { try await forge.mirror(empty).fetch() } == .remoteEmpty(url: empty))
        let nothing = await failure { try await forge.mirror(forge.url + "x").fetch() }
        #expect(nothing?.reason == "RemoteUnreachable", "\(nothing as Any)")
        #expect(nothing?.message.contains("fund.gitx") == true)
        let port = forge.server.port
        let closed = forge.url.replacing(":\(port)/", with: ":1/")
        #expect(await failure { try await forge.mirror(closed).fetch() }?.reason == "RemoteUnreachable")
    }
}

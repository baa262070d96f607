import Foundation
import Model
import Testing

@testable import GitStore

@Suite("Facts of commits")
struct RevisionTests {
    @Test("A commit's people, times, message and tree are read as written")
    func facts() async throws {
        let pair = try Pair()
        let commit = try pair.remote.commit("Add Alder SPV\n\nWith its chart.\n\nReviewed-by: Cy\n", ["a": "a"])
        try await pair.fetch()
        let revision = try await pair.mirror.revision(commit)
        #expect(revision.tree == (try pair.remote.tip("HEAD^{tree}")))
        #expect(revision.parents == [pair.first])
        #expect(revision.author == GitPerson(name: "Ada", email: "ada@example.com", time: 1_767_225_600, offset: 60))
        #expect(revision.committer == GitPerson(name: "Ben", email: "ben@example.com", time: 1_767_225_700, offset: -150))
        #expect(revision.subject == "Add Alder SPV")
        #expect(revision.body == "With its chart.\n\nReviewed-by: Cy")
        #expect(revision.signature == .none)
    }

    @Test(
        "A message that nobody writes is refused, not cut: who answers for a commit may stand at its end",
        arguments: [
            (String(repeating: "x\n", count: 600_000), "its message has more than 1048576 bytes"),
            ("a" + String(repeating: "\u{301}\u{316}", count: 300), "its message heaps hundreds of marks on one letter"),
        ])
    func refusedMessage(text: String, detail: String) async throws {
        let pair = try Pair()
        try pair.remote.git("commit", "-q", "--allow-empty", "-F", "-", input: "Subject\n\n\(text)\n\nReviewed-by: Cy\n")
        let commit = try pair.remote.tip()
        try await pair.fetch()
        #expect(await failure { try await pair.mirror.revision(commit) } == .commitRefused(commit: commit, detail: detail))
    }

    @Test("A commit signed with an SSH key says so")
    func signedWithSSH() async throws {
        let pair = try Pair()
        try run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", pair.scratch("key")], in: pair.scratch.path)
        try pair.remote.git(
            "-c", "gpg.format=ssh", "-c", "user.signingkey=\(pair.scratch("key"))", "commit", "-q", "-S", "--allow-empty",
            "-m", "Signed")
        try await pair.fetch()
        #expect(try await pair.mirror.revision(pair.remote.tip()).signature == .ssh)
    }

    @Test(
        "The armour tells the kind of a signature",
        arguments: [
            ("-----BEGIN PGP SIGNATURE-----", Revision.Signature.openpgp),
            ("-----BEGIN SIGNED MESSAGE-----", .x509), ("-----BEGIN SSH SIGNATURE-----", .ssh),
        ])
    func kinds(armour: String, kind: Revision.Signature) async throws {
        let pair = try Pair()
        let raw = """
            tree \(try pair.remote.git("rev-parse", "HEAD^{tree}"))
            author A <a@b> 1 +0000
            committer A <a@b> 1 +0000
            gpgsig \(armour)
             abc
             -----END-----

            Signed

            """
        let id = try pair.remote.git("hash-object", "-w", "-t", "commit", "--stdin", input: raw)
        try pair.remote.git("update-ref", "refs/heads/main", id)
        let commit = try await pair.fetch()
        #expect(try await pair.mirror.revision(commit).signature == kind)
    }

    @Test("The log follows first parents: merges, and not what they merged")
    func firstParents() async throws {
        let pair = try Pair()
        try pair.remote.git("checkout", "-q", "-b", "topic")
        let topic = try pair.remote.commit("Topic", ["t": "t"])
        try pair.remote.git("checkout", "-q", "main")
        let direct = try pair.remote.commit("Direct", ["d": "d"])
        try pair.remote.git("merge", "-q", "--no-ff", "-m", "Merge topic", "topic")
        let merge = try pair.remote.tip()
        try await pair.fetch()
        let log = try await pair.mirror.log(from: merge, limit: 10)
        #expect(log.map(\.commit) == [merge, direct, pair.first])
        #expect(log[0].parents == [direct, topic])
        #expect(try await pair.mirror.log(from: merge, limit: 1).map(\.subject) == ["Merge topic"])
        #expect(try await pair.mirror.isAncestor(topic, of: merge))
        #expect(try await pair.mirror.isAncestor(merge, of: merge))
        #expect(try await !pair.mirror.isAncestor(topic, of: direct))
    }

    @Test("A commit is found by branch, newest, full id and abbreviation")
    func resolve() async throws {
        let pair = try Pair()
        #expect(await failure { try await pair.mirror.resolve("newest") } == .revisionUnknown("newest"))
        try await pair.fetch()
        let hex = pair.first.hex
        for text in ["newest", "HEAD", "main", "origin/main", hex, String(hex.prefix(4)), hex.uppercased()] {
            #expect(try await pair.mirror.resolve(text) == pair.first, "\(text)")
        }
    }

    @Test(
        "What names no commit is refused by name",
        arguments: ["", "abc", "trunk", "HEAD~1", "0000", "--help", "../x", String(repeating: "a", count: 41), "ａｂｃｄ"])
    func resolveUnknown(text: String) async throws {
        let pair = try Pair()
        try await pair.fetch()
        #expect(await failure { try await pair.mirror.resolve(text) } == .revisionUnknown(text))
    }

    @Test("An abbreviation that fits two commits is ambiguous")
    func ambiguous() async throws {
        let pair = try Pair()
        // 600 commits share some four digits more often than not; the first pair that does is taken.
        var stream = ""
        for n in 1...600 {
            stream += "commit refs/heads/main\ncommitter A <a@b> \(n) +0000\ndata 1\nx\nfrom \(n == 1 ? pair.first.hex : ":\(n - 1)")\n"
                .replacing("commit refs/heads/main\n", with: "commit refs/heads/main\nmark :\(n)\n") + "\n"
        }
        try pair.remote.git("fast-import", "--quiet", input: stream)
        try await pair.fetch()
        let prefixes = try pair.remote.git("rev-list", "main").split(separator: "\n").map { String($0.prefix(4)) }
        let counts = Dictionary(prefixes.map { ($0, 1) }, uniquingKeysWith: +)
        let twice = try #require(counts.first { $0.value > 1 }?.key)
        #expect(await failure { try await pair.mirror.resolve(twice) } == .revisionAmbiguous(twice))
    }
}

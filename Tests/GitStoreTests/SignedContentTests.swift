import Foundation
import Model
import Testing

@testable import GitStore

@Suite("Signed content and lines of first parents")
struct SignedContentTests {
    @Test("the signature is taken out of the header, and what is left is what was signed")
    func split() throws {
        let header = "tree 1\nparent 2\nauthor A\ncommitter B\n"
        let armour = "-----BEGIN SSH SIGNATURE-----\nAAAA\n\nBBBB\n-----END SSH SIGNATURE-----\n"
        let folded = armour.split(separator: "\n", omittingEmptySubsequences: false).dropLast().joined(separator: "\n ")
        let message = "\nSubject\n\nBody\u{0}\ngpgsig no\n"
        for after in ["", "encoding x\n"] {
            let commit = header + "gpgsig " + folded + "\n" + after + message
            let content = try #require(SignedContent(commit: Array(commit.utf8)))
            #expect(content.kind == .ssh)
            #expect(String(decoding: content.signature, as: UTF8.self) == armour)
            #expect(String(decoding: content.payload, as: UTF8.self) == header + after + message)
        }
    }

    @Test(
        "what has no signature in its header has none; a cut-off one does no harm",
        arguments: ["", "\n", "tree 1\n", "tree 1\n\ngpgsig x\n", "gpgsigx\n", "\ngpgsig x", "tree 1"])
    func none(text: String) { #expect(SignedContent(commit: Array(text.utf8)) == nil) }

    @Test("a header that ends inside the signature leaves nothing behind")
    func cut() throws {
        let content = try #require(SignedContent(commit: Array("gpgsig -----BEGIN PGP SIGNATURE-----\n a".utf8)))
        #expect(content.kind == .openpgp && content.payload.isEmpty)
        #expect(SignedContent(commit: Array("gpgsig ".utf8))?.signature == [])
    }

    @Test("cut anywhere, a commit never gives more than it holds")
    func everyCut() {
        let whole = Array("tree 1\ngpgsig -----BEGIN SSH SIGNATURE-----\n AA\n \n -----END SSH SIGNATURE-----\nx 1\n\nText\n".utf8)
        for length in 0...whole.count {
            let cut = Array(whole.prefix(length))
            guard let content = SignedContent(commit: cut) else { continue }
            #expect(content.payload.count + content.signature.count + 7 <= length)
        }
    }

    @Test("an unsigned commit of a real repository has no signed content")
    func unsigned() async throws {
        let pair = try Pair()
        let tip = try await pair.fetch()
        #expect(try await pair.mirror.signedContent(of: tip) == nil)
        let unknown = try #require(GitObjectID(hex: String(repeating: "7", count: 40)))
        let error = await failure { try await pair.mirror.signedContent(of: unknown) }
        #expect(error == .objectMissing(id: unknown.hex, place: "commit"))
    }

    @Test("the line of first parents begins after the base, also where the base was merged in from the side")
    func line() async throws {
        let pair = try Pair()
        let second = try pair.remote.commit("Second", ["a": "1"])
        let third = try pair.remote.commit("Third", ["b": "1"])
        try pair.remote.git("checkout", "-q", "-b", "work", second.hex)
        let side = try pair.remote.commit("Side", ["c": "1"])
        try pair.remote.git("merge", "-q", "--no-ff", "-m", "Take main in", "main")
        let merge = try pair.remote.tip()
        try pair.remote.git("checkout", "-q", "-B", "main", "work")
        try await pair.fetch()
        func line(_ base: GitObjectID?, _ tip: GitObjectID) async throws -> [GitObjectID] {
            try await pair.mirror.firstParents(after: base, to: tip).map(\.commit)
        }
        #expect(try await line(nil, merge) == [pair.first, second, side, merge])
        #expect(try await line(second, merge) == [side, merge])
        #expect(try await line(third, merge) == [side, merge], "third is no first parent of anything")
        #expect(try await line(pair.first, third) == [second, third])
        #expect(try await line(merge, merge) == [])
        #expect(try await line(merge, second) == [])
    }

    @Test("changed paths are those that git names, of files of every kind, whatever it thinks of them")
    func changedPaths() async throws {
        let pair = try Pair(["workspace.yaml": "a", "x/deep/er/file": "1", "x/gone/a": "1", "x/gone/b": "1", "kind": "1", "same/y": "1"])
        try pair.remote.git("rm", "-q", "-r", "x/gone", "kind")
        try FileManager.default.createSymbolicLink(atPath: pair.remote.path + "/link", withDestinationPath: "/etc/passwd")
        let tip = try pair.remote.commit("Much", ["x/deep/er/file": "2", "kind/of/folder": "1", "new": "é"])
        try await pair.fetch()
        let expected = try pair.remote.git("diff", "--no-renames", "--name-only", pair.first.hex, tip.hex)
            .split(separator: "\n").map(String.init).sorted()
        #expect(try await pair.mirror.changedPaths(from: pair.first, to: tip).sorted() == expected)
        let all = try pair.remote.git("ls-tree", "-r", "--name-only", tip.hex).split(separator: "\n").map(String.init).sorted()
        #expect(try await pair.mirror.changedPaths(from: nil, to: tip).sorted() == all)
        #expect(try await pair.mirror.changedPaths(from: tip, to: tip) == [])
    }
}

import Foundation
import Model
import Testing

@testable import Reconciler

@Suite("Who wrote and who reviewed")
struct TrustReviewTests {
    static let people = People(
        AllowedSigners(
            """
            # eve@example.com ssh-ed25519 AAAA
            ada@example.com,Ada@home.example ssh-ed25519 AAAA
            ben@example.com ssh-ed25519 AAAB
            *@example.org cert-authority ssh-ed25519 AAAC
            forge@example.com ssh-ed25519 AAAD
            """), others: ["cy@example.com"])
    static let roles = ["forge": ["forge@example.com"], "forge-reviews": ["lab@example.com"]]

    private func commit(_ author: String, parents: Int = 1, body: String = "") throws -> Revision {
        let id = try #require(GitObjectID(hex: String(repeating: "1", count: 40)))
        let person = GitPerson(name: "Somebody", email: author, time: 0, offset: 0)
        return Revision(
            commit: id, tree: id, parents: Array(repeating: id, count: parents), author: person, committer: person,
            subject: "Change", body: body, signature: .ssh)
    }

    private func count(
        _ commit: Revision, by signer: String, merging: [(author: String, signer: String?)] = [], signed: Bool = false,
        clean: Bool = true
    ) throws -> Int {
        let merged = try merging.map {
            Review.Signed(revision: try self.commit($0.author), signers: $0.signer.map { [$0] } ?? [])
        }
        return Review(
            of: Review.Signed(revision: commit, signers: [signer]), merged: merged, authorsSign: signed, isClean: clean,
            people: Self.people, roles: Self.roles
        ).reviewers.count
    }

    @Test("who merges counts, unless they wrote part of it under any of their names, or changed more than they merged")
    func merger() throws {
        let merge = try commit("ben@example.com", parents: 2)
        #expect(try count(merge, by: "ben@example.com", merging: [("ada@example.com", nil)]) == 1)
        #expect(try count(merge, by: "ben@example.com", merging: [("ada@example.com", nil), ("BEN@example.com", nil)]) == 0)
        #expect(try count(merge, by: "ada@example.com", merging: [("ada@HOME.example", nil)]) == 0)
        #expect(try count(merge, by: "ben@example.com", merging: [("ada@example.com", nil)], clean: false) == 0)
        #expect(try count(merge, by: "ben@example.com", merging: [("ada@example.com", "ben@example.com")], signed: true) == 0)
        #expect(try count(merge, by: "ben@example.com", merging: [("x@example.com", "ada@example.com")], signed: true) == 1)
    }

    @Test("without a merge the signer must be another than the author; where authors sign, that cannot be")
    func single() throws {
        let patch = try commit("ada@example.com")
        #expect(try count(patch, by: "ben@example.com") == 1)
        #expect(try count(patch, by: "ada@home.example") == 0)
        #expect(try count(patch, by: "ben@example.com", signed: true) == 0)
        #expect(try count(try commit("ada@example.com", body: "Co-authored-by: Ben <ben@example.com>\n\nMore"), by: "ben@example.com") == 0)
    }

    @Test("a forge is no reviewer: it tells who merged; who reviewed only where it is trusted with that")
    func forge() throws {
        let trailers = "Long text\n\nApproved-by: Cy <cy@example.com>\nREVIEWED-BY: ben@example.com\nReviewed-by: Eve <eve@example.com>"
        let merge = try commit("ben@example.com", parents: 2, body: trailers)
        let ada: [(author: String, signer: String?)] = [("ada@example.com", nil)]
        #expect(try count(merge, by: "forge@example.com", merging: ada) == 1, "who merged, and nobody's lines")
        #expect(try count(merge, by: "lab@example.com", merging: ada) == 2, "Ben once; Eve is nobody here")
        #expect(try count(merge, by: "ada@example.com", merging: ada) == 0, "lines in a person's commit are that person's words")
        let own = try commit("ada@example.com", parents: 2, body: "Approved-by: Ada <ada@home.example>")
        #expect(try count(own, by: "lab@example.com", merging: ada) == 0)
        let squash = try commit("ada@example.com", body: "Reviewed-by: Ben <ben@example.com>")
        #expect(try count(squash, by: "forge@example.com") == 0)
        #expect(try count(squash, by: "lab@example.com", signed: true) == 1)
        let stranger = try commit("eve@example.com", parents: 2)
        #expect(try count(stranger, by: "forge@example.com", merging: ada) == 0, "who merged is not in the trust root")
        let above = try commit("ada@example.com", body: "Reviewed-by: Ben <ben@example.com>\n\nAnd a last paragraph")
        #expect(try count(above, by: "lab@example.com") == 0, "only the last paragraph is the forge's")
        // What the forge signed on a branch was written by whom it names.
        #expect(try count(merge, by: "ben@example.com", merging: [("ada@example.com", "forge@example.com")], signed: true) == 1)
    }

    @Test("a person with several names is one, and a pattern is nobody")
    func people() {
        #expect(Self.people.known("ADA@HOME.EXAMPLE") == ["ada@example.com", "ada@home.example"])
        #expect(Self.people.known("cy@example.com") == ["cy@example.com"])
        #expect(Self.people.known("eve@example.com") == nil && Self.people.known("*@example.org") == nil)
        #expect(Self.people.names(of: ["Eve@example.com", "ben@example.com"]) == ["eve@example.com", "ben@example.com"])
        let joined = People(AllowedSigners("a,b k\nb,c k\nc,d k"))
        #expect(joined.known("a") == ["a", "b", "c", "d"])
    }
}

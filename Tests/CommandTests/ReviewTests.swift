import Foundation
import Model
import Testing

@Suite("A merge's author is not its only approver")
struct ReviewTests {
    static let signers = [
        "ada@example.com namespaces=\"git\" {ada}", "cy@example.com namespaces=\"git\" {cy}",
        "forge@example.com namespaces=\"git\" {forge}",
    ]

    /// A home whose applied policy asks for reviews.
    private func asking(_ reviews: String, roles: String = "") throws -> SignedWorkspace {
        let place = try SignedWorkspace(floor: "none", signers: Self.signers, roles: roles)
        let policy = SignedWorkspace.policy(signatures: "none").mapValues { $0 + "  reviews: \(reviews)\n" }
        try place.commit(policy)
        try #require(place.reconcile().exit == 0)
        return place
    }

    /// A branch of Ada's, merged by somebody; gives the merge. Leaves `main` where the merge is.
    private func merge(
        _ place: SignedWorkspace, writtenAs signer: String? = nil, mergedBy: String, author: String = "ada@example.com",
        body: String = "", smuggling: Bool = false
    ) throws -> String {
        let branch = "work-\(UUID().uuidString)"
        try place.git(["checkout", "-q", "-b", branch])
        try place.commit(signedBy: signer, push: false)
        try place.git(["checkout", "-q", "main"])
        try place.git(["-c", "user.email=\(author)", "merge", "-q", "--no-ff", "-m", "Merge it" + body, branch], signedBy: mergedBy)
        if smuggling {
            try place.workspace.write("tenants/oak/capabilities/more.py", "MORE = 1\n")
            try place.git(["add", "-A"])
            try place.git(["commit", "-q", "--amend", "--no-edit"], signedBy: mergedBy)
        }
        try place.push()
        return try place.git(["rev-parse", "HEAD"])
    }

    private func refused(_ place: SignedWorkspace, _ commit: String, _ parts: [String]) throws {
        let applied = try place.home.json("status")["applied"]?["commit"]?.string
        let result = try place.reconcile()
        #expect(result.exit == 3 && result.status["reason"] == "ReviewMissing", "\(result.text)")
        #expect(result.status["applied"]?["commit"]?.string == applied)
        for part in parts + [String(commit.prefix(10)), "reviews: minimum", "policies/small.yaml", "git merge --no-ff -S"] {
            #expect(result.text.contains(part), "\(part): \(result.text)")
        }
        try place.git(["reset", "-q", "--hard", try #require(applied)])
    }

    @Test("who wrote it may not merge it; somebody else may, and nothing is pushed straight")
    func merger() throws {
        let place = try asking("{minimum: 1}")
        try refused(place, try merge(place, mergedBy: "ada"), ["0 of 1 people", "ada@example.com"])
        try refused(place, try merge(place, mergedBy: "cy", smuggling: true), ["changes more than it merges"])
        try refused(place, try place.commit(signedBy: "ada"), ["0 of 1 people"])
        try place.commit()
        #expect(try place.reconcile().status["reason"] == "SignatureMissing", "a review is told by a signature")
        try place.git(["reset", "-q", "--hard", "HEAD^"])
        let commit = try merge(place, mergedBy: "cy")
        let result = try place.reconcile()
        #expect(result.exit == 0 && result.status["applied"]?["commit"]?.string == commit, "\(result.text)")
        // A commit below the tip is not overlooked.
        let hidden = try place.commit(signedBy: "ada", push: false)
        _ = try merge(place, mergedBy: "cy")
        try refused(place, hidden, [])
    }

    @Test("names in commits are claims: where authors must sign, a made-up author does not help")
    func claims() throws {
        func madeUp(_ place: SignedWorkspace, signedBy name: String?) throws -> String {
            try place.git(["checkout", "-q", "-b", "work-\(UUID().uuidString)"])
            try place.workspace.write("tenants/oak/capabilities/note.py", "NOTE = \"\(UUID().uuidString)\"\n")
            try place.git(["add", "-A"])
            try place.git(["commit", "-q", "-m", "Change", "--author=Eve <eve@example.com>"], signedBy: name)
            let branch = try place.git(["rev-parse", "--abbrev-ref", "HEAD"])
            try place.git(["checkout", "-q", "main"])
            try place.git(["merge", "-q", "--no-ff", "-m", "Merge", branch], signedBy: "ada")
            try place.push()
            return try place.git(["rev-parse", "HEAD"])
        }
        let lax = try asking("{minimum: 1}")
        _ = try madeUp(lax, signedBy: nil)
        #expect(try lax.reconcile().exit == 0, "the page on trust says that it does not prove more")
        let strict = try asking("{minimum: 1, authors: signed}")
        try refused(strict, try madeUp(strict, signedBy: "ada"), ["0 of 1 people", "ada@example.com"])
        try refused(strict, try madeUp(strict, signedBy: nil), ["is not signed, so nobody knows who wrote that"])
        try refused(strict, try madeUp(strict, signedBy: "mallory"), ["whose signature is not accepted"])
        _ = try merge(strict, writtenAs: "ada", mergedBy: "cy")
        #expect(try strict.reconcile().exit == 0)
    }

    @Test("a forge's own key is no reviewer: with its role it tells who merged, and with another one who reviewed")
    func forge() throws {
        let roles = "forge: [forge@example.com]\nstaff: [cy@example.com]\n"
        let place = try asking("{minimum: 1}", roles: roles)
        let body = "\n\nReviewed-by: Cy <cy@example.com>"
        try refused(place, try merge(place, mergedBy: "forge", body: body), ["it is signed by forge@example.com"])
        _ = try merge(place, mergedBy: "forge", author: "cy@example.com")
        #expect(try place.reconcile().exit == 0)
        try "forge-reviews: [forge@example.com]\n".write(
            toFile: place.home.path + "/trust/roles.yaml", atomically: true, encoding: .utf8)
        _ = try merge(place, mergedBy: "forge", body: body)
        #expect(try place.reconcile().exit == 0)
        try refused(place, try merge(place, mergedBy: "cy", author: "cy@example.com", body: "\n\nCo-authored-by: Cy <cy@example.com>", smuggling: true), [])
    }
}

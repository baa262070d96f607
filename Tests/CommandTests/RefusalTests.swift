import ChildProcess
import Foundation
import Model
import Testing

@Suite("What does not count is refused by name, and the last good stays")
struct RefusalTests {
    /// One way in which a commit is not signed as it must be.
    struct Case {
        var name: String
        var reason = "SignatureInvalid"
        /// What the refusal says besides commit, rule and remedy.
        var detail: String
        var rule = "config.yaml asks for 'signatures: head'"
        var remedy = "git commit --amend --no-edit -S"
        /// Commits on the applied commit; what is pushed is the newest of the checkout.
        var commit: (SignedWorkspace) throws -> Void
    }

    /// Tries each on a home that has a good commit: the refusal says everything, the good one stays, and a fix goes on.
    private func check(_ cases: [Case], _ place: SignedWorkspace, fix: (SignedWorkspace) throws -> Void) throws {
        for one in cases {
            let good = try place.git(["rev-parse", "HEAD"])
            try one.commit(place)
            try place.push()
            let bad = try place.git(["rev-parse", "HEAD"])
            let result = try place.reconcile()
            #expect(result.exit == 3, "\(one.name): \(result.text)")
            for status in [result.status, try place.home.json("status")] {
                #expect(status["reason"]?.string == one.reason && status["outcome"] == "stalled", "\(one.name): \(result.text)")
                #expect(status["applied"]?["commit"]?.string == good && status["attempted"]?["commit"]?.string == bad, "\(one.name)")
            }
            for part in [String(bad.prefix(10)), one.detail, one.rule, one.remedy] {
                #expect(result.text.contains(part), "\(one.name) lacks '\(part)': \(result.text)")
            }
            try place.git(["reset", "-q", "--hard", good])
            try place.workspace.write("README.md", "fixed after: \(one.name)\n")
            try fix(place)
            try place.push()
            let fixed = try place.reconcile()
            #expect(fixed.exit == 0, "\(one.name): \(fixed.text)")
            let head = try place.git(["rev-parse", "HEAD"])
            #expect(fixed.status["applied"]?["commit"]?.string == head && fixed.status["reason"] == "", "\(one.name)")
        }
    }

    private static let rules = SignedWorkspace.policy(
        signatures: "none", paths: "[{pattern: 'policies/**', roles: [compliance]}]")
    private static let other = rules.mapValues { $0.replacingOccurrences(of: "quorum: 1", with: "quorum: 2") }
    private static let unauthorised = (
        rule: "policies/small.yaml asks for 'paths: policies/** needs compliance (it changes policies/small.yaml)'",
        remedy: "Let one of cy@example.com sign it"
    )

    @Test("commits signed with SSH keys and certificates")
    func ssh() throws {
        let place = try SignedWorkspace(
            floor: "none",
            signers: [
                "ada@example.com namespaces=\"git\" {ada}", "cy@example.com namespaces=\"git\" {cy}",
                "old@example.com valid-before=\"20200101\" {old}", "new@example.com valid-after=\"20990101\" {new}",
                "file@example.com namespaces=\"file,decision@assay\" {file}", "lost@example.com {lost}",
                "*@example.com cert-authority,namespaces=\"git\" {authority}", "# mallory@example.com {mallory}",
            ], roles: "compliance: [cy@example.com]\n",
            people: ["ada", "cy", "old", "new", "file", "lost", "authority", "mallory"])
        try place.commit(Self.rules)
        try #require(place.reconcile().exit == 0)
        try Program.output("sed", ["-i", "s/^signatures: .*/signatures: head/", place.home.path + "/config.yaml"])
        try certificate(place, "cert", by: "authority")
        try certificate(place, "cert-old", by: "authority", ["-V", "20190101:20200101"])
        try certificate(place, "cert-revoked", by: "authority", ["-z", "7"])
        try certificate(place, "cert-stranger", by: "mallory")
        try certificate(place, "cert-elsewhere", by: "authority", principal: "ada@elsewhere.example")
        let list = place.folder + "/revoked"
        try "serial: 7\n".write(toFile: list, atomically: true, encoding: .utf8)
        try Program.output(
            "ssh-keygen", ["-q", "-k", "-f", place.home.path + "/trust/revoked_keys", "-s", place.key("authority") + ".pub", list,
                place.key("lost") + ".pub"])

        func signed(by name: String, date: String = "2026-03-01T09:00:00Z") -> (SignedWorkspace) throws -> Void {
            { try $0.commit(signedBy: name, date: date, push: false) }
        }
        let cases = [
            Case(name: "unsigned", reason: "SignatureMissing", detail: "is not signed") { try $0.commit(push: false) },
            Case(name: "a key that is not listed", detail: "not in trust/allowed_signers", commit: signed(by: "mallory")),
            Case(name: "an expired key", detail: "expired", commit: signed(by: "old")),
            Case(name: "back-dated", detail: "expired", commit: signed(by: "old", date: "2019-06-01T09:00:00Z")),
            Case(name: "not yet valid", detail: "not yet valid", commit: signed(by: "new", date: "2099-06-01T09:00:00Z")),
            Case(name: "another namespace", detail: "namespace", commit: signed(by: "file")),
            Case(name: "a revoked key", detail: "revoked in trust/revoked_keys", commit: signed(by: "lost")),
            Case(name: "changed after it was signed", detail: "incorrect signature") {
                try $0.commit(signedBy: "ada", push: false)
                try Self.changeMessage($0)
            },
            Case(name: "an expired certificate", detail: "its certificate is of no authority in trust/allowed_signers, had expired", commit: signed(by: "cert-old")),
            Case(name: "a revoked certificate", detail: "revoked in trust/revoked_keys", commit: signed(by: "cert-revoked")),
            Case(
                name: "a certificate of another authority", detail: "its certificate is of no authority",
                commit: signed(by: "cert-stranger")),
            Case(
                name: "a certificate for a name that the authority may not give", detail: "a name that the authority may not give",
                commit: signed(by: "cert-elsewhere")),
            Case(name: "the authority itself", detail: "*@example.com", commit: signed(by: "authority")),
            Case(
                name: "a path that somebody else answers for", reason: "SignerUnauthorised", detail: "is signed by ada@example.com",
                rule: Self.unauthorised.rule, remedy: Self.unauthorised.remedy
            ) { try $0.commit(Self.other, signedBy: "ada", push: false) },
        ]
        try check(cases, place) { place in
            try place.git(["add", "-A"])
            try place.git(["commit", "-q", "-m", "Fix"], signedBy: "cert")
        }
        #expect(try place.home.json("status")["applied"]?["signer"] == "ada@example.com", "of the certificate")
    }

    private func certificate(
        _ place: SignedWorkspace, _ name: String, by authority: String, principal: String = "ada@example.com", _ more: [String] = []
    ) throws {
        let key = place.key(name)
        try Program.output("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key])
        try Program.output("ssh-keygen", ["-q", "-s", place.key(authority), "-I", name, "-n", principal] + more + [key + ".pub"])
        try Program.output("mv", [key + "-cert.pub", key + ".pub"])
    }

    @Test("commits signed with OpenPGP keys", .enabled(if: ToolLocator.find("gpg") != nil, "gpg is not on this host"))
    func openPGP() throws {
        let place = try SignedWorkspace(floor: "none", signers: [], roles: "compliance: [cy@example.com]\n")
        let ring = try KeyRing()
        defer { ring.end() }
        try place.commit(Self.rules)
        try #require(place.reconcile().exit == 0)
        try Program.output("sed", ["-i", "s/^signatures: .*/signatures: head/", place.home.path + "/config.yaml"])
        let trust = place.home.path + "/trust/openpgp"
        try FileManager.default.createDirectory(atPath: trust, withIntermediateDirectories: true)
        let (ada, cy) = (try ring.make("Ada <ada@example.com>", expires: "never"), try ring.make("Cy <cy@example.com>", expires: "never"))
        let old = try ring.make("Old <old@example.com>", expires: "20200101T000000", at: "20190101T000000")
        let lost = try ring.make("Lost <lost@example.com>", expires: "never")
        // A name in the key is no proof of anything: the file's name decides.
        let mallory = try ring.make("Ada (herself) <ada@example.com>", expires: "never")
        for (name, key) in [("ada", ada), ("cy", cy), ("old", old), ("lost", lost)] {
            try ring.export(key, to: "\(trust)/\(name)@example.com.asc")
        }
        try ring.exportRevocation(of: lost, addingTo: "\(trust)/lost@example.com.asc")

        func commit(_ key: String, _ files: [String: String]? = nil) -> (SignedWorkspace) throws -> Void {
            { place in
                try place.commit(files, push: false)
                try ring.amend(with: key, in: place.workspace.checkout)
            }
        }
        let cases = [
            Case(name: "unsigned", reason: "SignatureMissing", detail: "is not signed") { try $0.commit(push: false) },
            Case(name: "a key that is not listed", detail: "not in trust/openpgp", commit: commit(mallory)),
            Case(name: "an expired key, back-dated", detail: "had expired when this host first saw the commit") { place in
                try place.commit(push: false)
                try ring.amendWithExpired(old, in: place.workspace.checkout)
            },
            Case(name: "a revoked key", detail: "revoked", commit: commit(lost)),
            Case(name: "changed after it was signed", detail: "does not match the commit") { place in
                try commit(ada)(place)
                try Self.changeMessage(place)
            },
            Case(
                name: "a path that somebody else answers for", reason: "SignerUnauthorised", detail: "is signed by ada@example.com",
                rule: Self.unauthorised.rule, remedy: Self.unauthorised.remedy, commit: commit(ada, Self.other)),
        ]
        try check(cases, place) { place in
            try place.git(["add", "-A"])
            try place.git(["commit", "-q", "-m", "Fix"])
            try ring.amend(with: ada, in: place.workspace.checkout)
        }
        #expect(try place.home.json("status")["applied"]?["signer"] == "ada@example.com")
    }

    /// Puts another message under the newest commit's signature.
    private static func changeMessage(_ place: SignedWorkspace) throws {
        let raw = try place.git(["cat-file", "commit", "HEAD"]) + "\n"
        let forged = place.folder + "/forged"
        let changed = raw.replacingOccurrences(of: "Change by ", with: "Changed by ")
        try #require(changed != raw)
        try changed.write(toFile: forged, atomically: true, encoding: .utf8)
        let id = try place.git(["hash-object", "-t", "commit", "-w", "--literally", forged])
        try place.git(["reset", "-q", "--hard", id])
    }
}

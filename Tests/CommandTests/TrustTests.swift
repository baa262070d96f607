import ChildProcess
import Foundation
import GitStore
import Model
import Reconciler
import Testing

@Suite("Signed commits")
struct TrustTests {
    static let ada = "ada@example.com namespaces=\"git\" {ada}"
    static let cy = "cy@example.com namespaces=\"git\" {cy}"

    @Test("an unsigned commit is refused with commit, rule and remedy; the last good one stays; a signed one goes on")
    func unsigned() throws {
        let place = try SignedWorkspace(floor: "head", signers: [Self.ada], runs: true)
        let good = try place.commit(signedBy: "ada")
        let first = try place.reconcile()
        #expect(first.exit == 0 && first.status["applied"]?["signer"] == "ada@example.com", "\(first)")
        #expect(first.status["applied"]?["signature"] == "ssh")

        let bad = try place.commit()
        let plan = try place.home.assay("plan")
        #expect(plan.status == .exited(3))
        let refused = try place.reconcile()
        #expect(refused.exit == 3 && refused.status["reason"] == "SignatureMissing")
        #expect(refused.status["applied"]?["commit"]?.string == good && refused.status["attempted"]?["commit"]?.string == bad)
        for text in [plan.outputText + plan.errorText, refused.text] {
            #expect(text.contains(bad.prefix(10)) && text.contains("signatures: head") && text.contains("git commit --amend"))
        }
        let again = try place.reconcile()
        #expect(again.exit == 3 && again.status["reason"] == "SignatureMissing")
        try place.home.run()

        let better = try place.commit(signedBy: "ada")
        let last = try place.reconcile()
        #expect(last.exit == 0 && last.status["applied"]?["commit"]?.string == better)
    }

    @Test("of several lines with the same key the one that holds counts, and one may name many principals")
    func severalLines() throws {
        let place = try SignedWorkspace(
            floor: "none",
            signers: [
                "old@example.com valid-before=\"20200101\" {ada}", "sign@example.com namespaces=\"file\" {ada}",
                "\"ada@example.com,ada@home.example\" namespaces=\"git\",valid-after=\"20200101\" {ada}",
            ], roles: "author: [ada@home.example]\n")
        try place.commit(SignedWorkspace.policy(signatures: "none", paths: "[{pattern: tenants, roles: [author]}]"))
        #expect(try place.reconcile().exit == 0)
        try place.commit(signedBy: "ada")
        let result = try place.reconcile()
        #expect(result.exit == 0 && result.status["applied"]?["signer"] == "ada@example.com", "\(result)")
    }

    /// A pass of a host whose clock shows this time.
    private func pass(_ place: SignedWorkspace, at now: String) async throws -> (reason: String, applied: Revision?, seen: String?) {
        let time = try #require(ISO8601DateFormatter().date(from: now))
        let context = try HomeContext.open(TenantHome(place.home.path), readOnly: false, clock: HostClock { time })
        let mirror = try context.mirror()
        let status = try await ReconcilePass(context, mirror: mirror).run().status
        return (status.reason, status.applied, try await context.store.firstSeen(try #require(try await mirror.newestCommit())))
    }

    @Test("keys must be valid when the host first saw the commit, however late it is accepted")
    func firstSeen() async throws {
        let place = try SignedWorkspace(floor: "head", signers: [Self.cy])
        try place.commit(signedBy: "ada", date: "2020-01-01T00:00:00Z")
        #expect(try await pass(place, at: "2026-03-01T00:00:00Z").reason == "SignatureInvalid")
        try place.trust(["ada@example.com valid-before=\"20260301120000Z\" {ada}"])
        let late = try await pass(place, at: "2026-06-01T00:00:00Z")
        #expect(late.reason == "" && late.applied?.signer == "ada@example.com", "it was seen while the key was valid")
        try place.commit(signedBy: "ada", date: "2026-03-01T00:00:00Z")
        #expect(try await pass(place, at: "2026-06-01T00:00:01Z").reason == "SignatureInvalid", "the next one was seen too late")
    }

    @Test("a host clock that was put back revives no key, and the time first seen never moves")
    func clockPutBack() async throws {
        let place = try SignedWorkspace(
            floor: "head", signers: ["ada@example.com valid-before=\"20260301\" {ada}", Self.cy])
        try place.commit(signedBy: "cy")
        let june = "2026-06-01T00:00:00.000Z"
        let first = try await pass(place, at: "2026-06-01T00:00:00Z")
        #expect(first.reason == "" && first.seen == june)
        try place.commit(signedBy: "ada", date: "2026-01-01T00:00:00Z")
        for now in ["2026-01-01T00:00:00Z", "2026-07-01T00:00:00Z", "2025-01-01T00:00:00Z"] {
            let back = try await pass(place, at: now)
            #expect(back.reason == "SignatureInvalid" && back.seen == june, "\(now): \(back)")
        }
        // Commits below a tip that nobody asked about were seen with it.
        let fixed = try place.commit(signedBy: "cy")
        let good = try await pass(place, at: "2026-01-02T00:00:00Z")
        #expect(good.reason == "" && good.applied?.commit.hex == fixed && good.seen == june)
    }

    @Test("a key whose line is taken away counts no more, also for what was seen before; what is applied stays")
    func takenAway() throws {
        let place = try SignedWorkspace(floor: "head", signers: [Self.ada, Self.cy])
        let good = try place.commit(signedBy: "cy")
        #expect(try place.reconcile().exit == 0)
        try place.commit(["tenants/oak/tenant.yaml": "kind: ["], signedBy: "cy")
        #expect(try place.reconcile().status["reason"] == "ManifestInvalid", "its signature counts")
        try place.trust([Self.ada])
        let result = try place.reconcile()
        #expect(result.exit == 3 && result.text.contains("not in trust/allowed_signers"))
        #expect(result.status["applied"]?["commit"]?.string == good)
    }

    @Test("'every' looks below the tip; 'head' does not")
    func every() throws {
        for (floor, exit) in [("every", Int32(3)), ("head", 0)] {
            let place = try SignedWorkspace(floor: "none", signers: [Self.ada])
            try #require(try place.reconcile().exit == 0)
            try Program.output("sed", ["-i", "s/^signatures: .*/signatures: \(floor)/", place.home.path + "/config.yaml"])
            let hidden = try place.commit(push: false)
            try place.commit(signedBy: "ada")
            let result = try place.reconcile()
            #expect(result.exit == exit, "\(floor): \(result.text)")
            if floor == "every" { #expect(result.text.contains(hidden.prefix(10)) && result.text.contains("signatures: every")) }
        }
    }

    @Test("a merge by the forge's own key is accepted with whatever it merged, once that key is listed")
    func forge() throws {
        let place = try SignedWorkspace(floor: "every", signers: [Self.ada])
        try place.git(["commit", "-q", "--amend", "--no-edit"], signedBy: "ada")
        try place.push()
        #expect(try place.reconcile().exit == 0)
        try place.git(["checkout", "-q", "-b", "work"])
        try place.commit(push: false)
        try place.git(["checkout", "-q", "main"])
        try place.git(["merge", "-q", "--no-ff", "-m", "Merge pull request #7", "work"], signedBy: "forge")
        try place.push()
        #expect(try place.reconcile().status["reason"] == "SignatureInvalid")
        try place.trust([Self.ada, "forge@example.com namespaces=\"git\" {forge}"])
        let result = try place.reconcile()
        #expect(result.exit == 0 && result.status["applied"]?["signer"] == "forge@example.com")
    }

    @Test("a path's rule needs one of its roles, below the tip and for deleted files too")
    func paths() throws {
        let place = try SignedWorkspace(
            floor: "none", signers: [Self.ada, Self.cy], roles: "compliance: [cy@example.com]\nengineering: [ada@example.com]\n")
        let rules = "[{pattern: 'policies/**', roles: [compliance]}, {pattern: 'runbooks/**', roles: [engineering, compliance]}]"
        try place.commit(SignedWorkspace.policy(signatures: "none", paths: rules))
        #expect(try place.reconcile().exit == 0)
        #expect(try { try place.commit(); return try place.reconcile().exit }() == 0, "no rule is about this path")
        let applied = try place.git(["rev-parse", "HEAD"])

        let policy = SignedWorkspace.policy(signatures: "none")
        let own = try place.commit(policy, signedBy: "ada", push: false)
        try place.commit(signedBy: "cy")
        let result = try place.reconcile()
        #expect(result.exit == 3 && result.status["reason"] == "SignerUnauthorised")
        for part in [String(own.prefix(10)), "policies/**", "compliance", "ada@example.com", "cy@example.com", "policies/small.yaml"] {
            #expect(result.text.contains(part), "\(part): \(result.text)")
        }
        try place.git(["reset", "-q", "--hard", applied])
        try place.commit(["runbooks/interest/extra.py": "X = 1\n"], signedBy: "ada")
        #expect(try place.reconcile().exit == 0)
        try FileManager.default.removeItem(atPath: place.workspace.checkout + "/runbooks/interest/extra.py")
        try place.commit()
        #expect(try place.reconcile().status["reason"] == "SignatureMissing")
        try place.git(["reset", "-q", "--hard", "HEAD^"])
        try place.commit(policy, signedBy: "cy")
        #expect(try place.reconcile().exit == 0)
        try place.commit(policy.mapValues { $0.replacingOccurrences(of: "quorum: 1", with: "quorum: 2") })
        #expect(try place.reconcile().exit == 0, "the rules are gone")
    }

    @Test("policies tighten from the next commit on, and what loosens them must satisfy them")
    func tightening() throws {
        let place = try SignedWorkspace(floor: "none", signers: [Self.ada])
        try place.commit(SignedWorkspace.policy(signatures: "every"))
        #expect(try place.reconcile().exit == 0)
        try place.commit(SignedWorkspace.policy(signatures: "none"))
        let loose = try place.reconcile()
        #expect(loose.exit == 3 && loose.status["reason"] == "SignatureMissing" && loose.text.contains("policies/small.yaml"))
        try place.git(["commit", "-q", "--amend", "--no-edit"], signedBy: "mallory")
        try place.push()
        #expect(try place.reconcile().status["reason"] == "SignatureInvalid")
        try place.git(["commit", "-q", "--amend", "--no-edit"], signedBy: "ada")
        try place.push()
        #expect(try place.reconcile().exit == 0)
        try place.commit()
        #expect(try place.reconcile().exit == 0)
    }

    @Test("a policy cannot loosen the home's floor")
    func floor() throws {
        let place = try SignedWorkspace(floor: "head", signers: [Self.ada])
        try place.commit(SignedWorkspace.policy(signatures: "none"), signedBy: "ada")
        #expect(try place.reconcile().exit == 0)
        try place.commit()
        let result = try place.reconcile()
        #expect(result.exit == 3 && result.text.contains("config.yaml"))
    }

    @Test("without a seal 'every' begins at the root; with one it begins there, and the branch must contain it")
    func seal() throws {
        let place = try SignedWorkspace(floor: "every", signers: [Self.ada])
        let root = try place.git(["rev-parse", "HEAD"])
        let seal = try place.commit()
        let tip = try place.commit(signedBy: "ada")
        #expect(try place.reconcile().text.contains(root.prefix(10)))
        func made(at commit: String, _ name: String) throws -> ProcessResult {
            let path = "\(place.folder)/\(name)"
            try Program.output(
                Program.assay, ["init", path, "--repo", place.workspace.bare, "--tenant", "oak", "--at", commit])
            for file in ["config.yaml", "trust/allowed_signers"] {
                try Program.output("cp", ["\(place.home.path)/\(file)", "\(path)/\(file)"])
            }
            return try Program.run(Program.assay, ["reconcile", "--home", path])
        }
        #expect(try made(at: seal, "sealed").status == .exited(0))
        #expect(try made(at: tip, "sealed-at-tip").status == .exited(0))
        let early = try made(at: root, "sealed-early")
        #expect(early.status == .exited(3) && early.errorText.contains(seal.prefix(10)))
        let other = try made(at: String(repeating: "5", count: 40), "sealed-elsewhere")
        #expect(other.status == .exited(1) && other.errorText.contains("HistoryRewritten"), "\(other.status) \(other.errorText)")
        let short = try Program.run(
            Program.assay, ["init", place.folder + "/x", "--repo", place.workspace.bare, "--tenant", "oak", "--at", "abc"])
        #expect(short.status == .exited(2) && short.errorText.contains("git rev-parse abc"))
    }

    @Test("an older signed commit, pushed over a newer one, is no way back")
    func rollback() throws {
        let place = try SignedWorkspace(floor: "every", signers: [Self.ada])
        try place.git(["commit", "-q", "--amend", "--no-edit"], signedBy: "ada")
        try place.commit(signedBy: "ada")
        #expect(try place.reconcile().exit == 0)
        try place.git(["reset", "-q", "--hard", "HEAD^"])
        try place.push()
        let result = try place.reconcile()
        #expect(result.exit == 1 && result.status["reason"] == "HistoryRewritten")
    }

    @Test("a merge that takes the applied commit in from the side cannot undo what needs another's signature")
    func fromTheSide() throws {
        let place = try SignedWorkspace(
            floor: "every", signers: [Self.ada, Self.cy], roles: "compliance: [cy@example.com]\n")
        try place.git(["commit", "-q", "--amend", "--no-edit"], signedBy: "cy")
        let before = try place.git(["rev-parse", "HEAD"])
        try place.commit(
            SignedWorkspace.policy(signatures: "every", paths: "[{pattern: 'policies/**', roles: [compliance]}]"), signedBy: "cy")
        #expect(try place.reconcile().exit == 0)
        try place.git(["checkout", "-q", "-b", "work", before])
        try place.commit(signedBy: "ada", push: false)
        try place.git(["merge", "-q", "-s", "ours", "-m", "Take main in", "main"], signedBy: "ada")
        try place.push()
        let result = try place.reconcile()
        #expect(result.exit == 3 && result.status["reason"] == "SignerUnauthorised", "\(result.text)")
    }

    @Test("a signature moved to another commit, or into a message, is none of that commit's")
    func moved() throws {
        let place = try SignedWorkspace(floor: "head", signers: [Self.ada])
        try place.commit(signedBy: "ada")
        let raw = try place.git(["cat-file", "commit", "HEAD"]) + "\n"
        let parts = raw.components(separatedBy: "-----END SSH SIGNATURE-----\n")
        let header = parts[0].components(separatedBy: "gpgsig ")
        let forged = [
            raw.replacingOccurrences(of: "Change by ada", with: "Change by another"),
            header[0] + parts[1] + "\ngpgsig " + header[1] + "-----END SSH SIGNATURE-----\n",
        ]
        for (text, reason) in zip(forged, ["SignatureInvalid", "SignatureMissing"]) {
            let file = place.folder + "/forged"
            try text.write(toFile: file, atomically: true, encoding: .utf8)
            let id = try place.git(["hash-object", "-t", "commit", "-w", "--literally", file])
            try place.git(["push", "-q", "--force", "origin", "\(id):main"])
            let result = try place.reconcile()
            #expect(result.exit == 3 && result.status["reason"]?.string == reason, "\(result.text)")
        }
    }

    @Test("a certificate of a listed authority signs for its own principal")
    func certificate() throws {
        let place = try SignedWorkspace(floor: "head", signers: ["*@example.com cert-authority,namespaces=\"git\" {cy}"])
        try Program.output(
            "ssh-keygen", ["-q", "-s", place.key("cy"), "-I", "ada", "-n", "ada@example.com", place.key("ada") + ".pub"])
        try Program.output("mv", [place.key("ada") + "-cert.pub", place.key("cert") + ".pub"])
        try Program.output("cp", [place.key("ada"), place.key("cert")])
        try place.commit(signedBy: "cert")
        let result = try place.reconcile()
        #expect(result.exit == 0, "\(result.text)")
        #expect(result.status["applied"]?["signer"] == "ada@example.com")
        try place.commit(signedBy: "cy")
        #expect(try place.reconcile().status["reason"] == "SignatureInvalid", "the authority itself is no signer")
    }

    @Test("a trust root that cannot be read stalls, and says which file")
    func unreadable() throws {
        let place = try SignedWorkspace(floor: "head", signers: [Self.ada])
        try place.commit(signedBy: "ada")
        try FileManager.default.removeItem(atPath: place.home.path + "/trust/allowed_signers")
        let result = try place.reconcile()
        #expect(result.exit == 1 && result.status["reason"] == "TrustRootUnreadable" && result.text.contains("allowed_signers"))
    }
}

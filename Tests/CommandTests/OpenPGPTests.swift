import ChildProcess
import Foundation
import Model
import Testing

@Suite("Commits signed with OpenPGP", .enabled(if: ToolLocator.find("gpg") != nil, "gpg is not on this host"))
struct OpenPGPTests {
    @Test("a listed key signs under its file's name; one that expired, was revoked or is not listed does not")
    func keys() throws {
        let place = try SignedWorkspace(floor: "head", signers: [])
        // A short path: gpg-agent listens on a socket in it.
        let keyring = try KeyRing()
        defer { keyring.end() }
        let trust = place.home.path + "/trust/openpgp"
        try FileManager.default.createDirectory(atPath: trust, withIntermediateDirectories: true)
        func commit(_ key: String) throws -> (exit: Int32, status: JSONValue, text: String) {
            try place.git(["commit", "-q", "--allow-empty", "-m", "Change"])
            try keyring.amend(with: key, in: place.workspace.checkout)
            try place.push()
            return try place.reconcile()
        }
        let ada = try keyring.make("Ada <someone@example.com>", expires: "never")
        let old = try keyring.make("Old <old@example.com>", expires: "20200101T000000", at: "20190101T000000")
        #expect(try commit(ada).text.contains("trust/openpgp holds no key"))
        try keyring.export(old, to: trust + "/old@example.com.asc")
        #expect(try commit(ada).text.contains("not in trust/openpgp"))
        try keyring.export(ada, to: trust + "/ada@example.com.asc")
        let good = try commit(ada)
        #expect(good.exit == 0 && good.status["applied"]?["signature"] == "openpgp", "\(good.text)")
        #expect(good.status["applied"]?["signer"] == "ada@example.com")

        try place.git(["commit", "-q", "--allow-empty", "-m", "Long ago"])
        try keyring.amendWithExpired(old, in: place.workspace.checkout)
        try place.push()
        let late = try place.reconcile()
        #expect(late.exit == 3 && late.text.contains("expired"), "\(late.text)")

        try place.git(["reset", "-q", "--hard", "HEAD^"])
        let lost = try keyring.make("Lost <lost@example.com>", expires: "never")
        try keyring.export(lost, to: trust + "/lost@example.com.asc")
        #expect(try commit(lost).status["applied"]?["signer"] == "lost@example.com")
        try keyring.exportRevocation(of: lost, addingTo: trust + "/lost@example.com.asc")
        #expect(try commit(lost).text.contains("revoked"))

        try Program.output("sh", ["-c", "echo nonsense > '\(trust)/bad.asc'"])
        let bad = try place.reconcile()
        #expect(bad.exit == 1 && bad.status["reason"] == "TrustRootUnreadable" && bad.text.contains("bad.asc"))
    }

    @Test("a merge by the forge's own OpenPGP key is accepted with whatever it merged, once that key is listed")
    func forge() throws {
        let place = try SignedWorkspace(floor: "none", signers: [])
        let keyring = try KeyRing()
        defer { keyring.end() }
        let forge = try keyring.make("Forge <noreply@forge.example>", expires: "never")
        try #require(place.reconcile().exit == 0)
        try Program.output("sed", ["-i", "s/^signatures: .*/signatures: every/", place.home.path + "/config.yaml"])
        try place.git(["checkout", "-q", "-b", "work"])
        try place.commit(push: false)
        try place.git(["checkout", "-q", "main"])
        try place.git(["merge", "-q", "--no-ff", "-m", "Merge pull request #7", "work"])
        try keyring.amend(with: forge, in: place.workspace.checkout)
        try place.push()
        #expect(try place.reconcile().status["reason"] == "SignatureInvalid")
        let trust = place.home.path + "/trust/openpgp"
        try FileManager.default.createDirectory(atPath: trust, withIntermediateDirectories: true)
        try keyring.export(forge, to: trust + "/forge@example.com.asc")
        let result = try place.reconcile()
        #expect(result.exit == 0 && result.status["applied"]?["signer"] == "forge@example.com", "\(result.text)")
    }
}

/// A GnuPG home with secret keys, for tests.
struct KeyRing {
    let path: String
    var environment: [String: String] { ["GNUPGHOME": path, "HOME": path] }

    init() throws {
        path = "/tmp/assay-gpg-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    /// Makes a signing key and gives its fingerprint; `at` pretends that the host's clock says so.
    func make(_ user: String, expires: String, at time: String? = nil) throws -> String {
        let clock = time.map { ["--faked-system-time", $0 + "!"] } ?? []
        let text = try Program.output(
            "gpg", clock + ["--batch", "--status-fd", "1", "--passphrase", "", "--quick-generate-key", user, "ed25519", "sign", expires],
            environment: environment)
        let created = text.split(separator: "\n").first { $0.contains("KEY_CREATED") }
        return created.flatMap { $0.split(separator: " ").last.map(String.init) } ?? ""
    }

    func export(_ key: String, to file: String) throws {
        try Program.output("gpg", ["--batch", "--armor", "--output", file, "--export", key], environment: environment)
    }

    /// GnuPG keeps a revocation for every key, with a colon against using it by mistake.
    func exportRevocation(of key: String, addingTo file: String) throws {
        let place = "\(path)/openpgp-revocs.d/\(key).rev"
        try Program.output("sh", ["-c", "sed -n 's/^:*-----BEGIN/-----BEGIN/; /^-----BEGIN/,$p' '\(place)' >> '\(file)'"])
    }

    /// Signs the newest commit as if the clock stood where the key was valid.
    func amendWithExpired(_ key: String, in checkout: String) throws {
        let script = path + "/gpg-then"
        try "#!/bin/sh\nexec gpg --faked-system-time 20190601T000000! \"$@\"\n".write(toFile: script, atomically: true, encoding: .utf8)
        try Program.output("chmod", ["+x", script])
        try Program.output(
            "git", ["-C", checkout, "-c", "user.name=Ada", "-c", "user.email=a@example.com", "-c", "gpg.program=\(script)", "-c",
                "user.signingkey=\(key)", "commit", "-q", "--allow-empty", "--amend", "--no-edit", "-S"],
            environment: environment.merging(["GIT_COMMITTER_DATE": "2019-06-01T00:00:00Z"]) { $1 })
    }

    /// Signs the newest commit.
    func amend(with key: String, in checkout: String) throws {
        try Program.output(
            "git", ["-C", checkout, "-c", "user.name=Ada", "-c", "user.email=a@example.com", "-c", "user.signingkey=\(key)",
                "commit", "-q", "--allow-empty", "--amend", "--no-edit", "-S"], environment: environment)
    }

    func end() {
        _ = try? Program.run("gpgconf", ["--kill", "gpg-agent"], environment: environment)
        try? FileManager.default.removeItem(atPath: path)
    }
}

import Foundation
import Testing

@testable import GitStore

@Suite("Trust in SSH hosts")
struct KnownHostsTests {
    /// An SSH key of the given type as `ssh-keygen` makes it.
    private struct Key {
        let path: String
        let key: HostKey

        init(_ scratch: Scratch, _ name: String, _ type: String = "ed25519", passphrase: String = "", form: [String] = []) throws {
            path = scratch(name)
            try run(["ssh-keygen", "-q", "-t", type, "-N", passphrase, "-f", path] + form, in: scratch.path)
            let line = try String(contentsOfFile: path + ".pub", encoding: .utf8).split(separator: " ")
            let bytes = try #require(Data(base64Encoded: String(line[1])))
            let listed = try run(["ssh-keygen", "-lf", path], in: scratch.path).split(separator: " ")[1]
            let digest = try #require(Data(base64Encoded: String(listed.dropFirst(7)) + "="))
            key = bytes.withUnsafeBytes { HostKey($0, sha256: Array(digest)) }
            #expect(key.fingerprint == listed)
        }
    }

    @Test("A host is known by name, by port, by pattern and by a hashed name")
    func known() throws {
        let scratch = Scratch()
        let key = try Key(scratch, "a").key
        for (line, host, port) in [
            ("git.example.com", "git.example.com", 22), ("other,git.example.com", "GIT.example.com", 22),
            ("*.example.com", "git.example.com", 22), ("[git.example.com]:2222", "git.example.com", 2222),
            ("[*.example.com]:2222", "git.example.com", 2222),
        ] {
            let hosts = KnownHosts(text: "# comment\n\n\(line) \(key.line) remark\n")
            #expect(hosts.judge(key, host: host, port: port) == .known, "\(line)")
        }
        for (line, host, port) in [
            ("git.example.com", "git.example.com", 2222), ("*.example.com,!git.example.com", "git.example.com", 22),
            ("#git.example.com", "git.example.com", 22), ("@cert-authority git.example.com", "git.example.com", 22),
            ("git.example.co", "git.example.com", 22),
        ] {
            #expect(KnownHosts(text: "\(line) \(key.line)").judge(key, host: host, port: port) == .unknown, "\(line)")
        }
    }

    @Test("Host names that ssh-keygen hashed are found")
    func hashed() throws {
        let scratch = Scratch()
        let key = try Key(scratch, "a").key
        let file = scratch("known_hosts")
        try "git.example.com \(key.line)\n[forge.example.com]:2222 \(key.line)\n".write(toFile: file, atomically: true, encoding: .utf8)
        try run(["ssh-keygen", "-q", "-H", "-f", file], in: scratch.path)
        let hosts = try KnownHosts(file: file)
        #expect(try String(contentsOfFile: file, encoding: .utf8).hasPrefix("|1|"))
        #expect(hosts.judge(key, host: "git.example.com", port: 22) == .known)
        #expect(hosts.judge(key, host: "forge.example.com", port: 2222) == .known)
        #expect(hosts.judge(key, host: "forge.example.com", port: 22) == .unknown)
    }

    @Test("Another key of the same type is a change, one of another type is unknown, a revoked one is refused")
    func changed() throws {
        let scratch = Scratch()
        let (a, b, c) = (try Key(scratch, "a").key, try Key(scratch, "b").key, try Key(scratch, "c", "ecdsa").key)
        let hosts = KnownHosts(text: "h \(a.line)")
        #expect(hosts.judge(b, host: "h", port: 22) == .changed)
        #expect(hosts.judge(c, host: "h", port: 22) == .unknown)
        #expect(KnownHosts(text: "h \(a.line)\nh \(b.line)").judge(b, host: "h", port: 22) == .known)
        #expect(KnownHosts(text: "h \(a.line)\n@revoked * \(a.line)").judge(a, host: "h", port: 22) == .changed)
    }

    @Test("Hostile known_hosts lines are passed over", arguments: ["", "h", "h x y", "@", "@revoked", "|1|a|b x y", "|1|||| ssh-rsa AAAA", "h ssh-rsa \u{0}"])
    func hostileLines(line: String) throws {
        let key = try Key(Scratch(), "a").key
        #expect(KnownHosts(text: line).judge(key, host: "h", port: 22) == .unknown)
    }

    @Test("A key file that cannot work says why")
    func keyFiles() throws {
        let scratch = Scratch()
        #expect(SSHKeyFile.trouble(with: try Key(scratch, "good").path) == nil)
        #expect(SSHKeyFile.trouble(with: try Key(scratch, "ec", "ecdsa").path) == nil)
        #expect(SSHKeyFile.trouble(with: try Key(scratch, "rsa", "rsa").path)?.contains("RSA") == true)
        #expect(SSHKeyFile.trouble(with: try Key(scratch, "pem", "rsa", form: ["-m", "PEM"]).path)?.contains("RSA") == true)
        #expect(SSHKeyFile.trouble(with: try Key(scratch, "locked", passphrase: "secret").path)?.contains("passphrase") == true)
        let cut = scratch("cut")
        try "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAA\n".write(toFile: cut, atomically: true, encoding: .utf8)
        #expect(SSHKeyFile.trouble(with: cut)?.hasPrefix("it is damaged") == true)
    }

    @Test("A secret and a password in a URL never appear in text")
    func secrets() {
        let remote = RemoteConfiguration(
            url: "https://u:hunter2@example.com/x.git", branch: "main",
            authentication: .token(username: "u", secret: Secret("hunter2")))
        #expect(!"\(remote.authentication)".contains("hunter2"))
        var dumped = ""
        dump(remote.authentication, to: &dumped)
        #expect(!dumped.contains("hunter2"))
        #expect(shown(remote.url) == "https://u@example.com/x.git")
    }
}

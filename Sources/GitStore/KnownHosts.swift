import Digests
import Foundation

/// The public key that an SSH host showed.
struct HostKey: Hashable {
    let bytes: [UInt8]
    /// As `ssh-keygen -l` prints it.
    let fingerprint: String

    init(_ raw: UnsafeRawBufferPointer, sha256: [UInt8]) {
        bytes = Array(raw)
        fingerprint = "SHA256:" + Data(sha256).base64EncodedString().replacing("=", with: "")
    }

    /// Such as `ssh-ed25519`: the key's own first field.
    var type: String { SSHWire(bytes).first.map { String(decoding: $0, as: UTF8.self) } ?? "unknown" }

    /// Type and key as they stand in a `known_hosts` line.
    var line: String { "\(type) \(Data(bytes).base64EncodedString())" }
}

/// Which SSH host keys are trusted: a file in the format of OpenSSH's `known_hosts`.
struct KnownHosts {
    enum Judgement { case known, unknown, changed }

    private struct Line {
        var hosts: String
        var type: String
        var key: [UInt8]
        var revoked: Bool
    }

    private let lines: [Line]

    init(file: String) throws { self.init(text: try String(contentsOfFile: file, encoding: .utf8)) }

    init(text: String) {
        lines = text.split(whereSeparator: \.isNewline).compactMap { text in
            var fields = text.split(whereSeparator: { $0 == " " || $0 == "\t" })
            let marker = fields.first.flatMap { $0.hasPrefix("@") ? $0 : nil }
            if marker != nil { fields.removeFirst() }
            // A certificate authority vouches for certificates, which libssh2 does not speak.
            guard fields.count >= 3, !fields[0].hasPrefix("#"), marker == nil || marker == "@revoked",
                let key = Data(base64Encoded: String(fields[2]))
            else { return nil }
            return Line(hosts: String(fields[0]), type: String(fields[1]), key: Array(key), revoked: marker != nil)
        }
    }

    func judge(_ key: HostKey, host: String, port: Int) -> Judgement {
        let name = KnownHosts.name(of: host, port: port)
        let matching = lines.filter { KnownHosts.matches($0.hosts, name) }
        if matching.contains(where: { $0.revoked && $0.key == key.bytes }) { return .changed }
        if matching.contains(where: { !$0.revoked && $0.key == key.bytes }) { return .known }
        // A key of another type than the one on file says nothing about the one on file.
        return matching.contains { $0.type == key.type && !$0.revoked } ? .changed : .unknown
    }

    /// The host as it stands in a line: the port only where it is not 22.
    static func name(of host: String, port: Int) -> String {
        port == 22 ? host.lowercased() : "[\(host.lowercased())]:\(port)"
    }

    private static func matches(_ patterns: String, _ name: String) -> Bool {
        if patterns.hasPrefix("|1|") { return matches(hashed: patterns, name) }
        var found = false
        for pattern in patterns.split(separator: ",") {
            if pattern.hasPrefix("!") {
                if fnmatch(String(pattern.dropFirst()).lowercased(), name, FNM_NOESCAPE) == 0 { return false }
            } else if pattern.lowercased() == name || fnmatch(glob(pattern), name, FNM_NOESCAPE) == 0 {
                found = true
            }
        }
        return found
    }

    /// Brackets stand for themselves in `known_hosts`: they enclose a host with a port.
    private static func glob(_ pattern: Substring) -> String {
        pattern.lowercased().map { $0 == "[" ? "[[]" : String($0) }.joined()
    }

    /// `|1|salt|HMAC-SHA1(salt, name)`, which hides the names of hosts from a reader of the file.
    private static func matches(hashed: String, _ name: String) -> Bool {
        let parts = hashed.split(separator: "|")
        guard parts.count == 3, let salt = Data(base64Encoded: String(parts[1])),
            let expected = Data(base64Encoded: String(parts[2]))
        else { return false }
        return SHA1.authenticationCode(Array(name.utf8), key: Array(salt)) == Array(expected)
    }
}

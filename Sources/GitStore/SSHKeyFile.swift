import Foundation

/// The fields of SSH's wire format: each a big-endian length and that many bytes.
struct SSHWire: Sequence, IteratorProtocol {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: some Collection<UInt8>) { rest = ArraySlice(Array(bytes)) }

    var first: ArraySlice<UInt8>? {
        var copy = self
        return copy.next()
    }

    mutating func next() -> ArraySlice<UInt8>? {
        guard rest.count >= 4 else { return nil }
        let length = Int(rest.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
        guard rest.count - 4 >= length else { return nil }
        defer { rest = rest.dropFirst(4 + length) }
        return rest.dropFirst(4).prefix(length)
    }

    mutating func skip(_ count: Int) { rest = rest.dropFirst(count) }
}

/// Looks into a private key file to say why it was refused; it never leaves this function.
enum SSHKeyFile {
    /// `nil` where nothing is known to be wrong with the key.
    static func trouble(with path: String) -> String? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return "it cannot be read" }
        let rsa = "it is an RSA key, which the SSH library can only use with SHA-1 signatures that forges refuse"
        let locked = "it is protected by a passphrase, and nobody is here to type it"
        guard text.contains("PRIVATE KEY-----") else { return "it is not a private key" }
        guard text.contains("-----END ") else { return "it is damaged: its end is missing" }
        if text.contains("BEGIN RSA PRIVATE KEY") { return rsa }
        if text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED") { return locked }
        guard text.contains("BEGIN OPENSSH PRIVATE KEY") else { return nil }
        let armour = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("-----") }.joined()
        guard let data = Data(base64Encoded: armour), data.starts(with: Array("openssh-key-v1\0".utf8)) else {
            return "it is damaged"
        }
        var fields = SSHWire(data.dropFirst(15))
        let cipher = fields.next()
        _ = fields.next()
        _ = fields.next()
        fields.skip(4)
        let type = fields.next().flatMap { SSHWire($0).first }
        if type.map({ Array($0) }) == Array("ssh-rsa".utf8) { return rsa }
        return cipher.map({ Array($0) }) == Array("none".utf8) ? nil : locked
    }
}

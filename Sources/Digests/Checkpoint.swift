import Model

/// The head of a log at one size, as a C2SP checkpoint (c2sp.org/tlog-checkpoint): three lines of text.
public struct Checkpoint: Hashable, Sendable {
    /// Which log this is; one per home.
    public var origin: String
    public var size: Int
    public var root: ContentDigest

    public init(origin: String, size: Int, root: ContentDigest) {
        self.origin = origin
        self.size = size
        self.root = root
    }

    /// What is signed.
    public var text: String { "\(origin)\n\(size)\n\(Base64.encode(root.bytes))\n" }

    /// `nil` unless the text is exactly of this form; extension lines are ignored.
    public init?(text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 4, lines.last == "", !lines[0].isEmpty, let size = Int(lines[1]), String(size) == lines[1],
            let root = Base64.decode(String(lines[2])), root.count == 32
        else { return nil }
        self.init(origin: String(lines[0]), size: size, root: ContentDigest(bytes: root))
    }
}

/// A text with signatures below it, after c2sp.org/signed-note.
public struct SignedNote: Hashable, Sendable {
    public struct Signature: Hashable, Sendable {
        public var name: String
        /// Four bytes that tell keys of one name apart.
        public var keyID: [UInt8]
        public var signature: [UInt8]
    }

    /// Ends with a line feed.
    public var text: String
    public var signatures: [Signature]

    /// Signs with an Ed25519 key under a name without blanks and `+`.
    public init(text: String, name: String, key: SigningKey) throws {
        self.text = text
        let id = Self.keyID(name: name, key: key.verifyingKey)
        signatures = [Signature(name: name, keyID: id, signature: try key.sign(Array(text.utf8)))]
    }

    /// `nil` where the bytes are no signed note.
    public init?(_ note: String) {
        guard let end = note.range(ofLast: "\n\n") else { return nil }
        text = String(note[..<end]) + "\n"
        var signatures: [Signature] = []
        for line in note[end...].dropFirst(2).split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            let parts = line.split(separator: " ", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0] == "\u{2014}", let bytes = Base64.decode(String(parts[2])), bytes.count > 4
            else { return nil }
            signatures.append(
                Signature(name: String(parts[1]), keyID: Array(bytes.prefix(4)), signature: Array(bytes.dropFirst(4))))
        }
        guard !signatures.isEmpty, note.hasSuffix("\n") else { return nil }
        self.signatures = signatures
    }

    public var encoded: String {
        text + "\n" + signatures.map { "\u{2014} \($0.name) \(Base64.encode($0.keyID + $0.signature))\n" }.joined()
    }

    /// Whether one of the signatures is this key's under this name.
    public func verify(name: String, key: VerifyingKey) -> Bool {
        let id = Self.keyID(name: name, key: key)
        return signatures.contains {
            $0.name == name && $0.keyID == id && key.verify(signature: $0.signature, message: Array(text.utf8))
        }
    }

    /// The first four bytes of SHA-256(name ‖ LF ‖ 01 ‖ public key): 01 stands for Ed25519.
    static func keyID(name: String, key: VerifyingKey) -> [UInt8] {
        Array(SHA256.digest(Array(name.utf8) + [0x0a, 0x01] + key.bytes).bytes.prefix(4))
    }

    /// The key as verifiers of notes read it: `name+hexid+base64(01 ‖ public key)`.
    public static func verifierKey(name: String, key: VerifyingKey) -> String {
        "\(name)+\(lowerHex(keyID(name: name, key: key)))+\(Base64.encode([0x01] + key.bytes))"
    }
}

extension String {
    /// Where the last occurrence begins.
    fileprivate func range(ofLast text: String) -> String.Index? {
        var index = endIndex
        while index > startIndex {
            index = self.index(before: index)
            if self[index...].hasPrefix(text) { return index }
        }
        return nil
    }
}

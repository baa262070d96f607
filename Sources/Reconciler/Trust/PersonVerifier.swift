import Model

/// Judges what people signed by the trust root of a home: keys of `trust/allowed_signers` that are listed for the purpose.
public struct PersonVerifier: Sendable {
    private let home: TenantHome

    public init(home: TenantHome) { self.home = home }

    /// Accepts a signature that this host sees for the first time.
    ///
    /// - Parameter time: When it is first seen (RFC 3339, UTC): the key must be valid then.
    /// - Throws: `PersonSignatureError.refused`, or a `TrustError` where nothing could be judged.
    public func accept(_ armour: String, of word: PersonalWord, at time: String) async throws -> PersonSignature {
        switch try await judge(armour, of: word, at: time) {
        case .signed(let principals):
            return PersonSignature(armour: armour, principals: principals, seenAt: time)
        case .invalid(let why):
            throw PersonSignatureError.refused(why: why, purpose: word.purpose, document: word.document)
        case .unsigned:
            throw PersonSignatureError.refused(why: "it is empty", purpose: word.purpose, document: word.document)
        }
    }

    /// The names under which a kept signature counts now; none where its key has been taken out of the trust root since.
    public func principals(of signature: PersonSignature, over word: PersonalWord) async throws -> [String] {
        guard case .signed(let principals) = try await judge(signature.armour, of: word, at: signature.seenAt) else { return [] }
        return principals
    }

    func judge(_ armour: String, of word: PersonalWord, at time: String) async throws -> SignatureVerdict {
        guard !armour.isEmpty else { return .unsigned }
        let scratch = try ScratchFolder()
        defer { withExtendedLifetime(scratch) {} }
        return try await SSHSignatureVerifier(home: home, scratch: scratch).verify(
            Array(armour.utf8), of: word.bytes, namespace: word.purpose.rawValue, at: time)
    }
}

/// Why a person's signature could not be made, or does not count.
public enum PersonSignatureError: AssayError, Equatable {
    case missing(purpose: PersonalWord.Purpose)
    case agentUnreachable(why: String)
    case noListedKey(purpose: PersonalWord.Purpose, tried: [String])
    case signingFailed(key: String, why: String)
    case refused(why: String, purpose: PersonalWord.Purpose, document: JSONValue)

    public var reason: String {
        switch self {
        case .missing: "SignatureMissing"
        case .agentUnreachable: "AgentUnreachable"
        case .noListedKey, .refused: "SignatureInvalid"
        case .signingFailed: "SigningFailed"
        }
    }

    public var message: String {
        switch self {
        case .missing: "This must be signed by a person, and there is neither a key nor an SSH agent to sign with"
        case .agentUnreachable(let why): "The SSH agent gave no keys: \(why)"
        case .noListedKey(let purpose, let tried):
            "No key of the SSH agent may sign for \(purpose.rawValue): "
                + (tried.isEmpty ? "none is in trust/allowed_signers" : tried.joined(separator: "; "))
        case .signingFailed(let key, let why): "Nothing could be signed with \(key): \(why)"
        case .refused(let why, let purpose, let document):
            "The signature for \(purpose.rawValue) is not accepted: \(why). It must be over \(Self.shown(document))"
        }
    }

    public var remedy: String {
        switch self {
        case .missing, .agentUnreachable:
            "Give --key FILE; or let SSH_AUTH_SOCK name an agent that holds the key; or sign elsewhere with --export-to-sign FILE"
        case .noListedKey(let purpose, _):
            "List the key for it (PRINCIPAL namespaces=\"\(purpose.rawValue)\" KEY), or let somebody sign who is listed"
        case .signingFailed: "Check the file, its passphrase and its permissions; 'ssh-add FILE' gives it to an agent"
        case .refused(_, let purpose, _):
            "Sign with a key that trust/allowed_signers lists for \(purpose.rawValue) and that is valid now; where what is to "
                + "be signed has changed since it was exported, export it again"
        }
    }

    /// `name=value`, sorted: what a reader compares with what they signed.
    private static func shown(_ document: JSONValue) -> String {
        (document.object ?? [:]).sorted { $0.key < $1.key }.map { key, value in
            switch value {
            case .string(let text): "\(key)=\(text)"
            case .integer(let number): "\(key)=\(number)"
            default: "\(key)"
            }
        }.joined(separator: ", ")
    }
}

import Model

/// What can go wrong with digests, canonical JSON, keys and signatures.
public enum DigestError: AssayError, Equatable {
    /// The bytes are not one JSON document; `offset` is zero-based, in bytes.
    case invalidJSON(offset: Int, problem: String)
    /// The value has no canonical JSON form; `place` is a JSON pointer.
    case noCanonicalForm(place: String, problem: String)
    /// The JSON does not have the shape of the Swift type; `place` is a JSON pointer.
    case wrongShape(type: String, place: String, problem: String)
    case cannotRead(path: String, problem: String)
    /// A tree entry's path that a manifest cannot hold.
    case invalidPath(path: String, problem: String)
    /// A tree manifest that was not written by `TreeDigest`; `line` is one-based.
    case invalidManifest(line: Int, problem: String)
    case invalidKey(problem: String)
    /// A signature that is malformed or does not match.
    case invalidSignature(problem: String)
    case invalidEnvelope(problem: String)
    /// libcrypto refused an operation that cannot fail on good input.
    case cryptography(operation: String, detail: String)

    public var reason: String {
        switch self {
        case .invalidJSON: "JSONInvalid"
        case .noCanonicalForm: "JSONNotCanonical"
        case .wrongShape: "JSONShapeWrong"
        case .cannotRead: "FileUnreadable"
        case .invalidPath: "TreePathInvalid"
        case .invalidManifest: "TreeManifestInvalid"
        case .invalidKey: "KeyInvalid"
        case .invalidSignature: "SignatureInvalid"
        case .invalidEnvelope: "EnvelopeInvalid"
        case .cryptography: "CryptographyFailed"
        }
    }

    public var message: String {
        switch self {
        case .invalidJSON(let offset, let problem): "invalid JSON at byte \(offset): \(problem)"
        case .noCanonicalForm(let place, let problem): "no canonical JSON for the value at \(quoted(place)): \(problem)"
        case .wrongShape(let type, let place, let problem): "JSON is not a \(type): at \(quoted(place)): \(problem)"
        case .cannotRead(let path, let problem): "cannot read \(path): \(problem)"
        case .invalidPath(let path, let problem): "\(quoted(path)) cannot be a path of a tree: \(problem)"
        case .invalidManifest(let line, let problem): "line \(line) of the tree manifest is invalid: \(problem)"
        case .invalidKey(let problem): "invalid Ed25519 key: \(problem)"
        case .invalidSignature(let problem): "invalid signature: \(problem)"
        case .invalidEnvelope(let problem): "invalid DSSE envelope: \(problem)"
        case .cryptography(let operation, let detail): "libcrypto failed to \(operation): \(detail)"
        }
    }

    public var remedy: String {
        switch self {
        case .invalidJSON: "Give one JSON document (RFC 8259) in UTF-8 without duplicate keys"
        case .noCanonicalForm: "Keep integers within ±9007199254740991 and numbers finite; give other numbers as strings"
        case .wrongShape: "Check which program and version wrote it"
        case .cannotRead: "Check that the file exists and that its permissions let this user read it"
        case .invalidPath: "Rename the file: use a relative path without empty, '.' or '..' components and without newlines"
        case .invalidManifest: "Make the manifest again from the tree itself"
        case .invalidKey: "Give an unencrypted Ed25519 key"
        case .invalidSignature: "Check key, namespace and that the file was not changed after it was signed"
        case .invalidEnvelope: "Get the envelope again from where it was made"
        case .cryptography: "Check the installation of libcrypto (OpenSSL 3)"
        }
    }
}

/// Hostile names may hold control characters: quoted and escaped they cannot forge a line of output.
private func quoted(_ text: String) -> String { String(reflecting: text) }

import Model

/// Why signatures could not be judged at all. A commit that was judged and refused is no error but a `TrustRefusal`.
public enum TrustError: AssayError, Equatable {
    case toolMissing(name: String, package: String)
    case toolFailed(name: String, why: String)
    case unreadable(path: String)
    case keyFileRefused(path: String, why: String)

    public var reason: String {
        switch self {
        case .toolMissing: "SignatureToolMissing"
        case .toolFailed: "SignatureToolFailed"
        case .unreadable, .keyFileRefused: "TrustRootUnreadable"
        }
    }

    public var message: String {
        switch self {
        case .toolMissing(let name, _): "Commits must be verified, and \(name) is not on this host"
        case .toolFailed(let name, let why): "\(name) could not judge a signature: \(why)"
        case .unreadable(let path): "The trust root's file \(path) cannot be read"
        case .keyFileRefused(let path, let why): "The trust root's file \(path) holds no usable OpenPGP key: \(why)"
        }
    }

    public var remedy: String {
        switch self {
        case .toolMissing(_, let package): "Install \(package)"
        case .toolFailed: "Check the host's load, memory and limits; it is tried again in the next pass"
        case .unreadable: "Restore the file, and check its permissions and which user runs assay"
        case .keyFileRefused: "Export the public key again: gpg --armor --export NAME"
        }
    }

    public var disposition: Disposition {
        if case .toolFailed = self { .retry } else { .stall }
    }
}

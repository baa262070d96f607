import Foundation

/// Where the workspace repository is, which of its branches counts, and how to get in.
public struct RemoteConfiguration: Hashable, Sendable {
    public enum Authentication: Hashable, Sendable {
        case none
        /// An unencrypted private key file; Ed25519, because the SSH library cannot sign with RSA as forges now demand.
        case sshKey(path: String, user: String)
        case sshAgent(user: String)
        /// Over HTTPS only.
        case token(username: String, secret: Secret)
    }

    /// Absolute path, `file://`, `https://`, `ssh://` or `user@host:path`.
    public var url: String
    /// Short name, such as `main`.
    public var branch: String
    public var authentication: Authentication
    /// File in the format of OpenSSH's `known_hosts`; without it no SSH host is trusted.
    public var knownHosts: String?
    /// PEM file of the certificate authorities to trust instead of the system's, for the whole process.
    public var caFile: String?

    public init(
        url: String, branch: String, authentication: Authentication = .none, knownHosts: String? = nil,
        caFile: String? = nil
    ) {
        self.url = url
        self.branch = branch
        self.authentication = authentication
        self.knownHosts = knownHosts
        self.caFile = caFile
    }

    /// Whether the URL is of a kind that can be fetched, said before anything is made for it.
    ///
    /// - Throws: `urlUnsupported`.
    public func checkURL() throws {
        guard RemoteKind(url: url) != nil else { throw GitStoreError.urlUnsupported(url: shown(url)) }
    }

    /// The URL as people may see it: without a password.
    public var shownURL: String { shown(url) }

    /// The user that a URL names, as in `ssh://git@host/path` or `git@host:path`.
    public static func user(inURL url: String) -> String? {
        if url.contains("://") { return URLComponents(string: url)?.user }
        guard case .ssh = RemoteKind(url: url) else { return nil }
        return url.split(separator: "@").first.map(String.init)
    }
}

/// A text that never appears in a log, a description or a dump.
public struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let text: String

    public init(_ text: String) { self.text = text }

    public var description: String { "(secret)" }
    public var debugDescription: String { "(secret)" }
    public var customMirror: Swift.Mirror { Swift.Mirror(self, children: []) }
}

/// The kinds of remote that are spoken, told from the URL alone.
enum RemoteKind: Hashable {
    case local(path: String)
    case https(host: String)
    case ssh(host: String, port: Int)

    /// `nil` for anything else: plain `http` and `git` carry no proof of who answers, relative paths depend on where
    /// the program was started.
    init?(url: String) {
        if url.hasPrefix("/") {
            self = .local(path: url)
        } else if url.contains("://") {
            guard let parts = URLComponents(string: url) else { return nil }
            switch (parts.scheme?.lowercased(), parts.host) {
            case ("file", _): self = .local(path: parts.path)
            case ("https", let host?) where !host.isEmpty: self = .https(host: host)
            case ("ssh", let host?) where !host.isEmpty: self = .ssh(host: host, port: parts.port ?? 22)
            default: return nil
            }
        } else if let colon = url.firstIndex(of: ":"), let at = url.firstIndex(of: "@"), at < colon {
            // scp-like: user@host:path
            self = .ssh(host: String(url[url.index(after: at)..<colon]), port: 22)
        } else {
            return nil
        }
    }
}

/// The URL as it may be shown: a password before `@` is left out.
func shown(_ url: String) -> String {
    guard url.contains("://"), var parts = URLComponents(string: url), parts.password != nil else { return url }
    parts.password = nil
    return parts.string ?? "(remote)"
}

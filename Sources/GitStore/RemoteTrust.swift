import CLibgit2
import Foundation
import Model

/// Answers libgit2's questions during a conversation: who we are, and whether we believe who answers.
final class RemoteTrust {
    private let configuration: RemoteConfiguration
    private let kind: RemoteKind
    /// Why an answer was refused; libgit2 itself only reports a number.
    private(set) var refusal: GitStoreError?
    /// Why the remote did not take what was pushed, and what its hooks said about it.
    var rejection: String?
    var remarks = ""
    private var offered = false

    init(_ configuration: RemoteConfiguration, _ kind: RemoteKind) throws {
        self.configuration = configuration
        self.kind = kind
        if let file = configuration.caFile {
            do {
                try check(assay_git_set_certificate_file(file))
            } catch {
                throw GitStoreError.settingUnusable(file: file, detail: error.text)
            }
        }
        if case .sshKey(let path, _) = configuration.authentication {
            guard FileManager.default.isReadableFile(atPath: path) else {
                throw GitStoreError.settingUnusable(file: path, detail: "it does not exist or may not be read")
            }
        }
    }

    /// Forgets the previous call's answers.
    func begin() {
        refusal = nil
        rejection = nil
        remarks = ""
        offered = false
    }

    func answer(_ callbacks: inout git_remote_callbacks) {
        callbacks.payload = Unmanaged.passUnretained(self).toOpaque()
        callbacks.credentials = offerCredential
        callbacks.certificate_check = judgeCertificate
    }

    /// Each credential is offered once: offering a refused one again would go on for ever.
    fileprivate func credential(
        _ out: UnsafeMutablePointer<UnsafeMutablePointer<git_credential>?>?, allowed: UInt32, url: String,
        userInURL: String?
    ) -> Int32 {
        if let userInURL, let user = sshUser, user != userInURL {
            return refuse("the URL names the user \(userInURL) and the configuration \(user)")
        }
        if allowed & GIT_CREDENTIAL_USERNAME.rawValue != 0, let user = sshUser {
            return git_credential_username_new(out, user)
        }
        if offered { return refuse(refusedOnce) }
        offered = true
        switch configuration.authentication {
        case .none:
            return refuse("it asks for credentials and the configuration has none")
        case .sshKey(let path, let user) where allowed & GIT_CREDENTIAL_SSH_KEY.rawValue != 0:
            return git_credential_ssh_key_new(out, user, nil, path, nil)
        case .sshAgent(let user) where allowed & GIT_CREDENTIAL_SSH_KEY.rawValue != 0:
            return git_credential_ssh_key_from_agent(out, user)
        case .token(let username, let secret) where allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT.rawValue != 0:
            // A redirect must not carry the token to another host.
            guard case .https(let host) = kind, URLComponents(string: url)?.host == host else {
                return refuse("the token is only for the configured host, and \(shown(url)) asked for it")
            }
            return git_credential_userpass_plaintext_new(out, username, secret.text)
        case .sshKey, .sshAgent, .token:
            return refuse("it does not accept the kind of credentials that the configuration has")
        }
    }

    fileprivate func judge(_ certificate: UnsafeMutablePointer<git_cert>?, valid: Bool, host: String) -> Int32 {
        guard let certificate else { return GIT_ECERTIFICATE.rawValue }
        if certificate.pointee.cert_type == GIT_CERT_HOSTKEY_LIBSSH2 {
            let key = UnsafeRawPointer(certificate).assumingMemoryBound(to: git_cert_hostkey.self).pointee
            return judge(hostKey: key, host: host)
        }
        guard !valid else { return 0 }
        refusal = .certificateRefused(
            host: host, detail: "no trusted authority vouches for it, or it is for another name or time")
        return GIT_ECERTIFICATE.rawValue
    }

    private func judge(hostKey: git_cert_hostkey, host: String) -> Int32 {
        guard hostKey.type.rawValue & GIT_CERT_SSH_RAW.rawValue != 0, let bytes = hostKey.hostkey,
            case .ssh(let configured, let port) = kind
        else { return GIT_ECERTIFICATE.rawValue }
        let shownKey = HostKey(
            UnsafeRawBufferPointer(start: bytes, count: hostKey.hostkey_len),
            sha256: withUnsafeBytes(of: hostKey.hash_sha256) { Array($0) })
        do {
            let known = try configuration.knownHosts.map { try KnownHosts(file: $0) } ?? KnownHosts(text: "")
            switch known.judge(shownKey, host: configured, port: port) {
            case .known: return 0
            case .changed:
                refusal = .hostKeyChanged(
                    host: configured, fingerprint: shownKey.fingerprint, file: configuration.knownHosts ?? "")
            case .unknown:
                refusal = .hostKeyUnknown(
                    host: configured, fingerprint: shownKey.fingerprint,
                    line: "\(KnownHosts.name(of: configured, port: port)) \(shownKey.line)", file: configuration.knownHosts)
            }
        } catch {
            refusal = .settingUnusable(file: configuration.knownHosts ?? "", detail: "\(error)")
        }
        return GIT_ECERTIFICATE.rawValue
    }

    private var sshUser: String? {
        switch configuration.authentication {
        case .sshKey(_, let user), .sshAgent(let user): user
        case .none, .token: nil
        }
    }

    private var refusedOnce: String {
        switch configuration.authentication {
        case .none: "it asks for credentials and the configuration has none"
        case .sshKey(let path, let user): "the key \(path) was not accepted for \(user)"
        case .sshAgent(let user): "no key of the agent was accepted for \(user)"
        case .token(let username, _): "the token of \(username) was not accepted"
        }
    }

    private func refuse(_ detail: String) -> Int32 {
        refusal = credentialsRefused(detail)
        return GIT_EUSER.rawValue
    }

    /// The error for credentials that did not work, with the reason in the key file where there is one.
    func credentialsRefused(_ detail: String) -> GitStoreError {
        if case .sshKey(let path, _) = configuration.authentication, let trouble = SSHKeyFile.trouble(with: path) {
            return .sshKeyUnsuitable(path: path, detail: trouble)
        }
        return .credentialsRefused(url: shown(configuration.url), detail: detail)
    }
}

// C callbacks capture nothing: the conversation comes back through the payload, which `attempt` keeps alive.

private func offerCredential(
    out: UnsafeMutablePointer<UnsafeMutablePointer<git_credential>?>?, url: UnsafePointer<CChar>?,
    user: UnsafePointer<CChar>?, allowed: UInt32, payload: UnsafeMutableRawPointer?
) -> Int32 {
    guard let payload else { return GIT_EUSER.rawValue }
    return Unmanaged<RemoteTrust>.fromOpaque(payload).takeUnretainedValue()
        .credential(
            out, allowed: allowed, url: url.map { String(cString: $0) } ?? "", userInURL: user.map { String(cString: $0) })
}

private func judgeCertificate(
    certificate: UnsafeMutablePointer<git_cert>?, valid: Int32, host: UnsafePointer<CChar>?,
    payload: UnsafeMutableRawPointer?
) -> Int32 {
    guard let payload else { return GIT_ECERTIFICATE.rawValue }
    return Unmanaged<RemoteTrust>.fromOpaque(payload).takeUnretainedValue()
        .judge(certificate, valid: valid != 0, host: host.map { String(cString: $0) } ?? "")
}

import Digests
import Model

/// What the worker process is asked to do: one canonical JSON object on its standard input, secrets and all.
struct WorkerRequest: Codable {
    enum Order: Codable {
        /// The answer is where the branch stands.
        case fetch(quarantine: String, known: GitObjectID?)
        /// The answer is how it came out.
        case push(mirror: String, commit: GitObjectID, reference: String)
    }

    var order: Order
    var remote: RemoteMessage
    /// Variables of the starter that the libraries look at; some hold passwords, so they do not go by the environment.
    var environment: [String: String]
    /// When the starter gives up; the worker ends itself then, should the starter be gone.
    var seconds: Int
}

/// What the worker answers: one line of canonical JSON on its standard output.
struct WorkerAnswer<Value: Codable>: Codable {
    var value: Value?
    var error: GitStoreError?
}

/// A `RemoteConfiguration` on its way between two processes; nowhere else is a secret encoded.
struct RemoteMessage: Codable {
    private enum Authentication: Codable {
        case none
        case sshKey(path: String, user: String)
        case sshAgent(user: String)
        case token(username: String, secret: String)
    }

    private var url: String
    private var branch: String
    private var authentication: Authentication
    private var knownHosts: String?
    private var caFile: String?

    init(_ configuration: RemoteConfiguration) {
        url = configuration.url
        branch = configuration.branch
        knownHosts = configuration.knownHosts
        caFile = configuration.caFile
        authentication =
            switch configuration.authentication {
            case .none: .none
            case .sshKey(let path, let user): .sshKey(path: path, user: user)
            case .sshAgent(let user): .sshAgent(user: user)
            case .token(let username, let secret): .token(username: username, secret: secret.text)
            }
    }

    var configuration: RemoteConfiguration {
        let authentication: RemoteConfiguration.Authentication =
            switch authentication {
            case .none: .none
            case .sshKey(let path, let user): .sshKey(path: path, user: user)
            case .sshAgent(let user): .sshAgent(user: user)
            case .token(let username, let secret): .token(username: username, secret: Secret(secret))
            }
        return RemoteConfiguration(
            url: url, branch: branch, authentication: authentication, knownHosts: knownHosts, caFile: caFile)
    }
}

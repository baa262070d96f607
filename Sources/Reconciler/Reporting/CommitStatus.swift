import Digests
import Model
import TenantStore

/// What became of one commit, for the commit statuses of a forge: the JSON that a hook reads.
struct CommitStatus: Codable, Hashable, Sendable {
    /// The words that forges share.
    enum State: String, Codable, Sendable { case pending, success, failure, error }

    var version: Int
    var tenant: String
    var context: String
    var commit: GitObjectID
    var state: State
    /// Stable PascalCase; empty for success.
    var reason: String
    /// One short sentence for people.
    var description: String
    var applied: GitObjectID?
    /// How many deployments there are.
    var deployments: Int
    /// Those that may not serve this commit.
    var held: [Held]

    struct Held: Codable, Hashable, Sendable {
        var deployment: String
        var reason: String
        var serving: GitObjectID?
    }

    /// `nil` before any commit was looked at.
    init?(_ document: StatusDocument) {
        let status = document.status
        guard let commit = status.attempted?.commit else { return nil }
        version = 1
        tenant = status.tenant
        context = "assay/\(status.tenant)"
        self.commit = commit
        applied = status.applied?.commit
        deployments = status.counts.deployments
        held = document.deployments.deployments.compactMap { deployment in
            guard let hold = deployment.hold, hold.attempted == commit else { return nil }
            return Held(deployment: deployment.name, reason: hold.reason, serving: deployment.serving)
        }
        if commit == applied {
            // What happens to the host after a commit was applied says nothing about the commit.
            (state, reason) = held.first.map { (document.refusesCommit ? .failure : .error, $0.reason) } ?? (.success, "")
            description = held.isEmpty ? "applied" : "applied, but \(Self.names(held)) may not serve it"
        } else {
            state = switch status.outcome {
            case .ready, .progressing, .waiting: .pending
            // Without a problem in the commit it is the host that cannot go on.
            case .stalled: document.refusesCommit ? .failure : .error
            }
            reason = status.reason
            description = "\(status.outcome.rawValue); \(applied.map { "\($0.short) stays applied" } ?? "nothing is applied")"
        }
    }

    private static func names(_ held: [Held]) -> String {
        held.count == 1 ? held[0].deployment : "\(held[0].deployment) and \(held.count - 1) more"
    }

    /// The JSON for the program, named by a random id: delivery is at least once, so the same id may come twice.
    func payload(id: String) throws -> String {
        guard case .object(var members) = try JSONValue(encoding: self) else { return "" }
        members["id"] = .string(id)
        return try CanonicalJSON.string(.object(members))
    }

    /// Whether a payload that was queued before says the same.
    func isSaid(by payload: String?) -> Bool {
        guard let payload, let value = try? CanonicalJSON.parse(Array(payload.utf8)) else { return false }
        return (try? value.decode(CommitStatus.self)) == self
    }
}

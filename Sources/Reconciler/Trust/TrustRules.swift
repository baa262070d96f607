import Digests
import Manifests
import Model

/// What signatures a new commit needs: the home's floor, tightened by the policies that are applied now.
///
/// The policies of the new commit have no say: what loosens them must itself satisfy those in force.
struct TrustRules: Sendable {
    enum Level: Int, Comparable, Sendable {
        case none, head, every
        static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

        /// A word that is not known asks for the most: a home of a newer version must not become laxer here.
        init(_ word: String) { self = word == "none" ? .none : word == "head" ? .head : .every }
    }

    /// A rule of a policy: whoever changes a matching path must hold one of the roles.
    struct PathRule: Sendable {
        var text: String
        var pattern: PathPattern
        var roles: [String]
        /// The policy's file.
        var file: String
    }

    /// A rule of a policy: people other than the authors must have looked at a commit.
    struct ReviewRule: Sendable {
        var minimum: Int
        /// Whether every merged commit must be signed, so that its author is who signed it.
        var authorsSign: Bool
        var file: String
    }

    /// A reason why a commit must be signed, as the refusal names it.
    struct Demand: Sendable {
        /// Such as `signatures: every`.
        var rule: String
        var file: String
        /// Empty: any principal of the trust root will do.
        var roles: [String] = []
        var review: ReviewRule?
    }

    var level: Level
    /// The file that asks for the level.
    var levelFile: String
    var paths: [PathRule]
    var reviews: [ReviewRule]

    init(floor: String, policies: [Resource]) throws {
        level = Level(floor)
        levelFile = "config.yaml"
        paths = []
        reviews = []
        for policy in policies {
            let spec = try policy.spec.decode(PolicySpec.self)
            if Level(spec.signatures) > level {
                level = Level(spec.signatures)
                levelFile = policy.path
            }
            paths += spec.paths.map {
                PathRule(text: $0.pattern, pattern: PathPattern($0.pattern), roles: $0.roles, file: policy.path)
            }
            if let reviews = spec.reviews {
                self.reviews.append(
                    ReviewRule(minimum: reviews.minimum, authorsSign: reviews.authors != "claimed", file: policy.path))
            }
        }
    }

    var askForNothing: Bool { level == .none && paths.isEmpty && reviews.isEmpty }

    /// What a commit must satisfy. `changed` is called only where a rule looks at paths.
    func demands(isTip: Bool, changed: () async throws -> [String]) async rethrows -> [Demand] {
        var demands: [Demand] = []
        if level == .every || (level == .head && isTip) {
            demands.append(Demand(rule: "signatures: \(level)", file: levelFile))
        }
        if !paths.isEmpty { demands += pathDemands(try await changed(), verb: "changes") }
        return demands + reviewDemands
    }

    /// What whoever answers for a change of these paths must satisfy.
    func pathDemands(_ changed: [String], verb: String) -> [Demand] {
        paths.compactMap { rule in
            guard let path = changed.first(where: rule.pattern.matches) else { return nil }
            let roles = rule.roles.joined(separator: " or ")
            return Demand(rule: "paths: \(rule.text) needs \(roles) (it \(verb) \(path))", file: rule.file, roles: rule.roles)
        }
    }

    var reviewDemands: [Demand] {
        reviews.map {
            Demand(
                rule: "reviews: minimum \($0.minimum), authors \($0.authorsSign ? "signed" : "claimed")", file: $0.file, review: $0)
        }
    }
}

import Model

/// Why a commit is not deployed: who did not sign it as the rules in force ask.
struct TrustRefusal: Sendable, Equatable {
    var reason: String
    /// Names the commit and the rule.
    var message: String
    /// The same at the file that holds the rule, with the remedy.
    var problem: Problem

    private init(_ reason: String, _ message: String, file: String, remedy: String) {
        self.reason = reason
        self.message = message
        problem = Problem(file: file, message: message, remedy: remedy)
    }

    static func unsigned(_ commit: Revision, _ demand: TrustRules.Demand) -> TrustRefusal {
        TrustRefusal(
            "SignatureMissing", "\(name(commit)) is not signed, and \(rule(demand))", file: demand.file, remedy: sign)
    }

    static func invalid(_ commit: Revision, _ demand: TrustRules.Demand, why: String, seenAt: String) -> TrustRefusal {
        TrustRefusal(
            "SignatureInvalid", "The signature of \(name(commit)), first seen at \(seenAt), is not accepted: \(why). \(rule(demand))",
            file: demand.file, remedy: sign)
    }

    static func unauthorised(
        _ commit: Revision, _ demand: TrustRules.Demand, by principals: [String], holders: [String]
    ) -> TrustRefusal {
        TrustRefusal(
            "SignerUnauthorised", "\(name(commit)) is signed by \(principals.joined(separator: ", ")), and \(rule(demand))",
            file: demand.file,
            remedy: "\(who(holders, should: "sign it")), and push again; or revert it in a branch that starts at the applied commit")
    }

    static func unreviewed(_ commit: Revision, _ demand: TrustRules.Demand, why: String) -> TrustRefusal {
        TrustRefusal(
            "ReviewMissing", "\(name(commit)) lacks a review: \(why). \(rule(demand))", file: demand.file,
            remedy: "Put the branch back to the applied commit, and let somebody listed in the trust folder who wrote none of it merge "
                + "it (git merge --no-ff -S) and push; where a forge merges, list its key and give it the role '\(Review.forge)'")
    }

    static func rewritten(_ commit: Revision, from: GitObjectID, what: String, isSeal: Bool = false) -> TrustRefusal {
        let follow = isSeal ? "" : "; or, where the rewrite is meant: assay acknowledge \(commit.commit.short) --reason TEXT"
        return TrustRefusal(
            "HistoryRewritten", "\(name(commit)) does not descend from \(from.short), \(what)", file: "config.yaml",
            remedy: "Put the branch back to a commit that contains \(from.short), and undo what was wrong with git revert" + follow)
    }

    /// Those who acknowledged a rewrite may not answer for what it takes back.
    static func unauthorisedStep(
        _ commit: Revision, _ step: AcknowledgedStep, _ demand: TrustRules.Demand, holders: [String]
    ) -> TrustRefusal {
        TrustRefusal(
            "SignerUnauthorised",
            "The rewrite to \(name(commit)) is acknowledged by \(step.people.joined().joined(separator: ", ")), and \(rule(demand))",
            file: demand.file, remedy: "\(who(holders, should: "acknowledge it too")): \(acknowledge(step))")
    }

    static func tooFewAcknowledge(
        _ commit: Revision, _ step: AcknowledgedStep, _ demand: TrustRules.Demand, count: Int, needed: Int
    ) -> TrustRefusal {
        TrustRefusal(
            "ReviewMissing",
            "The rewrite to \(name(commit)) is acknowledged by \(count) of \(needed) people, and \(rule(demand))", file: demand.file,
            remedy: "Let somebody else acknowledge it too: \(acknowledge(step))")
    }

    private static func who(_ holders: [String], should act: String) -> String {
        holders.isEmpty
            ? "Nobody holds that role in trust/roles.yaml: name somebody there"
            : "Let one of \(holders.joined(separator: ", ")) \(act)"
    }

    private static func acknowledge(_ step: AcknowledgedStep) -> String {
        "assay acknowledge \(step.target.short) --reason TEXT"
    }

    private static let sign =
        "Sign it with a key of the home's trust folder that is valid now (git commit --amend --no-edit -S; an older one with "
        + "git rebase --exec 'git commit --amend --no-edit -S' COMMIT^) and push again"

    private static func name(_ commit: Revision) -> String {
        "commit \(commit.commit.short) '\(excerpt(commit.subject, 60))' (\(excerpt(commit.author.name, 60)))"
    }

    private static func rule(_ demand: TrustRules.Demand) -> String { "\(demand.file) asks for '\(demand.rule)'" }
}

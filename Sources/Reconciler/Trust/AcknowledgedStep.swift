import GitStore
import Model

/// The way from the applied commit to a line that does not descend from it, as people have acknowledged it.
///
/// Whoever acknowledges answers for what the rewrite takes back: everything between the applied commit and `base`. What
/// the new line then adds is judged commit by commit, as ever.
struct AcknowledgedStep: Sendable {
    /// The commit that was acknowledged.
    var target: GitObjectID
    /// The newest commit that both lines contain; where they have nothing in common, the acknowledged commit itself, which
    /// is then trusted as it is, like a seal.
    var base: GitObjectID
    /// The names of each person who signed.
    var people: [[String]]

    /// The newest acknowledged step from `applied` to a commit that `tip` contains; `nil` where there is none that counts now.
    static func find(
        from applied: Revision, to tip: Revision, mustBeSigned: Bool, context: HomeContext, mirror: Mirror
    ) async throws -> AcknowledgedStep? {
        let verifier = PersonVerifier(home: context.home)
        var step: AcknowledgedStep?
        for (acknowledgement, _) in try await HistoryAcknowledgement.all(in: context.store) {
            guard let (target, reason) = acknowledgement.told(from: applied.commit), step == nil || step?.target == target else {
                continue
            }
            let document = try await HistoryAcknowledgement.document(
                from: applied.commit, to: target, reason: reason, context: context, mirror: mirror)
            guard document == acknowledgement.document, try await mirror.isAncestor(target, of: tip.commit) else { continue }
            var principals: [String] = []
            if let signature = acknowledgement.signature {
                let word = try PersonalWord(document, for: .history)
                principals = try await verifier.principals(of: signature, over: word)
            }
            if mustBeSigned, principals.isEmpty { continue }
            if step == nil {
                let base = try await mirror.mergeBase(applied.commit, target) ?? target
                step = AcknowledgedStep(target: target, base: base, people: [])
            }
            if !principals.isEmpty { step?.people.append(principals) }
        }
        return step
    }

    /// Which demand is not satisfied by those who acknowledged, as the refusal of the branch.
    ///
    /// - Parameter undone: Paths that differ between the applied commit and `base`.
    func refusal(_ rules: TrustRules, undone: [String], roles: [String: [String]], people known: People, of revision: Revision)
        -> TrustRefusal?
    {
        for demand in rules.pathDemands(undone, verb: "takes back") {
            let holders = demand.roles.flatMap { roles[$0] ?? [] }
            guard people.joined().contains(where: holders.contains) else {
                return .unauthorisedStep(revision, self, demand, holders: holders)
            }
        }
        let persons = people.reduce(into: [Set<String>]()) { found, names in
            let one = known.names(of: names)
            if found.allSatisfy(one.isDisjoint) { found.append(one) }
        }
        // Nobody reviews what a rewrite takes back, so that many more must say that it is right.
        for demand in rules.reviewDemands {
            guard let review = demand.review, persons.count <= review.minimum else { continue }
            return .tooFewAcknowledge(revision, self, demand, count: persons.count, needed: review.minimum + 1)
        }
        return nil
    }
}

extension HistoryAcknowledgement {
    /// The commit and the reason that the document names, where it is about a step from this commit.
    fileprivate func told(from commit: GitObjectID) -> (target: GitObjectID, reason: String)? {
        guard document["from"]?.string == commit.hex, let target = document["to"]?.string.flatMap({ GitObjectID(hex: $0) }),
            let reason = document["reason"]?.string
        else { return nil }
        return (target, reason)
    }
}

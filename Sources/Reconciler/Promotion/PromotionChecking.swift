import Model

/// Says whether changed code of a runbook may serve.
///
/// A pass asks once for each content (`code`); the verdict is kept, and what passed once is not executed again. So it says
/// nothing about policies, which change: `PromotionVerdict.judged` does.
public protocol PromotionChecking: Sendable {
    /// - Parameters:
    ///   - runbook: the slug.
    ///   - commit: the commit that brings the code; it is in the mirror.
    ///   - code: the runbook's tree, then those of the capabilities that it may import.
    func check(runbook: String, at commit: GitObjectID, code: [CodeTree]) async throws -> PromotionVerdict
}

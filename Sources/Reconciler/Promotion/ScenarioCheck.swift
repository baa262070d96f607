import Model
import GitStore

struct ScenarioCheck: PromotionChecking {
    init(_ context: HomeContext, mirror: Mirror) {}
    func check(runbook: String, at commit: GitObjectID, code: [CodeTree]) async throws -> PromotionVerdict {
        PromotionVerdict(passed: true, scenarios: 0)
    }
}

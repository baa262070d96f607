import Manifests
import Model

/// Refuses deletions that are more likely a mistake than meant. Pure.
///
/// What is deployed was written by plans and by nothing else (a foreign row is drift, and repaired), so the deployed
/// state is the inventory: nothing but what this repository once declared is ever deleted.
struct PruneGuard {
    let limits: HomeConfiguration.Prune
    /// What is deployed now, of the kinds that belong to a tenant.
    let deployed: Set<ResourceKey>
    /// Deployments with runs that have not ended.
    let unfinished: Set<String>

    /// - Parameter deleted: the deployed resources that would go.
    func refusal(_ changes: [Change], deleted: [Resource]) -> ReconcilePass.Refusal? {
        let owned = deleted.filter { $0.key.kind.belongsToTenant }
        let added = changes.contains { $0.action == .create && $0.key.kind.belongsToTenant }
        if !limits.allowEmpty, !added, !owned.isEmpty, owned.count == deployed.count {
            return ReconcilePass.Refusal(
                reason: "PruneRefused", message: "it would delete every entity, deployment and schedule of this home",
                problems: owned.map {
                    Problem(
                        file: $0.path, message: "\($0.key) would be deleted, and with it everything that is deployed",
                        remedy: "Restore the files; or set prune: {allowEmpty: true} in config.yaml")
                })
        }
        if deleted.count > limits.maximum {
            return ReconcilePass.Refusal(
                reason: "PruneLimitExceeded",
                message: "it would delete \(deleted.count) resources in one pass, more than the \(limits.maximum) allowed",
                problems: deleted.map {
                    Problem(
                        file: $0.path, message: "\($0.key) would be deleted",
                        remedy: "Restore it; or set prune: {maximum: \(deleted.count)} in config.yaml if all of it is meant")
                })
        }
        let unconfirmed = deleted.filter {
            $0.key.kind == .deployment && unfinished.contains($0.key.name) && $0.spec["deletion"] != "confirmed"
        }
        guard !unconfirmed.isEmpty else { return nil }
        return ReconcilePass.Refusal(
            reason: "DeletionUnconfirmed",
            message: "it deletes \(unconfirmed.map(\.key.name).joined(separator: ", ")), and runs of it are not finished",
            problems: unconfirmed.map {
                Problem(
                    file: $0.path, message: "\($0.key) has runs that are queued, running or waiting",
                    remedy: "Finish or cancel them ('assay runs --deployment \($0.key.name)'); or restore the file, merge "
                        + "deletion: confirmed in it, and delete it after that")
            })
    }
}

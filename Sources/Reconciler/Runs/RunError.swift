import Model
import TenantStore

/// Why a run could not be requested or carried out. A run that fails in its own code is no error but a `RunFailure`.
public enum RunError: AssayError, Equatable {
    case nothingApplied
    case deploymentUnknown(name: String, near: String?)
    /// `onHost` is `nil` where the manifest says so.
    case deploymentSuspended(name: String, onHost: Suspension?)
    case deploymentHeld(DeploymentHold)
    case dependencyOpen(deployment: String, dependency: String, entity: String, period: Period)
    case entityNotSelected(entity: String, deployment: String, selected: [String])
    case periodInvalid(text: String)
    case parameterUnknown(name: String, runbook: String, known: [String])
    case runbookUnusable(slug: String, why: String)
    case documentRefused(name: String, why: String)
    case documentsUnreadable(path: String)
    case currencyChanged(entity: String, from: Currency, to: Currency)
    case runUnknown(id: String, near: String?)
    case runAmbiguous(id: String, count: Int)
    case inputChanged(why: String)
    case codeDiffers(path: String, expected: ContentDigest)
    case timeZoneUnknown(String)
    case objectMissing(what: String)
    case degradedMayNotPost(policy: String?)

    public var reason: String {
        switch self {
        case .nothingApplied: "NothingApplied"
        case .deploymentUnknown: "DeploymentUnknown"
        case .deploymentSuspended: "DeploymentSuspended"
        case .deploymentHeld(let hold): hold.reason
        case .dependencyOpen: "DependencyOpen"
        case .entityNotSelected: "EntityNotSelected"
        case .periodInvalid: "PeriodInvalid"
        case .parameterUnknown: "ParameterUnknown"
        case .runbookUnusable: "RunbookMissing"
        case .documentRefused: "DocumentRefused"
        case .documentsUnreadable: "DocumentsUnreadable"
        case .currencyChanged: "CurrencyChanged"
        case .runUnknown, .runAmbiguous: "RunUnknown"
        case .inputChanged: "InputChanged"
        case .codeDiffers: "CodeDiffers"
        case .timeZoneUnknown: "TimeZoneUnknown"
        case .objectMissing: "ObjectMissing"
        case .degradedMayNotPost: "PolicyDenied"
        }
    }

    public var message: String {
        switch self {
        case .nothingApplied: "No commit has been applied to this home yet"
        case .deploymentUnknown(let name, _): "There is no deployment '\(name)' at the applied commit"
        case .deploymentSuspended(let name, let suspension):
            "Deployment '\(name)' is suspended \(suspension.map { "on this host \($0.account)" } ?? "in its manifest")"
        case .deploymentHeld(let hold):
            "Deployment '\(hold.deployment)' is held, and no version of it ever passed: \(hold.message)"
        case .dependencyOpen(let deployment, let dependency, let entity, let period):
            "Deployment '\(deployment)' depends on '\(dependency)', which has no standing close of \(entity) for \(period)"
        case .entityNotSelected(let entity, let deployment, _):
            "Entity '\(entity)' is not selected by deployment '\(deployment)'"
        case .periodInvalid(let text): "'\(text)' is not a period"
        case .parameterUnknown(let name, let runbook, _): "Runbook '\(runbook)' declares no parameter '\(name)'"
        case .runbookUnusable(let slug, let why): "Runbook '\(slug)' cannot run: \(why)"
        case .documentRefused(let name, let why): "Document '\(name)' is refused: \(why)"
        case .documentsUnreadable(let path): "The document store \(path) cannot be read"
        case .currencyChanged(let entity, let from, let to):
            "Entity '\(entity)' keeps its ledger in \(to) now, and has balances in \(from)"
        case .runUnknown(let id, _): "There is no run '\(id)'"
        case .runAmbiguous(let id, let count): "'\(id)' could be \(count) different runs"
        case .inputChanged(let why): "What the run was made from has changed: \(why)"
        case .codeDiffers(let path, let expected): "\(path) is not the tree with SHA-256 \(expected)"
        case .timeZoneUnknown(let zone): "This host does not know the time zone '\(zone)'"
        case .objectMissing(let what): "\(what) is not in this home's objects"
        case .degradedMayNotPost(let policy):
            (policy.map { "Policy '\($0)' does not let" } ?? "No policy lets") + " a degraded run post to the ledger"
        }
    }

    public var remedy: String {
        switch self {
        case .nothingApplied: "Run 'assay reconcile' first"
        case .deploymentUnknown(_, let near):
            (near.map { "Did you mean '\($0)'? " } ?? "") + "'assay get deployments' lists them"
        case .deploymentSuspended(_, nil): "Set suspend: false in the manifest and merge it"
        case .deploymentSuspended(let name, _?): "Resume it with 'assay resume deployment/\(name)'"
        case .deploymentHeld: "Merge what mends it; 'assay test' shows the same on a working tree"
        case .dependencyOpen(_, let dependency, let entity, let period):
            "Run it first: 'assay run \(dependency) --entity \(entity) --period \(period)'"
        case .entityNotSelected(_, _, let selected):
            "It selects: \(selected.isEmpty ? "none" : selected.joined(separator: ", "))"
        case .parameterUnknown(_, _, let known):
            known.isEmpty
                ? "It takes none: leave --param out, or declare it under 'parameters' in runbook.md"
                : "It takes: \(known.joined(separator: ", "))"
        case .periodInvalid: "Write a month (2026-03), a quarter (2026-Q1) or a year (2026)"
        case .runbookUnusable: "Fix its runbook.md and merge it"
        case .documentRefused: "Put a regular file in its place and run again"
        case .documentsUnreadable: "Mount it, or correct documents in config.yaml; then run again"
        case .currencyChanged: "Restore its currency, or declare a new entity and take its balances on there"
        case .runUnknown(_, let near): (near.map { "Did you mean \($0)? " } ?? "") + "'assay runs' lists them"
        case .runAmbiguous: "Give more digits of the run's id"
        case .inputChanged, .codeDiffers: "Restore it from a backup; 'assay verify' names everything that changed"
        case .timeZoneUnknown: "Install tzdata"
        case .objectMissing: "Restore it from a backup; 'assay verify RUN' checks everything that a run needs"
        case .degradedMayNotPost: "Install bubblewrap, so that the run can be hermetic"
        }
    }

    public var disposition: Disposition {
        switch self {
        case .nothingApplied, .deploymentSuspended, .deploymentHeld, .dependencyOpen, .documentsUnreadable: .wait
        default: .stall
        }
    }
}

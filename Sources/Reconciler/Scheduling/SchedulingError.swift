import Model
import TenantStore

/// Why a schedule or deployment cannot be suspended or resumed, or a start has to wait.
public enum SchedulingError: AssayError, Equatable {
    case nameUnknown(name: String, near: String?)
    case nameAmbiguous(name: String)
    /// `how`: since when and by whom, or that the manifest says so.
    case scheduleSuspended(name: String, how: String)

    public var reason: String {
        switch self {
        case .nameUnknown: "NameUnknown"
        case .nameAmbiguous: "NameAmbiguous"
        case .scheduleSuspended: "ScheduleSuspended"
        }
    }

    public var message: String {
        switch self {
        case .nameUnknown(let name, _): "There is no deployment or schedule '\(name)' at the applied commit"
        case .nameAmbiguous(let name): "'\(name)' is both deployment/\(name) and schedule/\(name)"
        case .scheduleSuspended(let name, let how): "Schedule '\(name)' is suspended \(how)"
        }
    }

    public var remedy: String {
        switch self {
        case .nameUnknown(_, let near):
            (near.map { "Did you mean '\($0)'? " } ?? "") + "'assay get deployments' and 'assay get schedules' list them"
        case .nameAmbiguous(let name): "Write deployment/\(name) or schedule/\(name)"
        case .scheduleSuspended(let name, _): "Resume it with 'assay resume schedule/\(name)', or in its manifest"
        }
    }

    public var disposition: Disposition {
        switch self {
        case .scheduleSuspended: .wait
        default: .stall
        }
    }
}

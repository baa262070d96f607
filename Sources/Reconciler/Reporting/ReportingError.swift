import ChildProcess
import Model

/// Why something could not be said to the outside.
public enum ReportingError: AssayError, Equatable {
    case foreign(url: String, reference: String, commit: GitObjectID)
    case hookFailed(program: String, status: ProcessStatus, output: String)
    case statusMissing(url: String, wanted: String)
    case severalTenants(url: String, tenants: [String])
    case statusUnreadable(reference: String, why: String)

    public var reason: String {
        switch self {
        case .foreign: "StatusRefForeign"
        case .hookFailed: "HookFailed"
        case .statusMissing: "StatusMissing"
        case .severalTenants: "TenantNotNamed"
        case .statusUnreadable: "StatusUnreadable"
        }
    }

    public var message: String {
        switch self {
        case .foreign(let url, let reference, let commit):
            "\(reference) of \(url) stands at \(commit.short), which this home's key did not sign"
        case .hookFailed(let program, let status, let output):
            "The hook \(program) \(status)\(output.isEmpty ? "" : ": \(output)")"
        case .statusMissing(let url, let wanted): "\(url) has no \(wanted)"
        case .severalTenants(let url, let tenants):
            "\(url) has the status of several tenants: \(tenants.joined(separator: ", "))"
        case .statusUnreadable(let reference, let why): "What \(reference) holds is no status that can be read: \(why)"
        }
    }

    public var remedy: String {
        switch self {
        case .foreign:
            "Find out who writes there. Then delete it there, or give this home a reference of its own: status.ref or status.branch in config.yaml"
        case .hookFailed: "Correct the program; it is tried again, and 'assay reconcile' tries at once"
        case .statusMissing: "The host must have status: {push: on} in its config.yaml; it pushes with its next change"
        case .severalTenants: "Name one with --tenant"
        case .statusUnreadable: "Name the reference that assay writes (--tenant or --branch), or install a newer assay"
        }
    }

    public var disposition: Disposition {
        switch self {
        case .hookFailed: .retry
        default: .stall
        }
    }
}

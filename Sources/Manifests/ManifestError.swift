import Model

/// Why a single file could not be read as what it should be.
///
/// Whole workspaces report their problems as values (`LoadResult`); this error is for callers that need one file.
public enum ManifestError: AssayError, Hashable {
    /// Never empty; sorted.
    case invalid([Problem])

    public var reason: String { "ManifestInvalid" }

    public var message: String {
        switch self {
        case .invalid(let problems):
            guard let first = problems.first else { return "The file is not valid" }
            let place = first.line > 0 ? "\(first.file):\(first.line)" : first.file
            let others = problems.count > 1 ? " (and \(problems.count - 1) more)" : ""
            return "\(place): \(first.message)\(others)"
        }
    }

    public var remedy: String {
        switch self {
        case .invalid(let problems): problems.first?.remedy ?? ""
        }
    }
}

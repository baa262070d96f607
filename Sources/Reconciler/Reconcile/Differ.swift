import Model

/// Compares what should be with what is. Pure: the same two lists give the same changes.
public enum Differ {
    /// Changes in key order. `observed` that is not in `desired` is deleted.
    public static func diff(desired: [Resource], observed: [Resource]) -> [Change] {
        let before = Dictionary(observed.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        let after = Dictionary(desired.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        var changes: [Change] = []
        for key in Set(before.keys).union(after.keys).sorted() {
            switch (before[key], after[key]) {
            case (nil, let new?):
                changes.append(Change(action: .create, key: key, resource: new))
            case (_?, nil):
                changes.append(Change(action: .delete, key: key, resource: nil))
            case (let old?, let new?) where old != new:
                changes.append(Change(action: .update, key: key, fields: fields(old: old, new: new), resource: new))
            default:
                break
            }
        }
        return changes
    }

    /// Dotted paths that differ between two versions of a resource.
    static func fields(old: Resource, new: Resource) -> [String] {
        var found: [String] = []
        compare(old.spec, new.spec, path: "", into: &found)
        if old.path != new.path { found.append("(path)") }
        return found.sorted()
    }

    private static func compare(_ old: JSONValue?, _ new: JSONValue?, path: String, into found: inout [String]) {
        guard old != new else { return }
        if case .object(let a)? = old, case .object(let b)? = new {
            for key in Set(a.keys).union(b.keys) {
                compare(a[key], b[key], path: path.isEmpty ? key : "\(path).\(key)", into: &found)
            }
        } else {
            found.append(path.isEmpty ? "(all)" : path)
        }
    }
}

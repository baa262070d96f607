import Model

/// Who carries which label, so that a selector costs as much as its rarest label.
struct LabelTable {
    private struct Label: Hashable {
        var key: String
        var value: JSONValue
    }

    private var carriers: [Label: Set<Int>] = [:]

    /// One set of labels for each that carries some.
    init(_ labels: [[String: JSONValue]]) {
        for (carrier, labels) in labels.enumerated() {
            for (key, value) in labels { carriers[Label(key: key, value: value), default: []].insert(carrier) }
        }
    }

    /// Whether one of them carries all these labels; no labels select nothing.
    func anyCarries(_ labels: [String: JSONValue]) -> Bool {
        let sets = labels.map { carriers[Label(key: $0.key, value: $0.value)] ?? [] }.sorted { $0.count < $1.count }
        guard let rarest = sets.first else { return false }
        return rarest.contains { carrier in sets.allSatisfy { $0.contains(carrier) } }
    }
}

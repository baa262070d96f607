/// One metric with its samples, in Prometheus' text format.
struct MetricFamily: Sendable {
    enum Kind: String, Sendable { case gauge, counter, summary }

    struct Sample: Sendable {
        /// `_sum` or `_count` of a summary; otherwise empty.
        var suffix = ""
        var labels: [String: String] = [:]
        var value: Double
    }

    /// Without the prefix `assay_`.
    let name: String
    let help: String
    let kind: Kind
    var samples: [Sample]

    /// A gauge or counter of one sample; of none where there is no value.
    init(_ name: String, _ help: String, _ kind: Kind = .gauge, value: Double?) {
        self.init(name, help, kind, samples: value.map { [Sample(value: $0)] } ?? [])
    }

    init(_ name: String, _ help: String, _ kind: Kind = .gauge, samples: [Sample]) {
        self.name = name
        self.help = help
        self.kind = kind
        self.samples = samples
    }

    /// A sample for each value of one label, sorted.
    init(_ name: String, _ help: String, _ kind: Kind = .gauge, by label: String, _ values: [String: Double]) {
        self.init(
            name, help, kind,
            samples: values.sorted { $0.key < $1.key }.map { Sample(labels: [label: $0.key], value: $0.value) })
    }

    /// - Parameter common: labels of every sample, so that the files of several homes can lie side by side.
    func text(_ common: [String: String]) -> String {
        guard !samples.isEmpty else { return "" }
        var text = "# HELP assay_\(name) \(help.escaped)\n# TYPE assay_\(name) \(kind.rawValue)\n"
        for sample in samples {
            let labels = sample.labels.merging(common) { $1 }.sorted { $0.key < $1.key }
                .map { "\($0.key)=\"\($0.value.escaped.replacing("\"", with: "\\\""))\"" }
            text += "assay_\(name)\(sample.suffix){\(labels.joined(separator: ","))} \(Self.number(sample.value))\n"
        }
        return text
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }
}

extension String {
    fileprivate var escaped: String { replacing("\\", with: "\\\\").replacing("\n", with: "\\n") }
}

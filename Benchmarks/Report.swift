import Foundation
import Model

/// Prints comparisons as a table for people, or as one JSON document.
struct Report {
    let comparisons: [Comparison]
    /// Figures without a floor, such as peak memory.
    let notes: [String]

    var text: String {
        var lines: [String] = []
        for comparison in comparisons {
            lines.append("\(comparison.name): \(ratio(comparison))\(verdict(comparison))")
            lines.append("    measured  \(figures(comparison.measured, comparison))  \(comparison.what)")
            lines.append("    floor     \(figures(comparison.bare, comparison))  \(comparison.floor)")
        }
        return (lines + notes).joined(separator: "\n")
    }

    var json: JSONValue { ["comparisons": measured, "notes": .array(notes.map { .string($0) })] }

    private var measured: JSONValue {
        .array(
            comparisons.map { comparison in
                [
                    "name": .string(comparison.name), "what": .string(comparison.what),
                    "floor": .string(comparison.floor), "basis": .string(comparison.basis.rawValue),
                    "ratio": number(comparison.ratio), "goal": comparison.goal.map(number) ?? .null,
                    "met": comparison.isMet.map { .bool($0) } ?? .null, "measuredSeconds": json(comparison.measured),
                    "floorSeconds": json(comparison.bare),
                ]
            })
    }

    private func json(_ samples: Samples) -> JSONValue {
        [
            "samples": .integer(Int64(samples.seconds.count)), "median": number(samples.median),
            "p90": number(samples.p90), "total": number(samples.total),
        ]
    }

    private func number(_ value: Double) -> JSONValue { .number((value * 1e6).rounded() / 1e6) }

    private func ratio(_ comparison: Comparison) -> String {
        let ratio = comparison.ratio
        return (comparison.goal ?? 1) < 0.2 ? "\(fixed(ratio * 100, 2)) %" : "\(fixed(ratio, 2)) x"
    }

    private func verdict(_ comparison: Comparison) -> String {
        guard let goal = comparison.goal else { return "" }
        let shown = goal < 0.2 ? "\(fixed(goal * 100, 0)) %" : "\(fixed(goal, 1)) x"
        return " (goal: at most \(shown), \(comparison.isMet == true ? "met" : "MISSED"))"
    }

    private func figures(_ samples: Samples, _ comparison: Comparison) -> String {
        var text = "median \(time(samples.median))  p90 \(time(samples.p90))"
        if comparison.basis == .totals { text += "  together \(fixed(samples.total, 2)) s" }
        if let bytes = comparison.bytes { text += "  \(fixed(Double(bytes) / samples.median / 1e6, 0)) MB/s" }
        return text + "  n=\(samples.seconds.count)"
    }

    private func time(_ seconds: Double) -> String {
        seconds < 0.001 ? "\(fixed(seconds * 1e6, 0)) µs" : "\(fixed(seconds * 1e3, seconds < 0.1 ? 2 : 0)) ms"
    }

    private func fixed(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
}

/// Durations of one thing that was done many times, in seconds.
struct Samples {
    private(set) var seconds: [Double] = []

    mutating func time<T>(_ body: () async throws -> T) async rethrows -> T {
        let start = ContinuousClock.now
        let result = try await body()
        add(ContinuousClock.now - start)
        return result
    }

    mutating func add(_ duration: Duration) {
        let parts = duration.components
        seconds.append(Double(parts.seconds) + Double(parts.attoseconds) * 1e-18)
    }

    var total: Double { seconds.reduce(0, +) }
    var median: Double { quantile(0.5) }
    var p90: Double { quantile(0.9) }

    /// The smallest sample that is not below that share of all; 0 of none.
    private func quantile(_ share: Double) -> Double {
        let sorted = seconds.sorted()
        guard !sorted.isEmpty else { return 0 }
        return sorted[min(sorted.count - 1, Int((Double(sorted.count) * share).rounded(.up)) - 1)]
    }
}

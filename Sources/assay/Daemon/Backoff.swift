/// Waits between attempts that fail in passing: doubling from one second, with jitter, never longer than a bound.
struct Backoff: Sendable {
    private var failures = 0

    mutating func reset() { failures = 0 }

    mutating func next(upTo longest: Duration) -> Duration {
        defer { failures = min(failures + 1, 20) }
        return Self.jittered(min(.seconds(1 << min(failures, 16)), longest))
    }

    /// Five per cent either way, so that many daemons do not knock at one forge in step.
    static func jittered(_ duration: Duration) -> Duration { duration * Double.random(in: 0.95...1.05) }
}

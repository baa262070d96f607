/// One thing and its floor, measured in turns so that both meet the same moods of the machine.
struct Comparison {
    /// Such as `run`.
    var name: String
    /// What was measured, in words.
    var what: String
    /// What it is divided by, in words.
    var floor: String
    var measured = Samples()
    var bare = Samples()
    /// The ratio that is hoped for at most; `nil` where none is set.
    var goal: Double?
    /// What counts: the medians, or everything together.
    var basis = Basis.medians
    /// Bytes of one sample, where throughput says more than time.
    var bytes: Int?

    enum Basis: String { case medians, totals }

    init(_ name: String, what: String, floor: String, goal: Double?) {
        self.name = name
        self.what = what
        self.floor = floor
        self.goal = goal
    }

    var ratio: Double {
        switch basis {
        case .medians: measured.median / bare.median
        case .totals: measured.total / bare.total
        }
    }

    var isMet: Bool? { goal.map { ratio <= $0 } }
}

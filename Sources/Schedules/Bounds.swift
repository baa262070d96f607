import Model

/// The days on which a schedule may not start although its expression says so.
struct Bounds: Sendable {
    private let start: Day
    private let end: Day
    /// Ascending and apart from each other; where freezes overlap, the one that began first gives the reason.
    private let freezes: [Freeze]

    struct Freeze: Sendable {
        var from: Day
        var to: Day
        var reason: String
    }

    enum Obstacle: Sendable {
        case beforeStart
        case afterEnd(Day)
        case frozen(Freeze)
    }

    init(_ spec: ScheduleSpec) throws(ScheduleError) {
        if let start = spec.start, let end = spec.end, end < start { throw .endBeforeStart(start, end) }
        start = spec.start.map { Day($0) } ?? .first
        end = spec.end.map { Day($0) } ?? .last
        var freezes: [Freeze] = []
        for freeze in spec.freeze.sorted(by: { ($0.from, $0.to, $0.reason) < ($1.from, $1.to, $1.reason) }) {
            guard freeze.from <= freeze.to else { throw .freezeEndsBeforeStart(freeze.from, freeze.to) }
            let from = max(Day(freeze.from), freezes.last.map { $0.to + 1 } ?? .first)
            let to = Day(freeze.to)
            if from <= to { freezes.append(Freeze(from: from, to: to, reason: freeze.reason)) }
        }
        self.freezes = freezes
    }

    func reasonToSkip(_ start: Schedule.Start) -> SkipReason? {
        switch obstacle(on: start.wall.day) {
        case .beforeStart, .afterEnd: .outsideStartEnd
        case .frozen(let freeze): .frozen(freeze.reason)
        case nil: nil
        }
    }

    func obstacle(on day: Day) -> Obstacle? {
        if day < start { return .beforeStart }
        if day > end { return .afterEnd(end) }
        var low = 0, high = freezes.count
        while low < high {
            let middle = (low + high) / 2
            if freezes[middle].to < day { low = middle + 1 } else { high = middle }
        }
        guard low < freezes.count, freezes[low].from <= day else { return nil }
        return .frozen(freezes[low])
    }
}

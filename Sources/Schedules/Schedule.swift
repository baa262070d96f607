import Model

/// A schedule ready to be asked when it starts; a pure function of its specification and its calendar.
public struct Schedule: Sendable {
    public enum Overlap: String, Sendable {
        case skip, queue, allow
    }

    public let overlap: Overlap
    let catchUp: ScheduleSpec.CatchUp
    let isSuspended: Bool
    let bounds: Bounds
    private let minutes: [Int]
    private let days: StartDays
    private let clock: LocalClock
    private let period: PeriodExpression

    /// One start: the instant that identifies it, and what the clock on the wall shows in theory.
    struct Start: Sendable {
        var nominal: Int
        var wall: LocalTime
        /// The day before any move to a business day; the period is seen from it.
        var named: Day
    }

    /// `calendar` is the one that the specification names.
    public init(_ spec: ScheduleSpec, calendar: CalendarSpec?) throws(ScheduleError) {
        let cron = try CronExpression(spec.cron)
        guard let period = PeriodExpression(rawValue: spec.period) else { throw .unknownPeriod(spec.period) }
        guard let overlap = Overlap(rawValue: spec.overlap) else {
            throw .unknownWord(field: "overlap", spec.overlap)
        }
        guard let roll = StartDays.Roll(rawValue: spec.roll) else { throw .unknownWord(field: "roll", spec.roll) }
        var business: BusinessDays?
        if let calendar { business = try BusinessDays(calendar) }
        if let ordinal = spec.businessDay {
            guard let business else { throw .calendarMissing }
            guard ordinal != 0, abs(ordinal) <= 31 else { throw .businessDayOutOfRange(ordinal) }
            guard !cron.namesDays else { throw .daysNamedTwice(cron: spec.cron) }
            let named = OrdinalBusinessDays(cron: cron.days, business: business, ordinal: ordinal)
            guard named.first(onOrAfter: Day(number: 0)) != nil else { throw .noBusinessDay }
            days = StartDays(named: named, business: nil, roll: .none)
        } else {
            days = StartDays(named: cron.days, business: business, roll: roll)
        }
        minutes = cron.minutes
        clock = try LocalClock(spec.timeZone)
        bounds = try Bounds(spec)
        catchUp = spec.catchUp
        isSuspended = spec.suspend
        self.period = period
        self.overlap = overlap
    }

    /// The first start later than the instant, whether or not something keeps it from happening.
    public func next(after instant: Instant) -> Firing? {
        next(after: Int(clamping: instant.seconds)).flatMap(firing)
    }

    /// The next starts later than the instant, each with what of the manifest keeps it from happening.
    public func upcoming(after instant: Instant, count: Int) -> [(firing: Firing, obstacle: SkipReason?)] {
        var found: [(Firing, SkipReason?)] = []
        var last = Int(clamping: instant.seconds)
        while found.count < count, let start = next(after: last), let firing = firing(start) {
            found.append((firing, bounds.reasonToSkip(start) ?? (isSuspended ? .suspended : nil)))
            last = start.nominal
        }
        return found
    }

    func firing(_ start: Start) -> Firing? {
        start.named.date.flatMap(period.period).map {
            Firing(nominal: Instant(seconds: Int64(start.nominal)), period: $0)
        }
    }

    /// Seconds since 1970 within which there are starts: the years that have named periods, and a day of margin.
    private static let earliest = Day.first.number * 86_400 + 86_400
    private static let latest = Day.last.number * 86_400 - 86_400

    func next(after instant: Int) -> Start? {
        guard instant < Self.latest else { return nil }
        let instant = max(instant, Self.earliest)
        var wall = LocalTime(roundingUp: clock.firstWall(after: instant))
        while let (time, named) = first(onOrAfter: wall), time.day <= .last {
            let nominal = clock.instant(ofWall: time.seconds)
            guard nominal <= Self.latest else { return nil }
            if nominal > instant { return Start(nominal: nominal, wall: time, named: named) }
            // Two changes of a zone within two days could show a time thrice; whatever the zone, never go back.
            wall = time + 1
        }
        return nil
    }

    /// The last start before what the wall shows, and not before `floor`.
    func last(beforeWall wall: LocalTime, floor: Int) -> Start? {
        guard let (time, _) = last(before: wall) else { return nil }
        let nominal = clock.instant(ofWall: time.seconds)
        guard nominal >= floor, nominal > Self.earliest else { return nil }
        // Several local times may stand for the end of one gap: the first of them gives the start its name.
        return next(after: nominal - 1)
    }

    /// The first local time whose instant is not before this one.
    func firstWall(notBefore instant: Int) -> LocalTime {
        LocalTime(roundingUp: clock.firstWall(after: instant - 1))
    }

    private func first(onOrAfter wall: LocalTime) -> (LocalTime, named: Day)? {
        guard var day = days.first(onOrAfter: wall.day) else { return nil }
        if day.start == wall.day {
            let index = minutes.firstIndex(notLess: wall.minute)
            if index < minutes.count { return (LocalTime(day: day.start, minute: minutes[index]), day.named) }
            guard let later = days.first(onOrAfter: wall.day + 1) else { return nil }
            day = later
        }
        return (LocalTime(day: day.start, minute: minutes[0]), day.named)
    }

    private func last(before wall: LocalTime) -> (LocalTime, named: Day)? {
        guard var day = days.last(onOrBefore: wall.day) else { return nil }
        if day.start == wall.day {
            let index = minutes.firstIndex(notLess: wall.minute)
            if index > 0 { return (LocalTime(day: day.start, minute: minutes[index - 1]), day.named) }
            guard let earlier = days.last(onOrBefore: wall.day - 1) else { return nil }
            day = earlier
        }
        return (LocalTime(day: day.start, minute: minutes[minutes.count - 1]), day.named)
    }
}

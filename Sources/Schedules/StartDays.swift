/// The days on which a schedule starts: those that are named, moved to business days.
///
/// Named days that move to the same day are one start; it is for the nearest of them.
struct StartDays: Sendable {
    enum Roll: String, Sendable {
        case following, preceding, none
    }

    let named: any DaySet
    /// `nil` leaves days where they are.
    let business: BusinessDays?
    let roll: Roll

    /// A day of start, and the named day that it stands for.
    typealias Pair = (start: Day, named: Day)

    func first(onOrAfter day: Day) -> Pair? {
        guard let business, roll != .none else { return named.first(onOrAfter: day).map { ($0, $0) } }
        if roll == .following {
            // Days after the last business day before `day` move to `day` or later.
            let from = (business.last(onOrBefore: day - 1) ?? day - 1) + 1
            guard let origin = named.first(onOrAfter: from), let start = business.first(onOrAfter: origin) else {
                return nil
            }
            return (start, named.last(onOrBefore: start) ?? origin)
        }
        guard let from = business.first(onOrAfter: day), let origin = named.first(onOrAfter: from),
            let start = business.last(onOrBefore: origin)
        else { return nil }
        return (start, origin)
    }

    func last(onOrBefore day: Day) -> Pair? {
        guard let business, roll != .none else { return named.last(onOrBefore: day).map { ($0, $0) } }
        if roll == .following {
            guard let from = business.last(onOrBefore: day), let origin = named.last(onOrBefore: from),
                let start = business.first(onOrAfter: origin)
            else { return nil }
            return (start, named.last(onOrBefore: start) ?? origin)
        }
        let end = (business.first(onOrAfter: day + 1) ?? day + 1) - 1
        guard let origin = named.last(onOrBefore: end), let start = business.last(onOrBefore: origin) else {
            return nil
        }
        return (start, named.first(onOrAfter: start) ?? origin)
    }
}

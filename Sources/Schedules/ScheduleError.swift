import Model

/// Why a schedule cannot be followed.
public enum ScheduleError: AssayError, Hashable {
    case malformed(cron: String, what: String)
    /// Days that no year has.
    case neverStarts(cron: String)
    case unknownZone(String)
    case unknownPeriod(String)
    /// A word that stands for no behaviour.
    case unknownWord(field: String, String)
    /// `businessDay` without a calendar.
    case calendarMissing
    /// `businessDay` is 0 or larger than a month.
    case businessDayOutOfRange(Int)
    /// `businessDay` beside days that cron names.
    case daysNamedTwice(cron: String)
    /// The calendar has no business day, or no month has so many.
    case noBusinessDay
    case endBeforeStart(CalendarDate, CalendarDate)
    case freezeEndsBeforeStart(CalendarDate, CalendarDate)

    public var reason: String { "ScheduleInvalid" }

    public var message: String {
        switch self {
        case .malformed(let cron, let what): "The cron expression '\(short(cron))' is malformed: \(what)"
        case .neverStarts(let cron): "The cron expression '\(short(cron))' never fires: no year has such a day"
        case .unknownZone(let zone): "The time zone '\(short(zone))' is not known here"
        case .unknownPeriod(let period): "The period '\(short(period))' is none"
        case .unknownWord(let field, let word): "The word '\(short(word))' has no meaning for '\(field)'"
        case .calendarMissing: "The schedule has 'businessDay' and no calendar"
        case .businessDayOutOfRange(let day): "No month has a business day \(day)"
        case .daysNamedTwice(let cron): "Both 'businessDay' and the cron expression '\(short(cron))' name days"
        case .noBusinessDay: "The calendar has no such business day in any month"
        case .endBeforeStart(let start, let end): "The schedule ends on \(end), before it starts on \(start)"
        case .freezeEndsBeforeStart(let from, let to): "A freeze ends on \(to), before it starts on \(from)"
        }
    }

    public var remedy: String {
        switch self {
        case .malformed: "Write five fields such as '0 7 1 * *', or a word such as @monthly"
        case .neverStarts: "Correct the day of the month or the month"
        case .unknownZone: "Write an IANA zone such as Europe/London"
        case .unknownPeriod: "Write current- or previous-, then month, quarter or year"
        case .unknownWord: "Write one of the words of the documentation"
        case .calendarMissing: "Name the calendar that tells business days"
        case .businessDayOutOfRange: "Write 1 to 23, or -1 to -23 to count from the end"
        case .daysNamedTwice: "Write * for the day of the month and the day of the week"
        case .noBusinessDay: "Correct 'businessDay', or the weekend of the calendar"
        case .endBeforeStart: "Swap or correct 'start' and 'end'"
        case .freezeEndsBeforeStart: "Swap or correct 'from' and 'to'"
        }
    }

    private func short(_ text: String) -> String { excerpt(text, 60) }
}

import Model

/// Which period a start is for, seen from a day: `current-` or `previous-`, then `month`, `quarter` or `year`.
public enum PeriodExpression: String, Sendable, CaseIterable {
    case currentMonth = "current-month"
    case currentQuarter = "current-quarter"
    case currentYear = "current-year"
    case previousMonth = "previous-month"
    case previousQuarter = "previous-quarter"
    case previousYear = "previous-year"

    /// `nil` only at the ends of the years that have periods, 1900 and 9999.
    public func period(on date: CalendarDate) -> Period? {
        switch self {
        case .currentMonth: Period("\(date.year)-\(date.month < 10 ? "0" : "")\(date.month)")
        case .currentQuarter: Period("\(date.year)-Q\((date.month + 2) / 3)")
        case .currentYear: Period("\(date.year)")
        case .previousMonth: PeriodExpression.currentMonth.period(on: date)?.previous
        case .previousQuarter: PeriodExpression.currentQuarter.period(on: date)?.previous
        case .previousYear: PeriodExpression.currentYear.period(on: date)?.previous
        }
    }
}

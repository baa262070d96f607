import Model
import Schedules

/// What a table cannot say about a schedule: days that never come, days named twice, ends before starts.
enum ScheduleCheck {
    static func findings(_ spec: JSONValue) -> [Finding] {
        let businessDay: Int64? = if case .integer(let day)? = spec["businessDay"] { day } else { nil }
        var findings: [Finding] = []
        do throws(ScheduleError) {
            let cron = try CronExpression(spec["cron"]?.string ?? "")
            if businessDay != nil, cron.namesDays { throw .daysNamedTwice(cron: cron.text) }
        } catch {
            findings.append(finding(error, at: [.key("cron")]))
        }
        if businessDay == 0 { findings.append(finding(.businessDayOutOfRange(0), at: [.key("businessDay")])) }
        if businessDay != nil, spec["calendar"] == nil {
            findings.append(finding(.calendarMissing, at: [.key("businessDay")]))
        }
        if let (start, end) = reversed(spec, "start", "end") {
            findings.append(finding(.endBeforeStart(start, end), at: [.key("end")]))
        }
        for (index, freeze) in (spec["freeze"]?.array ?? []).enumerated() {
            guard let (from, to) = reversed(freeze, "from", "to") else { continue }
            findings.append(
                finding(.freezeEndsBeforeStart(from, to), at: [.key("freeze"), .index(index), .key("to")]))
        }
        return findings
    }

    /// The two dates, where the second is before the first.
    private static func reversed(
        _ value: JSONValue, _ first: String, _ second: String
    ) -> (CalendarDate, CalendarDate)? {
        guard let first = value[first]?.string.flatMap({ CalendarDate($0) }),
            let second = value[second]?.string.flatMap({ CalendarDate($0) }), second < first
        else { return nil }
        return (first, second)
    }

    private static func finding(_ error: ScheduleError, at path: [PathStep]) -> Finding {
        Finding(pointer: [.key("spec")] + path, message: error.message, remedy: error.remedy)
    }
}

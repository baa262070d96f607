import Model

@testable import Schedules

/// Random schedules, with all fields and in zones with and without changes.
enum RandomSchedule {
    static let zones = [
        "UTC", "Asia/Tokyo", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia",
        "Europe/Luxembourg", "America/St_Johns", "Asia/Kolkata",
    ]

    static func cron(_ dice: inout Dice, everyMonth: Bool = false) -> String {
        if !everyMonth, dice.chance(10) {
            return dice.pick(["@yearly", "@annually", "@quarterly", "@monthly", "@weekly", "@daily"])
        }
        let isDense = dice.chance(6)
        let minute = dice.pick(isDense ? ["*/20", "0,30", "15-45/15"] : ["0", "15", "30", "59", "7"])
        let hour = dice.pick(isDense ? ["0-3", "*/8", "1,2,23"] : ["0", "1", "2", "3", "7", "18", "23", "2,18"])
        let months = everyMonth ? ["*"] : isDense ? ["3", "10", "apr,11", "12"] : ["*", "*", "*/3", "1-6", "3,10", "dec"]
        let days = ["*", "1", "5", "15", "31", "28-31", "1,15", "*/10", "5/7", "30"]
        let weekdays = ["*", "*", "1-5", "mon", "0", "7", "5-7", "*/2", "2,4", "fri"]
        let cron = "\(minute) \(hour) \(dice.pick(days)) \(dice.pick(months)) \(dice.pick(weekdays))"
        return (try? CronExpression(cron)) == nil ? self.cron(&dice, everyMonth: everyMonth) : cron
    }

    /// The specification and perhaps a calendar, as JSON; dates lie within ten years from 2009-06-01.
    static func spec(_ dice: inout Dice) -> (spec: [String: Any], calendar: [String: Any]?) {
        var spec: [String: Any] = [
            "deployment": "nav", "cron": cron(&dice), "timeZone": dice.pick(zones),
            "period": dice.pick(PeriodExpression.allCases).rawValue, "roll": "following",
            "overlap": dice.pick(["skip", "queue", "allow"]), "suspend": dice.chance(15),
            "catchUp": ["windowHours": dice.pick([0, 24, 72, 720, 8_784]), "limit": dice.pick([0, 1, 1, 3, 100])],
        ]
        if dice.chance(5) { spec["start"] = date(&dice, 2009...2010) }
        if dice.chance(5) { spec["end"] = date(&dice, 2016...2020) }
        var freezes: [[String: Any]] = []
        for _ in 0..<(dice.chance(3) ? dice.roll(1...4) : 0) {
            let dates = [date(&dice, 2010...2019), date(&dice, 2010...2012)].sorted()
            freezes.append(["from": dates[0], "to": dates[1], "reason": "Year-end audit"])
        }
        spec["freeze"] = freezes
        guard dice.chance(2) else { return (spec, nil) }
        spec["roll"] = dice.pick(["following", "preceding", "none"])
        // Days around the ends of months, which roll together from different months.
        if dice.chance(2) { spec["cron"] = "30 \(dice.pick(["1", "2,18"])) \(dice.pick(["30-31,1-2", "31,1", "*/10"])) * *" }
        if dice.chance(3) {
            spec["cron"] = "\(dice.pick([0, 30])) \(dice.pick([1, 2, 7])) * \(dice.pick(["*", "1,4,7,10"])) *"
            spec["businessDay"] = dice.pick([1, 5, -1, -3, 12, 22, 23])
        }
        let weekend = dice.pick([["saturday", "sunday"], ["friday", "saturday"], []])
        let holidays = (0..<dice.roll(0...200)).map { _ in ["date": date(&dice, 2009...2019), "name": "Holiday"] }
        return (spec, ["weekend": weekend, "holidays": holidays])
    }

    private static func date(_ dice: inout Dice, _ years: ClosedRange<Int>) -> String {
        let day = Day(Month(year: dice.roll(years), month: dice.roll(1...12)), dice.roll(1...28))
        return day.date?.description ?? ""
    }
}

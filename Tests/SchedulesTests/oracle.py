"""Another implementation of the rules of docs/schedules.md, to hold the Swift one against.

Times come from croniter (on wall times, without any zone) and from zoneinfo with the tzdata package; the rest is written
for clearness: lists of everything, no search. Input: {"schedules": [...]}; output: for each schedule the expected starts
and, for each call that the simulation made, the expected decisions.
"""

import bisect
import json
import sys
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from croniter import croniter

UTC = timezone.utc
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WORDS = {
    "@daily": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *", "@quarterly": "0 0 1 1,4,7,10 *",
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
}
GRACE = 60
LONGEST_QUEUE = 100


def exists(wall, zone):
    there = wall.replace(tzinfo=zone).astimezone(UTC)
    return there.astimezone(zone).replace(tzinfo=None) == wall


def instant(wall, zone):
    """In a gap the first instant after it; of two the first (fold=0)."""
    if not exists(wall, zone):
        low, high = wall, wall
        while not exists(high, zone):
            high += timedelta(hours=1)
        while not exists(low, zone):
            low += timedelta(minutes=1)
        wall = min(low, high)
    return int(wall.replace(tzinfo=zone, fold=0).timestamp())


def business_days(calendar, first, last):
    weekend = {WEEKDAYS.index(word) for word in calendar["weekend"]}
    holidays = {date.fromisoformat(item["date"]) for item in calendar["holidays"]}
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [day for day in days if day.weekday() not in weekend and day not in holidays]


def cron_times(cron, first, last):
    """What croniter yields from the start of a day to the end of another."""
    times = croniter(cron, datetime(first.year, first.month, first.day) - timedelta(minutes=1), implement_cron_bug=True)
    end = datetime(last.year, last.month, last.day, 23, 59)
    found = []
    while (wall := times.get_next(datetime)) <= end:
        found.append(wall)
    return found


def cron_walls(cron, first, last):
    """Every minute from first to the end of last: the days that the last three fields say, times those of the others."""
    minute, hour, *days = WORDS.get(cron, cron).split()
    clock = [wall.time() for wall in cron_times(f"{minute} {hour} * * *", first, first)]
    return [datetime.combine(day, time) for day in cron_times(f"0 0 {' '.join(days)}", first, last) for time in clock]


def starts(spec, calendar, first, last):
    """Sorted (instant, day of start, day that cron names)."""
    walls = cron_walls(spec["cron"], first, last)
    business = business_days(calendar, first, last) if calendar else []
    found = {}
    if spec.get("businessDay"):
        months = {}
        for day in business:
            months.setdefault((day.year, day.month), []).append(day)
        index = spec["businessDay"] - 1 if spec["businessDay"] > 0 else spec["businessDay"]
        chosen = {days[index] for days in months.values() if -len(days) <= index < len(days)}
        pairs = [(wall, wall.date()) for wall in walls if wall.date() in chosen]
    else:
        pairs = []
        for wall in walls:
            named = day = wall.date()
            if calendar and spec["roll"] != "none":
                at = bisect.bisect_left(business, day)
                if spec["roll"] == "preceding" and (at == len(business) or business[at] != day):
                    at -= 1
                if not 0 <= at < len(business):
                    continue
                day = business[at]
            pairs.append((datetime.combine(day, wall.time()), named))
    zone = ZoneInfo(spec["timeZone"])
    # Of several that fall on one instant: the first on the wall, and of those the nearest named day.
    for wall, named in sorted(pairs, key=lambda pair: (pair[0], abs(pair[0].date() - pair[1]))):
        found.setdefault(instant(wall, zone), (wall.date(), named))
    return [(nominal, day, named) for nominal, (day, named) in sorted(found.items())]


def period(word, day):
    which, unit = word.split("-")
    length = {"month": 1, "quarter": 3, "year": 12}[unit]
    block = (day.year * 12 + day.month - 1) // length - (which == "previous")
    year, month = divmod(block * length, 12)
    return {"month": f"{year:04}-{month + 1:02}", "quarter": f"{year:04}-Q{month // 3 + 1}", "year": f"{year:04}"}[unit]


def obstacle(spec, day):
    day = day.isoformat()
    if day < spec.get("start", "") or day > spec.get("end", "9999"):
        return "OutsideStartEnd"
    return "Frozen" if any(item["from"] <= day <= item["to"] for item in spec["freeze"]) else None


def decide(spec, every, call):
    now, handled, running, queued = call["now"], call["handled"], call["isRunning"], call["queued"]
    low = bisect.bisect_right(every, (handled, date.max, date.max))
    high = bisect.bisect_right(every, (now, date.max, date.max))
    window = now - spec["catchUp"]["windowHours"] * 3600
    missed = []
    if low < high and every[low][0] < now - GRACE:
        missed = [n for n, day, _ in every[bisect.bisect_left(every, (window,)):high]
                  if n < now - GRACE and not obstacle(spec, day)]
    limit = spec["catchUp"]["limit"]
    made_up = set(missed[-limit:]) if limit else set()
    verdicts = []
    for nominal, day, named in every[low:high]:
        late = nominal < now - GRACE
        if reason := obstacle(spec, day):
            verdict = reason
        elif spec["suspend"] or call.get("isSuspended"):
            verdict = "Suspended"
        elif late and nominal < window:
            verdict = "MissedWindow"
        elif late and nominal not in made_up:
            verdict = "CatchUpLimit"
        elif spec["overlap"] == "allow" or not (running or queued):
            verdict = "fire"
            running = True
        elif (spec["overlap"] == "queue" or late) and queued < LONGEST_QUEUE:
            verdict = "queue"
            queued += 1
        else:
            verdict = "Overlap"
        verdicts.append([nominal, verdict, period(spec["period"], named)])
    return verdicts[:call["most"]]


def answer(schedule):
    spec, calendar = schedule["spec"], schedule.get("calendar")
    first, last = date.fromisoformat(schedule["first"]), date.fromisoformat(schedule["last"])
    margin = timedelta(days=62)
    every = starts(spec, calendar, first - margin, last + margin)
    decisions = [decide(spec, every, call) for call in schedule["calls"]]
    created, end = schedule["created"], schedule["ended"]
    return {"starts": [nominal for nominal, _, _ in every if created < nominal <= end], "decisions": decisions}


print(json.dumps([answer(schedule) for schedule in json.load(sys.stdin)["schedules"]]))

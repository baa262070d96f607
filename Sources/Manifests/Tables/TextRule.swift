import Foundation
import Model
import Schedules
import Synchronization

/// What a text may be: a pattern that the published schema carries too, and what a pattern cannot say.
struct TextRule: Sendable {
    /// Finishes the sentence "… must be".
    let description: String
    /// Anchored pattern; both `Pattern` and JSON Schema validators understand it.
    let pattern: String
    private let compiled: Pattern?
    /// Beyond the pattern: a date that exists, a zone that is known.
    private let holds: (@Sendable (String) -> Bool)?
    /// Whether people write whole pages of it.
    private let isUnbounded: Bool

    init(
        _ description: String, _ pattern: String, isUnbounded: Bool = false,
        where holds: (@Sendable (String) -> Bool)? = nil
    ) {
        self.description = description
        self.pattern = pattern
        self.isUnbounded = isUnbounded
        self.holds = holds
        compiled = try? Pattern(pattern)  // a test compiles every rule's pattern
    }

    /// Where a rule sets no bound of its own, a text of more bytes is none of its kind all the same.
    private static let longest = 8_192

    func accepts(_ text: String) -> Bool {
        (text.utf8.count <= TextRule.longest || isUnbounded) && matchesPattern(text) && (holds?(text) ?? true)
    }

    /// The part of the rule that a published schema checks as well.
    func matchesPattern(_ text: String) -> Bool { compiled?.matches(text) ?? false }

    static let all: [TextRule] = [
        anyText, line, name, role, label, version, currency, jurisdiction, monthDay, date, timeZone, cron,
        accountCode, glob, url, event, entrypoint, branch, reference, interval, commit, period, amount, reason,
    ]
}

extension TextRule {
    /// Any text that says something.
    static let anyText = TextRule("text that is not empty", "[^ \\t\\n\\r]", isUnbounded: true)
    static let line = TextRule("one line of text", "^[^\\n\\r\\t ]([^\\n\\r]{0,298}[^\\n\\r\\t ])?$")
    static let name = TextRule("1 to 63 lower-case letters, digits or hyphens", "^[a-z0-9-]{1,63}$")
    static let role = TextRule(
        "a lower-case word of letters, digits, hyphens and underscores", "^[a-z][a-z0-9_-]{0,62}$")
    static let label = TextRule(
        "1 to 63 letters, digits or . _ / -", "^[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$")
    static let version = TextRule("a version such as '0.1.0'", "^[0-9]{1,6}\\.[0-9]{1,6}\\.[0-9]{1,6}$")
    static let currency = TextRule("an ISO 4217 currency code such as GBP", "^[A-Z]{3}$")
    static let jurisdiction = TextRule("an ISO 3166-1 country code of two capital letters such as LU", "^[A-Z]{2}$")
    static let monthDay = TextRule(
        "a day of the year as 'MM-DD' such as '12-31'", "^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
        where: { CalendarDate("2000-" + $0) != nil })
    static let date = TextRule(
        "a date that exists, as YYYY-MM-DD", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", where: { CalendarDate($0) != nil })
    static let timeZone = TextRule(
        "a known IANA time zone such as Europe/London", "^[A-Za-z][A-Za-z0-9_]*(/[A-Za-z0-9_+-]+){0,2}$",
        where: KnownZones.contains)
    static let cron = TextRule(
        "five cron fields such as '0 7 1 * *', or @hourly, @daily, @weekly, @monthly, @quarterly or @yearly",
        "^(@(hourly|daily|weekly|monthly|quarterly|yearly|annually)|[^ @]+( [^ ]+){4})$",
        where: CronExpression.isWellFormed)
    static let accountCode = TextRule(
        "an account code of up to 32 letters, digits or . : -, in quotes", "^[0-9A-Za-z][0-9A-Za-z.:-]{0,31}$")
    static let glob = TextRule(
        "a pattern over repository paths such as policies/**", "^[^/\\n\\r]([^\\n\\r]{0,298}[^/\\n\\r])?$")
    static let url = TextRule("a URL that starts with https:// or http://", "^https?://[^ \\n\\r]+$")
    static let event = TextRule(
        "the name of an event such as run.failed, or *", "^(\\*|[A-Za-z][A-Za-z0-9.*_-]{0,62})$")
    static let entrypoint = TextRule(
        "module:function such as nav_monthly:run",
        "^[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*){0,7}:[A-Za-z_][A-Za-z0-9_]*$")
    static let commit = TextRule("a commit's full id of 40 lower-case hexadecimal digits", "^[0-9a-f]{40}$")
    static let branch = TextRule("the name of a Git branch", "^[A-Za-z0-9_][A-Za-z0-9._/+-]{0,199}$")
    static let reference = TextRule(
        "the full name of a Git reference such as refs/assay/status/alder", "^refs/[A-Za-z0-9_][A-Za-z0-9._/+-]{0,199}$")
    static let interval = TextRule(
        "a time such as 60s, 5m or 1h", "^[1-9][0-9]{0,4}[smh]$", where: { HomeConfiguration.seconds($0) != nil })
    static let period = TextRule(
        "a period such as 2026-03, 2026-Q1 or '2026'", "^[0-9]{4}(-[0-9]{2}|-Q[1-4])?$", where: { Period($0) != nil })
    static let amount = TextRule("an amount in quotes, such as '-1204.11'", "^-?[0-9]{1,15}([.][0-9]{1,4})?$")
    static let reason = TextRule("a reason such as RunbookFailed", "^[A-Z][A-Za-z0-9]{1,62}$")
}

/// The IANA zones of this host, asked once each: a lookup reads a file.
///
/// Foundation also takes offsets of its own such as `GMT+3`; the rule's pattern leaves them out.
private enum KnownZones {
    private static let answers = Mutex<[String: Bool]>([:])

    @Sendable static func contains(_ identifier: String) -> Bool {
        guard identifier.utf8.count <= 64 else { return false }
        return answers.withLock { answers in
            if let known = answers[identifier] { return known }
            let known = TimeZone(identifier: identifier) != nil
            if answers.count < 1_000 { answers[identifier] = known }
            return known
        }
    }
}

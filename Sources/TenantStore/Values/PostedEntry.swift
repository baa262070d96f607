import Model

/// What an account holds in one currency; positive is a debit balance.
public struct AccountBalance: Hashable, Sendable, Codable {
    public var account: String
    public var currency: Currency
    public var minorUnits: Int64

    public init(account: String, currency: Currency, minorUnits: Int64) {
        self.account = account
        self.currency = currency
        self.minorUnits = minorUnits
    }
}

/// The trial balance of one entity, period and currency, from effective entries only.
public struct TrialBalance: Hashable, Sendable {
    public var currency: Currency
    /// Sorted bytewise by account.
    public var lines: [Line]

    /// One account, in minor units; balances are positive for debit.
    public struct Line: Hashable, Sendable {
        public var account: String
        /// Balance of everything dated before the period, take-on entries included.
        public var opening: Int64
        /// Sum of the period's debits, never negative.
        public var debit: Int64
        /// Sum of the period's credits, never negative.
        public var credit: Int64
        public var closing: Int64
    }
}

/// Names one posted entry: its run and its number within it.
public struct EntryReference: Hashable, Sendable {
    public var run: String
    public var number: Int

    public init(run: String, number: Int) {
        self.run = run
        self.number = number
    }
}

/// An entry as posted, with what became of it.
public struct PostedEntry: Hashable, Sendable {
    public var run: String
    public var entity: String
    /// The period of the run that posted it.
    public var period: Period
    public var entry: JournalEntry
    /// Set when this entry only takes back another.
    public var reverses: EntryReference?
    /// Set when a later run took this entry back.
    public var reversedBy: EntryReference?

    /// Whether the entry counts in balances.
    public var isEffective: Bool { reverses == nil && reversedBy == nil }
}

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

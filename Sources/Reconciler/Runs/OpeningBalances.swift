import Digests
import Model

/// The balances with which an entity enters a period, and which closes they come from.
public struct OpeningBalances: Sendable, Hashable {
    public var currency: Currency
    /// Last day before the period.
    public var asOf: CalendarDate
    /// Effective runs of the period before, sorted by deployment.
    public var carriedFrom: [RunSpec.CarriedRun]
    /// Debit positive; accounts sorted, none with zero.
    public var balances: [Balance]

    public struct Balance: Sendable, Hashable {
        public var account: String
        public var minorUnits: Int64
    }

    /// What `ledger.opening` answers.
    var answer: JSONValue {
        [
            "currency": .string(currency.code),
            "asOf": .string(asOf.description),
            "carriedFrom": .array(
                carriedFrom.map {
                    [
                        "deployment": .string($0.deployment), "period": .string($0.period.description),
                        "runKey": .string($0.runKey.hex),
                    ]
                }),
            "balances": .array(
                balances.map {
                    let amount = Amount(minorUnits: $0.minorUnits, currency: currency)
                    return ["account": .string($0.account), "amount": .string(amount.decimal)]
                }),
        ]
    }

    /// Digest for the run's spec: two homes with equal ledgers agree on it.
    func digest() throws -> ContentDigest { try CanonicalJSON.digest(answer) }
}

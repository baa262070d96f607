import Model
import TenantStore

/// The general ledger of one entity, as reports need it.
public struct Ledger: Sendable {
    let entity: String
    let currency: Currency
    let chart: ChartSpec
    let store: TenantStore

    public static func open(_ entity: String, _ context: HomeContext) async throws -> Ledger {
        let tenant = context.configuration.tenant
        return try await context.store.perform { store in
            guard let resource = try store.resource(.init(.entity, tenant: tenant, name: entity)) else {
                guard try store.status()?.applied != nil else { throw RunError.nothingApplied }
                let names = try store.resources(kind: .entity, tenant: tenant).map(\.key.name)
                throw LedgerError(entity: entity, near: nearest(to: entity, among: names))
            }
            let spec = try resource.spec.decode(EntitySpec.self)
            guard let currency = Currency(spec.currency),
                let chart = try store.resource(.init(.chartOfAccounts, name: spec.chart))
            else { throw RunError.objectMissing(what: "ChartOfAccounts \(spec.chart)") }
            return Ledger(
                entity: entity, currency: currency, chart: try chart.spec.decode(ChartSpec.self),
                store: context.store)
        }
    }

    /// A trial balance with amounts as plain decimals; balances are positive for debit.
    public struct Balance: Sendable {
        public struct Line: Sendable {
            public var account: String
            public var name: String
            public var opening: String
            public var debit: String
            public var credit: String
            public var closing: String
        }

        public var entity: String
        public var period: Period
        public var currency: Currency
        public var lines: [Line]
        public var totalDebit: String
        public var totalCredit: String

        public var json: JSONValue {
            [
                "entity": .string(entity), "period": .string(period.description), "currency": .string(currency.code),
                "lines": .array(
                    lines.map {
                        [
                            "account": .string($0.account), "name": .string($0.name), "opening": .string($0.opening),
                            "debit": .string($0.debit), "credit": .string($0.credit), "closing": .string($0.closing),
                        ]
                    }),
                "totalDebit": .string(totalDebit), "totalCredit": .string(totalCredit),
            ]
        }
    }

    public func trialBalance(_ period: Period) async throws -> Balance {
        let balances = try await store.trialBalances(entity: entity, period: period)
        // The guest and the store refuse other currencies than the entity's own.
        let lines = balances.first { $0.currency == currency }?.lines ?? []
        func text(_ units: Int64) -> String { Amount(minorUnits: units, currency: currency).decimal }
        let names = Dictionary(chart.accounts.map { ($0.code, $0.name) }, uniquingKeysWith: { a, _ in a })
        return Balance(
            entity: entity, period: period, currency: currency,
            lines: lines.map {
                .init(
                    account: $0.account, name: names[$0.account] ?? "", opening: text($0.opening), debit: text($0.debit),
                    credit: text($0.credit), closing: text($0.closing))
            },
            totalDebit: text(lines.reduce(0) { $0 + $1.debit }), totalCredit: text(lines.reduce(0) { $0 + $1.credit }))
    }

    /// Entries of a period (or all), in posting order, ready to be written out.
    public func export(_ period: Period?, includeReversed: Bool) async throws -> LedgerExport {
        LedgerExport(
            entity: entity, chart: chart,
            entries: try await store.journal(entity: entity, period: period, includeReversed: includeReversed))
    }
}

public struct LedgerError: AssayError, Equatable {
    let entity: String
    let near: String?

    public var reason: String { "EntityUnknown" }
    public var message: String { "There is no entity '\(entity)' at the applied commit" }
    public var remedy: String { (near.map { "Did you mean '\($0)'? " } ?? "") + "'assay get entities' lists them" }
}

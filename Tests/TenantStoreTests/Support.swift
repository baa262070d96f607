import Digests
import Foundation
import Model

@testable import TenantStore

/// A folder that goes away with the test.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "assay-store-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { FileSystem.removeTree(path) }
}

func hex(_ length: Int, _ seed: Int) -> String {
    String((String(repeating: "0", count: length) + String(seed, radix: 16)).suffix(length))
}

func runID(_ seed: Int) -> String { hex(32, seed) }
func digest(_ text: String) -> ContentDigest { SHA256.digest(Array(text.utf8)) }
func commit(_ seed: Int) -> GitObjectID { GitObjectID(hex: hex(40, seed))! }
func period(_ text: String) -> Period { Period(text)! }
func date(_ text: String) -> CalendarDate { CalendarDate(text)! }
let gbp = Currency("GBP")!

func revision(_ seed: Int) -> Revision {
    let person = GitPerson(name: "Ada", email: "ada@example.org", time: 1_767_000_000, offset: 60)
    return Revision(
        commit: commit(seed), tree: commit(seed + 1000), parents: [], author: person, committer: person,
        subject: "change \(seed)", body: "", signature: .none)
}

func resource(_ kind: ResourceKind, tenant: String? = nil, _ name: String, path: String? = nil, value: Int = 1,
    references: [ResourceKey] = []
) -> Resource {
    let spec: JSONValue = ["value": .integer(Int64(value))]
    return Resource(
        key: ResourceKey(kind, tenant: tenant, name: name), path: path ?? "\(kind.plural)/\(name).yaml", spec: spec,
        digest: digest("\(spec)"), references: references)
}

func spec(
    _ period: Period, entity: String = "alder-uk", deployment: String = "nav", variant: String = "a",
    carried: [RunSpec.CarriedRun] = []
) throws -> RunSpec {
    let entitySpec: JSONValue = [
        "displayName": "A", "type": "spv", "jurisdiction": "GB", "currency": "GBP", "chart": "spv", "labels": [:],
    ]
    let tenantSpec: JSONValue = [
        "displayName": "A", "baseCurrency": "GBP", "timeZone": "Europe/London", "fiscalYearEnd": "12-31",
        "reportingFramework": "IFRS",
    ]
    let chart: JSONValue = ["accounts": []]
    return RunSpec(
        tenant: "alder", deployment: deployment, runbook: "nav-monthly", entity: entity, period: period,
        parameters: ["variant": variant], commit: commit(7), code: [], entrypoint: "m:f", config: ["rate": "0.05"],
        limits: .standard, entitySpec: try entitySpec.decode(EntitySpec.self),
        tenantSpec: try tenantSpec.decode(TenantSpec.self), chart: try chart.decode(ChartSpec.self),
        policies: digest("policies"), logicalTime: "2026-03-31T23:59:59+01:00", catalogue: [],
        interpreter: digest("python"), guest: digest("guest"), carriedFrom: carried, openingBalances: digest("[]"))
}

func newRun(_ seed: Int, _ spec: RunSpec, key: String? = nil) -> NewRun {
    NewRun(
        id: runID(seed), idempotencyKey: key ?? "key-\(seed)", spec: spec, requestedAt: "2026-04-01T08:00:00.000Z",
        requestedBy: "test")
}

func entry(
    _ number: Int, _ on: String, _ amount: Int64, debit: String = "1200", credit: String = "4000", opening: Bool = false
) -> JournalEntry {
    JournalEntry(
        number: number, date: date(on), description: "Entry \(number)", opening: opening,
        lines: [
            JournalLine(account: debit, currency: gbp, minorUnits: amount, memo: "rent"),
            JournalLine(account: credit, currency: gbp, minorUnits: -amount, memo: nil),
        ], file: "runbooks/nav/m.py", line: 12)
}

func finished(_ entries: [JournalEntry] = [], supersedes: String? = nil, outputs: [Output] = []) -> FinishedRun {
    FinishedRun(
        mode: .hermetic, outputs: outputs, entries: entries, steps: [["id": "s", "title": "S"]], logs: [],
        stamp: StampRecord(envelopeSHA256: digest("stamp"), signature: [1, 2, 3]), supersedes: supersedes,
        finishedAt: "2026-04-01T08:00:01.000Z")
}

func event(_ sequence: Int, completion: Int? = 1, response: String? = "answer") -> Event {
    Event(
        sequence: sequence, kind: "document.read", request: #"{"name":"a.csv"}"#, requestSHA256: digest("request"),
        responseSHA256: response.map(digest), completion: completion, actor: "host",
        recordedAt: "2026-04-01T08:00:00.500Z", file: "runbooks/nav/m.py", line: 3)
}

extension StoreDatabase {
    /// A run taken from acceptance to success.
    @discardableResult
    func close(_ seed: Int, _ spec: RunSpec, _ entries: [JournalEntry], supersedes: String? = nil) throws -> RunRow {
        let run = try accept(newRun(seed, spec)).run
        _ = try startAttempt(run: run.id, at: "2026-04-01T08:00:00.100Z")
        try finish(run: run.id, finished(entries, supersedes: supersedes))
        return try self.run(run.id)!
    }
}

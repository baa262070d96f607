import Digests
import Model
import Testing

@testable import Reconciler

@Suite("Diff and plan")
struct PlanTests {
    /// A generator from a printed seed (SplitMix64), so that a failure can be repeated.
    struct Seeded: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    static func resource(_ kind: ResourceKind, _ name: String, spec: JSONValue = [:]) throws -> Resource {
        Resource(
            key: ResourceKey(kind, tenant: kind.belongsToTenant ? "oak" : nil, name: name), path: "\(kind)/\(name).yaml",
            spec: spec, digest: try CanonicalJSON.digest(spec), references: [])
    }

    static func state(_ generator: inout Seeded) throws -> [Resource] {
        let names = ["a", "b", "c", "d", "e", "f"].filter { _ in Bool.random(using: &generator) }
        return try names.flatMap { name in
            try ResourceKind.allCases.filter { _ in Bool.random(using: &generator) }.map { kind in
                let value = Int64.random(in: 0...2, using: &generator)
                return try resource(kind, name, spec: ["x": .integer(value), "deep": ["y": .bool(value > 1)]])
            }
        }
    }

    static let revision: Revision = {
        let person = GitPerson(name: "Ada", email: "ada@example.com", time: 0, offset: 0)
        let id = GitObjectID(hex: String(repeating: "a", count: 40))!  // forty hexadecimal digits
        return Revision(
            commit: id, tree: id, parents: [], author: person, committer: person, subject: "s", body: "", signature: .none)
    }()

    /// What applying a plan leaves.
    static func apply(_ plan: Plan, to observed: [Resource]) -> [ResourceKey: Resource] {
        var state = Dictionary(observed.map { ($0.key, $0) }, uniquingKeysWith: { a, _ in a })
        for change in plan.changes { state[change.key] = change.resource }
        return state
    }

    @Test("after a plan is applied, nothing differs; planning twice gives the same bytes; order never matters")
    func converges() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var generator = Seeded(state: seed)
        for _ in 0..<300 {
            let observed = try Self.state(&generator)
            let desired = try Self.state(&generator)
            let plan = Planner.plan(
                from: nil, to: Self.revision, changes: Differ.diff(desired: desired, observed: observed))
            let after = Self.apply(plan, to: observed)
            #expect(Differ.diff(desired: desired, observed: Array(after.values)).isEmpty)
            let again = Planner.plan(
                from: nil, to: Self.revision,
                changes: Differ.diff(desired: desired.shuffled(using: &generator), observed: observed.shuffled(using: &generator)))
            #expect(try CanonicalJSON.encode(plan) == CanonicalJSON.encode(again))
        }
    }

    @Test("what is needed is written before what needs it, and deleted after it")
    func order() throws {
        let kinds: [ResourceKind] = [.schedule, .deployment, .entity, .runbook, .tenant, .chartOfAccounts, .workspace]
        let resources = try kinds.map { try Self.resource($0, "a") }
        let creation = Planner.plan(from: nil, to: Self.revision, changes: Differ.diff(desired: resources, observed: []))
        let deletion = Planner.plan(from: nil, to: Self.revision, changes: Differ.diff(desired: [], observed: resources))
        let created = creation.changes.map(\.key.kind)
        #expect(created.first == .workspace && created.last == .schedule)
        #expect(created.firstIndex(of: .entity)! < created.firstIndex(of: .deployment)!)
        #expect(deletion.changes.map(\.key.kind) == created.reversed())
    }

    @Test("an update names the fields that differ, however deep")
    func fields() throws {
        let old = try Self.resource(.deployment, "a", spec: ["config": ["rate": "1", "basis": "x"], "runbook": "r"])
        let new = try Self.resource(.deployment, "a", spec: ["config": ["rate": "2", "basis": "x", "more": 1], "runbook": "r"])
        let changes = Differ.diff(desired: [new], observed: [old])
        #expect(changes.map(\.fields) == [["config.more", "config.rate"]])
    }
}

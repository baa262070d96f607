import Model
import Testing

@testable import TenantStore

@Suite struct DeployedStateTests {
    let folder: TemporaryFolder
    let store: StoreDatabase

    init() throws {
        folder = try TemporaryFolder()
        store = try StoreDatabase.create(atHome: folder.path)
    }

    private let chart = resource(.chartOfAccounts, "spv", path: "charts/spv.yaml")
    private var entity: Resource {
        resource(
            .entity, tenant: "alder", "alder-uk", path: "tenants/alder/entities/alder-uk.yaml",
            references: [chart.key, ResourceKey(.tenant, name: "alder")])
    }

    private func plan(_ changes: [Change], to seed: Int = 1) -> Plan {
        Plan(from: nil, to: revision(seed), changes: changes)
    }

    private func create(_ resource: Resource) -> Change { Change(action: .create, key: resource.key, resource: resource) }

    @Test("An applied plan gives back the same resources, with references and commit")
    func applied() throws {
        let id = try store.begin(plan: plan([create(chart), create(entity)]), at: "t")
        try store.apply(step: 0, of: id)
        #expect(try store.unfinishedPlan()?.nextStep == 1)
        try store.applyAll(of: id, status: nil)
        try store.finish(plan: id, status: .applied, at: "t2")
        #expect(try store.resources() == [chart, entity])
        #expect(try store.resources(kind: .entity, tenant: "alder") == [entity])
        #expect(try store.resources(kind: .entity, tenant: "other").isEmpty)
        #expect(try store.resource(entity.key) == entity)
        #expect(try store.appliedCommit(of: entity.key) == commit(1))
        #expect(try store.referrers(to: chart.key) == [entity.key])
        #expect(try store.resources(atPaths: ["charts/spv.yaml", "none"]) == [chart])
        #expect(try store.resources(under: "tenants/alder") == [entity])
        #expect(try store.resources(under: "tenants/ald").isEmpty)
        #expect(try store.unfinishedPlan() == nil)
    }

    @Test("Applying a step twice changes nothing, and a step cannot be skipped")
    func idempotent() throws {
        let id = try store.begin(plan: plan([create(chart), create(entity)]), at: "t")
        try store.apply(step: 0, of: id)
        try store.apply(step: 0, of: id)
        #expect(try store.unfinishedPlan()?.nextStep == 1)
        try store.apply(step: 1, of: id)
        #expect(throws: StoreError.planStepOutOfOrder(id: id, step: 2, next: 2, count: 2)) {
            try store.apply(step: 2, of: id)
        }
        #expect(try store.resources() == [chart, entity])
    }

    @Test("A plan that is not fully applied cannot end as applied, and only one can be open")
    func oneOpenPlan() throws {
        let id = try store.begin(plan: plan([create(chart)]), at: "t")
        #expect(throws: StoreError.planUnfinished(id: id)) { try store.begin(plan: plan([]), at: "t") }
        #expect(throws: StoreError.planStepOutOfOrder(id: id, step: 1, next: 0, count: 1)) {
            try store.finish(plan: id, status: .applied, at: "t")
        }
        try store.finish(plan: id, status: .abandoned, at: "t")
        #expect(throws: StoreError.planUnknown(id: id)) { try store.apply(step: 0, of: id) }
        #expect(try store.resources().isEmpty)
    }

    @Test("An update replaces spec and references; a delete removes both")
    func updateAndDelete() throws {
        let first = try store.begin(plan: plan([create(chart), create(entity)]), at: "t")
        try store.applyAll(of: first, status: nil)
        try store.finish(plan: first, status: .applied, at: "t")
        var changed = entity
        changed.spec = ["value": 2]
        changed.references = []
        let second = try store.begin(
            plan: plan(
                [
                    Change(action: .update, key: changed.key, fields: ["value"], resource: changed),
                    Change(action: .delete, key: chart.key, resource: nil),
                ], to: 2), at: "t")
        try store.applyAll(of: second, status: nil)
        #expect(try store.resources() == [changed])
        #expect(try store.referrers(to: chart.key).isEmpty)
        #expect(try store.appliedCommit(of: changed.key) == commit(2))
    }

    @Test("A plan of 300 changes is applied step by step")
    func manySteps() throws {
        let changes = (0..<300).map { create(resource(.policy, "p\($0)")) }
        let id = try store.begin(plan: plan(changes), at: "t")
        for step in changes.indices { try store.apply(step: step, of: id) }
        try store.finish(plan: id, status: .applied, at: "t")
        #expect(try store.resources(kind: .policy).count == 300)
    }

    @Test("A plan interrupted between steps is found whole by the next process")
    func interrupted() throws {
        let written = plan([create(chart), create(entity)])
        let id = try store.begin(plan: written, at: "t")
        try store.apply(step: 0, of: id)
        let next = try StoreDatabase.open(atHome: folder.path)
        #expect(try next.unfinishedPlan() == UnfinishedPlan(id: id, plan: written, nextStep: 1, at: "t"))
        try next.applyAll(of: id, status: nil)
        try next.finish(plan: id, status: .applied, at: "t")
        #expect(try next.resources().count == 2)
    }

    @Test("Status, revisions and settings come back as they were set")
    func statusAndSettings() throws {
        #expect(try store.status() == nil)
        let status = ReconcileStatus(
            attempted: revision(2), applied: revision(1), outcome: .stalled, reason: "ManifestInvalid", message: "m",
            problems: [Problem(file: "a.yaml", line: 3, message: "bad", remedy: "mend")], at: "t")
        try store.setStatus(status)
        try store.setStatus(status)
        #expect(try store.status() == status)
        let records = [1, 2, 1].map {
            RevisionRecord(revision: revision($0), firstSeen: "t\($0)", outcome: .ready, changes: $0)
        }
        for record in records { try store.record(record) }
        #expect(try store.revisions(limit: 2) == [records[2], records[1]])
        #expect(try store.firstSeen(commit(1)) == "t1")
        #expect(try store.firstSeen(commit(9)) == nil)
        try store.set("interpreter", to: "a", at: "1")
        try store.set("interpreter", to: "b", at: "2")
        #expect(try store.setting("interpreter") == "b")
        #expect(try store.setting("other") == nil)
        #expect(try store.settingHistory("interpreter").map(\.value) == ["a", "b"])
    }
}

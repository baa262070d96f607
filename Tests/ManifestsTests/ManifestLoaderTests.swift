import Digests
import Foundation
import Model
import Testing

@testable import Manifests

@Suite("Loading a workspace")
struct ManifestLoaderTests {
    @Test("A workspace with every kind loads, sorted by key")
    func loadsEverything() throws {
        let resources = try Samples.loaded()
        #expect(Set(resources.map(\.key.kind)) == Set(ResourceKind.allCases))
        #expect(resources.map(\.key) == resources.map(\.key).sorted())
        let deployment = try #require(resources.first { $0.key.kind == .deployment })
        #expect(
            deployment.references == [
                ResourceKey(.agent, name: "reader"), ResourceKey(.entity, tenant: "alder", name: "alder-uk"),
                ResourceKey(.runbook, name: "nav-monthly"), ResourceKey(.tenant, name: "alder"),
            ])
        #expect(deployment.digest == (try CanonicalJSON.digest(deployment.spec)))
    }

    @Test("Every kind's normalised spec decodes as its typed spec, defaults filled in")
    func decodes() throws {
        let resources = Dictionary(uniqueKeysWithValues: try Samples.loaded().map { ($0.path, $0.spec) })
        func spec<T: Decodable>(_ type: T.Type, _ path: String) throws -> T {
            try #require(resources[path]).decode(type)
        }
        #expect(try spec(WorkspaceSpec.self, "workspace.yaml").minimumVersion == "0.1.0")
        let policy = try spec(PolicySpec.self, "policies/baseline.yaml")
        #expect(policy.signatures == "head" && policy.sandbox == "required" && policy.quorum == 1)
        #expect(policy.limits?.wallSeconds == 900 && policy.limits?.effects == 100_000_000)
        #expect(try spec(ChartSpec.self, "charts/property.yaml").accounts.map(\.code) == ["1000", "4000"])
        #expect(try spec(CalendarSpec.self, "calendars/london.yaml").weekend == ["saturday", "sunday"])
        #expect(try spec(AgentSpec.self, "agents/reader.yaml").timeoutSeconds == 60)
        #expect(try spec(ChannelSpec.self, "notifications/desk.yaml").events == ["run.failed"])
        #expect(try spec(TenantSpec.self, "tenants/alder/tenant.yaml").fiscalYearEnd == "12-31")
        #expect(try spec(EntitySpec.self, "tenants/alder/entities/alder-uk.yaml").labels == ["strategy": "core"])
        let deployment = try spec(DeploymentSpec.self, "tenants/alder/deployments/nav.yaml")
        #expect(deployment.limits == .standard && !deployment.suspend && deployment.config["quorum"] == 2)
        let schedule = try spec(ScheduleSpec.self, "tenants/alder/schedules/nav.yaml")
        #expect(schedule.catchUp.windowHours == 24 && schedule.roll == "following" && schedule.freeze.isEmpty)
        #expect(schedule.businessDay == nil && schedule.start == nil && schedule.end == nil)
        let runbook = try spec(RunbookSpec.self, "runbooks/nav-monthly")
        #expect(runbook.steps.map(\.id) == ["bank"] && runbook.tree != nil && runbook.config_schema != nil)
    }

    @Test("A plain directory loads without tree ids")
    func plainDirectory() throws {
        let folder = try TemporaryFolder()
        try folder.write(Samples.workspace)
        guard case .loaded(let resources) = try ManifestLoader.load(DirectorySource(root: folder.url)) else {
            Issue.record("the directory has problems")
            return
        }
        #expect(resources.map(\.key) == (try Samples.loaded().map(\.key)))
        #expect(resources.first { $0.key.kind == .runbook }?.spec["tree"] == nil)
    }

    @Test("An empty repository is told that it has no workspace.yaml")
    func empty() throws {
        let result = try ManifestLoader.load(MemorySource([:]))
        guard case .problems(let problems) = result else { return #expect(Bool(false)) }
        #expect(problems.map(\.file) == ["workspace.yaml"])
    }

    @Test("With a tenant only its part and what is shared becomes resources, but all is validated")
    func oneTenant() throws {
        var files = Samples.workspace
        files["tenants/birch/tenant.yaml"] = files["tenants/alder/tenant.yaml"]?.replacing("alder", with: "birch")
        files["tenants/birch/entities/b.yaml"] = Samples.entity("b")
        let resources = try Samples.loaded(files, tenant: "alder")
        #expect(!resources.contains { $0.key.owner == "birch" })
        #expect(resources.contains { $0.key == ResourceKey(.capabilities, name: "shared") })
        #expect(resources.contains { $0.key == ResourceKey(.capabilities, tenant: "alder", name: "alder") })
        files["tenants/birch/entities/b.yaml"] = Samples.entity("b", chart: "none")
        #expect(throws: ManifestError.self) { try Samples.loaded(files, tenant: "alder") }
        #expect(throws: ManifestError.self) { try Samples.loaded(tenant: "cedar") }
    }

    @Test("Problems of many files come all at once, sorted, each with file, line and remedy")
    func allProblems() throws {
        let problems = try Samples.problems { files in
            files["tenants/alder/entities/alder-uk.yaml"]?.replace("GBP", with: "Pounds")
            files["charts/property.yaml"]?.replace("type: income", with: "type: incom")
            files["tenants/alder/schedules/nav.yaml"]?.replace("calendar: london", with: "calender: london")
        }
        #expect(problems.map(\.file) == problems.map(\.file).sorted())
        #expect(problems.map(\.line) == [7, 8, 9])
        #expect(problems.allSatisfy { !$0.remedy.isEmpty && $0.column > 0 })
        #expect(problems[0].remedy == "Did you mean 'income'?")
        #expect(problems[2].remedy == "Did you mean 'calendar'?")
    }
}

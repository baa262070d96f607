import Model
import Testing

@testable import Manifests

@Suite("Folders bind kinds")
struct LayoutTests {
    private let policy = Samples.workspace["policies/baseline.yaml"] ?? ""

    @Test(
        "A manifest that no folder claims is refused with a remedy",
        arguments: [
            "policy.yaml", "charts/deep/p.yaml", "runbooks/p.yaml", "runbooks/nav-monthly/p.yaml",
            "runbooks/nav-monthly/lib/p.yaml",
            "runbooks/nav-monthly/tests/p.yaml", "capabilities/p.yaml", "tenants/p.yaml", "tenants/alder/p.yaml",
            "tenants/alder/policies/p.yaml", "tenants/alder/capabilities/p.yml", "tenants/alder/entities/deep/p.yaml",
            "Policies/p.yaml",
            "docs/p.YML",
        ])
    func smuggled(path: String) throws {
        let problems = try Samples.problems { $0[path] = policy }
        #expect(problems.map(\.file) == [path])
        #expect(problems.allSatisfy { $0.message.contains("folders bind kinds") && !$0.remedy.isEmpty })
    }

    @Test(
        "A kind in another kind's folder is told where it belongs",
        arguments: ["charts/baseline.yaml", "tenants/alder/entities/baseline.yaml", "agents/baseline.yaml"])
    func wrongFolder(path: String) throws {
        let problems = try Samples.problems { $0[path] = policy }
        #expect(problems.map(\.file) == [path])
        #expect(problems.map(\.line) == [2])
        #expect(problems.first?.remedy == "Move the Policy to policies/")
    }

    @Test(
        "Files that are no manifests stand anywhere",
        arguments: [
            "README.md", "LICENSE", "docs/guide.md", "charts/README.md", "runbooks/README.md",
            "runbooks/draft/README.md",
            "tenants/alder/notes.txt", ".gitlab-ci.yml", "policies/.hidden.yaml", "runbooks/nav-monthly/.cache/x.yaml",
            "runbooks/nav-monthly/tests/fixtures/deep/x.yml", "runbooks/nav-monthly/requirements.lock",
            "tenants/README.md",
            "capabilities/data.json", "scripts/run.py",
        ])
    func lenient(path: String) throws {
        #expect(try Samples.problems { $0[path] = "anything: [" } == [])
    }

    @Test(
        "A name that is no name is refused where it stands",
        arguments: [
            ("charts/My_Chart.yaml", "charts/My_Chart.yaml"), ("charts/.yaml.yaml", ""),
            ("charts/x.yml", "charts/x.yml"),
            ("charts/x.YAML", "charts/x.YAML"), ("tenants/Alder_2/tenant.yaml", "tenants/Alder_2"),
            ("runbooks/Nav_Monthly/main.py", "runbooks/Nav_Monthly"), ("charts/a b.yaml", "charts/a b.yaml"),
        ])
    func names(path: String, blamed: String) throws {
        let problems = try Samples.problems { $0[path] = "x: 1\n" }
        #expect(problems.map(\.file) == (blamed.isEmpty ? [] : [blamed]))
    }

    @Test("The name equals the file's name, the tenant's its folder's, and the workspace names itself")
    func nameFollowsPath() throws {
        #expect(
            try Samples.problems { $0["charts/property.yaml"]?.replace("name: property\n", with: "name: other\n") }.map(
                \.line) == [3])
        #expect(
            try Samples.problems { $0["tenants/alder/tenant.yaml"]?.replace("name: alder", with: "name: birch") }.map(
                \.remedy)
                == ["Write name: alder, or rename the folder"])
        #expect(try Samples.problems { $0["workspace.yaml"]?.replace("alder-funds", with: "anything") } == [])
        #expect(
            try Samples.problems {
                $0["runbooks/nav-monthly/runbook.md"]?.replace("slug: nav-monthly", with: "slug: nav")
            }.map(\.line) == [2])
    }

    @Test("A tenant's folder without tenant.yaml is one problem, however much is in it")
    func tenantMissing() throws {
        let problems = try Samples.problems { $0["tenants/alder/tenant.yaml"] = nil }
        #expect(problems.map(\.file) == ["tenants/alder/tenant.yaml"])
    }

    @Test("A runbook's folder with code needs its runbook.md")
    func runbookMissing() throws {
        let problems = try Samples.problems { $0["runbooks/loans/loans.py"] = "" }
        #expect(problems.map(\.file) == ["runbooks/loans/runbook.md"])
    }
}

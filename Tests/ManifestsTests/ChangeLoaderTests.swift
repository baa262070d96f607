import Manifests
import Model
import Testing

@Suite("Loading a change")
struct ChangeLoaderTests {
    @Test("After random edits a change load equals a full load", arguments: [nil, "alder"])
    func equalsFullLoad(tenant: String?) throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed \(seed)")
        var generator = WorkspaceGenerator(seed: seed)
        var accepted = generator.workspace()
        var index = MemoryIndex(try resources(accepted, tenant))
        var outcomes = (refused: 0, changed: 0)
        for round in 0..<200 {
            var files = accepted
            let paths = generator.edit(&files)
            let full = try ManifestLoader.load(MemorySource(files), tenant: tenant)
            let change = try ManifestLoader.loadChanged(
                MemorySource(files), changedPaths: paths, index: index, tenant: tenant)
            switch (full, change) {
            case (.problems(let expected), .problems(let found)):
                outcomes.refused += 1
                #expect(found == expected, "seed \(seed), round \(round), \(paths)")
            case (.loaded(let expected), .changed(let delta)):
                outcomes.changed += 1
                let untouched = delta.upserts.filter { index.all[$0.key] == $0 }.map(\.key)
                #expect(untouched.isEmpty)
                index.apply(delta)
                #expect(
                    index.all.values.sorted { $0.key < $1.key } == expected, "seed \(seed), round \(round), \(paths)")
                accepted = files
            default:
                Issue.record("seed \(seed), round \(round), \(paths): \(full) but \(change)")
                return
            }
        }
        #expect(outcomes.refused > 20 && outcomes.changed > 20)
    }

    @Test("A change to one file reads that file alone")
    func readsOnlyTheChange() throws {
        let before = Samples.workspace
        let index = MemoryIndex(try resources(before, nil))
        var files = before
        files["tenants/alder/deployments/nav.yaml"]?.replace("0.015", with: "0.02")
        let source = MemorySource(files)
        let result = try ManifestLoader.loadChanged(
            source, changedPaths: ["tenants/alder/deployments/nav.yaml"], index: index)
        guard case .changed(let delta) = result else { return #expect(Bool(false), "\(result)") }
        #expect(source.reads == ["tenants/alder/deployments/nav.yaml"])
        #expect(delta.upserts.map(\.key.name) == ["nav"] && delta.deletes.isEmpty)
    }

    @Test("Paths that changed nothing of meaning give an empty difference")
    func emptyDelta() throws {
        var files = Samples.workspace
        let index = MemoryIndex(try resources(files, nil))
        files["tenants/alder/entities/alder-uk.yaml"]? += "# a comment\n"
        files["README.md"] = "changed"
        let result = try ManifestLoader.loadChanged(
            MemorySource(files), changedPaths: ["tenants/alder/entities/alder-uk.yaml", "README.md", "never/was.txt"],
            index: index)
        #expect(result == .changed(Delta()))
    }

    struct Breakage: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var path: String
        var edit: @Sendable (String) -> String?
        var blamed: String
        var line: Int
        var message: String
    }

    static let breakages = [
        Breakage(
            testDescription: "an entity that a deployment names is deleted",
            path: "tenants/alder/entities/alder-uk.yaml",
            edit: { _ in nil }, blamed: "tenants/alder/deployments/nav.yaml", line: 7,
            message: "There is no Entity 'alder-uk' of tenant 'alder'"),
        Breakage(
            testDescription: "a label that a selector needs changes", path: "tenants/alder/entities/alder-uk.yaml",
            edit: { $0.replacing("core", with: "value") }, blamed: "tenants/alder/deployments/nav.yaml", line: 8,
            message: "No entity of tenant 'alder' carries these labels"),
        Breakage(
            testDescription: "a runbook refuses a configuration that it took", path: "runbooks/nav-monthly/runbook.md",
            edit: { $0.replacing("maximum: 5", with: "maximum: 1") }, blamed: "tenants/alder/deployments/nav.yaml",
            line: 11,
            message: "'quorum' must be at most 1, not 2"),
        Breakage(
            testDescription: "a chart is removed", path: "charts/property.yaml", edit: { _ in nil },
            blamed: "tenants/alder/entities/alder-uk.yaml", line: 9, message: "There is no ChartOfAccounts 'property'"),
        Breakage(
            testDescription: "the tenant's own file is removed", path: "tenants/alder/tenant.yaml", edit: { _ in nil },
            blamed: "tenants/alder/tenant.yaml", line: 0, message: "The tenant 'alder' has no tenant.yaml"),
        Breakage(
            testDescription: "an entry point's module is removed", path: "runbooks/nav-monthly/nav_monthly.py",
            edit: { _ in nil }, blamed: "runbooks/nav-monthly/runbook.md", line: 7,
            message: "The entry point's module nav_monthly.py is not in the folder"),
    ]

    @Test("A change elsewhere is found in the file that it makes wrong, on its line", arguments: breakages)
    func blamesTheUnchangedFile(_ breakage: Breakage) throws {
        var files = Samples.workspace
        let index = MemoryIndex(try resources(files, nil))
        files[breakage.path] = breakage.edit(try #require(files[breakage.path]))
        let result = try ManifestLoader.loadChanged(MemorySource(files), changedPaths: [breakage.path], index: index)
        guard case .problems(let problems) = result else { return #expect(Bool(false), "\(result)") }
        let found = try #require(problems.first { $0.file == breakage.blamed })
        #expect(found.line == breakage.line)
        #expect(found.message == breakage.message)
        #expect(try ManifestLoader.load(MemorySource(files)) == .problems(problems))
    }

    private func resources(_ files: [String: String], _ tenant: String?) throws -> [Resource] {
        try Samples.loaded(files, tenant: tenant)
    }
}

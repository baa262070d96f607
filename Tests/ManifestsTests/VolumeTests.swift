import Foundation
import Manifests
import Model
import Testing

@Suite("Ten thousand manifests")
struct VolumeTests {
    /// 100 deployments with schedules and many entities of one tenant, and what they share.
    private func workspace(entities: Int = 9_780) -> [String: String] {
        var files = Samples.workspace
        for index in 0..<entities {
            files["tenants/alder/entities/e\(index).yaml"] = Samples.entity("e\(index)")
        }
        for index in 0..<100 {
            files["tenants/alder/deployments/d\(index).yaml"] = Samples.workspace["tenants/alder/deployments/nav.yaml"]?
                .replacing("name: nav\n", with: "name: d\(index)\n").replacing("[alder-uk]", with: "[e\(index)]")
            files["tenants/alder/schedules/s\(index).yaml"] = Samples.workspace["tenants/alder/schedules/nav.yaml"]?
                .replacing("name: nav\n", with: "name: s\(index)\n").replacing(
                    "deployment: nav", with: "deployment: d\(index)")
        }
        return files
    }

    /// Times are printed, not judged: the machine may be busy. What is judged is the work, by the files read.
    @Test("One changed manifest costs a hundredth of a full load at most")
    func oneChange() throws {
        var files = workspace()
        let clock = ContinuousClock()
        var loaded: [Resource] = []
        let full = try clock.measure { loaded = try Samples.loaded(files) }
        let index = MemoryIndex(loaded)
        files["tenants/alder/deployments/d7.yaml"]?.replace("0.015", with: "0.02")
        let source = MemorySource(files)
        var result = ChangeResult.changed(Delta())
        let change = try clock.measure {
            result = try ManifestLoader.loadChanged(
                source, changedPaths: ["tenants/alder/deployments/d7.yaml"], index: index, tenant: "alder")
        }
        print("full load of \(loaded.count) resources \(full), change of one \(change)")
        guard case .changed(let delta) = result else { return #expect(Bool(false), "\(result)") }
        #expect(delta.upserts.map(\.key.name) == ["d7"])
        #expect(source.reads.count <= loaded.count / 100)
    }

    @Test("Thousands of problems come all at once")
    func manyProblems() throws {
        var files = workspace(entities: 2_000)
        files["charts/property.yaml"] = nil
        guard case .problems(let problems) = try ManifestLoader.load(MemorySource(files)) else {
            return #expect(Bool(false))
        }
        #expect(problems.count == 2_001)
    }
}

import Manifests
import Model

/// Random numbers that a printed seed repeats.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// Generated workspaces, and random edits of them that often break something.
struct WorkspaceGenerator {
    var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    private let tenants = ["alder", "birch"]
    private let charts = ["c1", "c2"]
    private let runbooks = ["r1", "r2"]

    /// A valid workspace of two tenants.
    mutating func workspace() -> [String: String] {
        var files = Samples.workspace.filter { !$0.key.hasPrefix("tenants/") && !$0.key.hasPrefix("runbooks/") }
        for chart in charts {
            files["charts/\(chart).yaml"] = Samples.workspace["charts/property.yaml"]?.replacing(
                "name: property", with: "name: \(chart)")
        }
        for slug in runbooks {
            files["runbooks/\(slug)/runbook.md"] = runbook(slug, rate: "integer")
            files["runbooks/\(slug)/main.py"] = "def run(run): ...\n"
        }
        for tenant in tenants {
            files["tenants/\(tenant)/tenant.yaml"] = Samples.workspace["tenants/alder/tenant.yaml"]?.replacing(
                "name: alder", with: "name: \(tenant)")
            for index in 0..<4 { files["tenants/\(tenant)/entities/e\(index).yaml"] = entity("e\(index)") }
            for index in 0..<3 {
                files["tenants/\(tenant)/deployments/d\(index).yaml"] = deployment("d\(index)", "e\(index)", label: nil)
                files["tenants/\(tenant)/schedules/s\(index).yaml"] = schedule("s\(index)", "d\(index)")
            }
        }
        return files
    }

    /// Makes one to three edits; returns the paths they touch.
    mutating func edit(_ files: inout [String: String]) -> [String] {
        var changed: Set<String> = []
        for _ in 0..<Int.random(in: 1...3, using: &random) { changed.formUnion(editOnce(&files)) }
        return changed.sorted()
    }

    private mutating func editOnce(_ files: inout [String: String]) -> [String] {
        let tenant = pick(tenants)
        let number = Int.random(in: 0..<5, using: &random)
        switch Int.random(in: 0..<18, using: &random) {
        case 0: return remove(pick(files.keys.sorted()), &files)
        case 1, 2: return put("tenants/\(tenant)/entities/e\(number).yaml", entity("e\(number)"), &files)
        case 3, 4:
            let text = deployment("d\(number)", "e\(pick([0, 1, 2, 3]))", label: pick([nil, "core", "value"]))
            return put("tenants/\(tenant)/deployments/d\(number).yaml", text, &files)
        case 5:
            return put(
                "tenants/\(tenant)/schedules/s\(number).yaml", schedule("s\(number)", "d\(pick([0, 1, 2, 3]))"), &files)
        case 6, 7:
            let slug = pick(runbooks)
            return put(
                "runbooks/\(slug)/runbook.md", runbook(slug, rate: pick(["integer", "integer", "string"])), &files)
        case 8: return put("runbooks/\(pick(runbooks))/main.py", "x = \(number)\n", &files)
        case 9: return remove("tenants/\(tenant)/entities/e\(number).yaml", &files)
        case 10: return remove("tenants/\(tenant)/deployments/d\(number).yaml", &files)
        case 11: return rename("charts/\(pick(charts)).yaml", "charts/c\(number).yaml", &files)
        case 12:
            return put(
                pick(["stray.yaml", "charts/deep/x.yaml", "tenants/\(tenant)/x.yml", "runbooks/r1/p.yaml"]), "a: 1\n",
                &files)
        case 13: return put("tenants/\(tenant)/capabilities/m\(number).py", "x = \(number)\n", &files)
        case 14: return breakOne(&files)
        case 15:
            return removeFolder(pick(["runbooks/r1/", "tenants/birch/", "tenants/alder/capabilities/"]), &files)
        case 16: return removeFolder("tenants/\(tenant)/schedules/s\(number)", &files)
        default:
            return put(
                "workspace.yaml", Samples.manifest("Workspace", pick(["alder-funds", "renamed"]), "  {}"), &files)
        }
    }

    private mutating func breakOne(_ files: inout [String: String]) -> [String] {
        let path = pick(files.keys.sorted().filter { $0.hasSuffix(".yaml") })
        return put(path, pick(["", "kind: [", "kind: Policy\n", "a: &x 1\n"]), &files)
    }

    private mutating func pick<T>(_ choices: [T]) -> T { choices[Int.random(in: 0..<choices.count, using: &random)] }

    private func put(_ path: String, _ text: String, _ files: inout [String: String]) -> [String] {
        files[path] = text
        return [path]
    }

    private func remove(_ path: String, _ files: inout [String: String]) -> [String] {
        files.removeValue(forKey: path) == nil ? [] : [path]
    }

    private func removeFolder(_ prefix: String, _ files: inout [String: String]) -> [String] {
        let paths = files.keys.filter { $0.hasPrefix(prefix) }
        for path in paths { files[path] = nil }
        return paths
    }

    private func rename(_ from: String, _ to: String, _ files: inout [String: String]) -> [String] {
        guard let text = files.removeValue(forKey: from) else { return [] }
        files[to] = text.replacing("name: c1", with: "name: c9").replacing("name: c2", with: "name: c9")
            .replacing("name: c9", with: "name: " + to.dropFirst(7).dropLast(5))
        return [from, to]
    }

    private mutating func entity(_ name: String) -> String {
        Samples.entity(name, strategy: pick(["core", "core", "value"]), chart: pick(charts))
    }

    private mutating func deployment(_ name: String, _ entity: String, label: String?) -> String {
        Samples.manifest(
            "Deployment", name,
            """
              runbook: \(pick(runbooks))
              entities:
                names: [\(entity)]
                labels: {\(label.map { "strategy: " + $0 } ?? "")}
              config: {rate: \(pick(["1", "2", "2", "9"]))}
            """)
    }

    private func schedule(_ name: String, _ deployment: String) -> String {
        Samples.manifest(
            "Schedule", name,
            "  deployment: \(deployment)\n  cron: '@monthly'\n  timeZone: Europe/London\n  period: previous-month")
    }

    private func runbook(_ slug: String, rate: String) -> String {
        """
        ---
        slug: \(slug)
        name: Test
        version: '1'
        state: ACTIVE
        author: Test
        entrypoint: main:run
        config_schema: {properties: {rate: {type: \(rate)}}}
        ---
        """
    }
}

/// What was accepted before, kept in memory; the store keeps the same in a database.
struct MemoryIndex: ResourceIndex {
    private(set) var all: [ResourceKey: Resource] = [:]

    init(_ resources: [Resource]) { for resource in resources { all[resource.key] = resource } }

    mutating func apply(_ delta: Delta) {
        for key in delta.deletes { all[key] = nil }
        for resource in delta.upserts { all[resource.key] = resource }
    }

    func resource(_ key: ResourceKey) throws -> Resource? { all[key] }

    func referrers(to key: ResourceKey) throws -> [ResourceKey] {
        all.values.filter { $0.references.contains(key) }.map(\.key)
    }

    func resources(kind: ResourceKind, tenant: String?) throws -> [Resource] {
        all.values.filter { $0.key.kind == kind && $0.key.tenant == tenant }
    }
}

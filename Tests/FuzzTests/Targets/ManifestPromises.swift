import Digests
import Model
import Schedules

@testable import Manifests

/// Loading a workspace, whatever its files hold.
enum ManifestPromises {
    /// The input's files are laid over the small workspace.
    @Sendable static func check(_ input: [UInt8]) throws {
        var files = SmallWorkspace.files
        var changed: [String] = []
        for entry in InputFiles(input).entries {
            guard let bytes = entry.bytes else {
                files.remove(entry.path)
                changed.append(entry.path)
                continue
            }
            if files.put(entry.path, bytes) { changed.append(entry.path) }
        }
        // Both ways to keep an index are worth trying, and an input must always mean the same.
        try check(files, changed, tenant: input.count % 2 == 0 ? nil : "alder")
    }

    static func check(_ files: FileSet, _ changed: [String], tenant: String?) throws {
        let index = SmallWorkspace.index(tenant: tenant)
        let whole = try ManifestLoader.load(files, tenant: tenant)
        let part = try ManifestLoader.loadChanged(files, changedPaths: changed, index: index, tenant: tenant)
        switch (whole, part) {
        case (.problems(let expected), .problems(let found)):
            try BrokenPromise.check(expected)
            let (missed, extra) = (expected.filter { !found.contains($0) }, found.filter { !expected.contains($0) })
            try promise(found == expected, "a change load misses \(missed) and adds \(extra)")
        case (.loaded(let expected), .changed(let delta)):
            let reached = index.applying(delta)
            try promise(reached.sorted == expected, "the difference \(delta) does not lead to \(expected)")
            try check(expected)
            try goesBack(from: reached, changed, tenant)
            try isNormal(files, delta, index, tenant)
        default:
            throw BrokenPromise(description: "a full load gave \(whole), a change load \(part)")
        }
    }

    /// What was loaded is what the rest of the product takes for granted.
    private static func check(_ resources: [Resource]) throws {
        try promise(Set(resources.map(\.key)).count == resources.count, "two resources have one key")
        var calendars: [String: CalendarSpec] = [:]
        for resource in resources {
            try promise(try CanonicalJSON.digest(resource.spec) == resource.digest, "\(resource.key) has another's digest")
            try decodes(resource)
            if resource.key.kind == .calendar { calendars[resource.key.name] = try resource.spec.decode(CalendarSpec.self) }
        }
        for resource in resources where resource.key.kind == .schedule {
            let spec = try resource.spec.decode(ScheduleSpec.self)
            do throws(ScheduleError) {
                _ = try Schedule(spec, calendar: spec.calendar.flatMap { calendars[$0] })
            } catch {
                // The one thing that the calendar's own holidays decide.
                try promise(error == .noBusinessDay, "an accepted schedule cannot be followed: \(error)")
            }
        }
    }

    private static func decodes(_ resource: Resource) throws {
        let spec = resource.spec
        switch resource.key.kind {
        case .workspace: _ = try spec.decode(WorkspaceSpec.self)
        case .policy: _ = try spec.decode(PolicySpec.self)
        case .chartOfAccounts: _ = try spec.decode(ChartSpec.self)
        case .calendar: _ = try spec.decode(CalendarSpec.self)
        case .agent: _ = try spec.decode(AgentSpec.self)
        case .notificationChannel: _ = try spec.decode(ChannelSpec.self)
        case .tenant: _ = try spec.decode(TenantSpec.self)
        case .entity: _ = try spec.decode(EntitySpec.self)
        case .deployment: _ = try spec.decode(DeploymentSpec.self)
        case .schedule: _ = try spec.decode(ScheduleSpec.self)
        case .runbook: _ = try spec.decode(RunbookSpec.self)
        case .capabilities: break
        }
    }

    /// Reverting the commit leads back to exactly what was there.
    private static func goesBack(from index: MemoryIndex, _ changed: [String], _ tenant: String?) throws {
        let back = try ManifestLoader.loadChanged(
            SmallWorkspace.files, changedPaths: changed, index: index, tenant: tenant)
        guard case .changed(let delta) = back else { throw BrokenPromise(description: "a revert gave \(back)") }
        try promise(
            index.applying(delta).sorted == SmallWorkspace.index(tenant: tenant).sorted,
            "a revert does not lead back: \(delta)")
    }

    /// A manifest written out from what was loaded loads as the same.
    private static func isNormal(_ files: FileSet, _ delta: Delta, _ index: MemoryIndex, _ tenant: String?) throws {
        var files = files
        let written = delta.upserts.filter { KindTable.of($0.key.kind) != nil }
        for resource in written {
            let document: JSONValue = [
                "apiVersion": "assay/v1", "kind": .string(resource.key.kind.rawValue), "name": .string(resource.key.name),
                "spec": resource.spec,
            ]
            try promise(files.put(resource.path, Array(FlowYAML.text(document).utf8)), "\(resource.path) is no path")
        }
        guard !written.isEmpty else { return }
        let again = try ManifestLoader.loadChanged(
            files, changedPaths: written.map(\.path), index: index.applying(delta), tenant: tenant)
        try promise(again == .changed(Delta()), "written out and read again it differs: \(again)")
    }
}

import Digests
import Model
import TenantStore

/// Everything that is kept about one run, read together.
public struct RunDetails: Sendable {
    public var run: RunRow
    public var spec: RunSpec
    public var outputs: [Output]
    public var steps: JSONValue
    public var logs: JSONValue
    public var events: [Event]
    /// Folder of the published outputs, absolute.
    public var folder: String
    public var isStale: Bool

    public static func read(_ run: RunRow, _ context: HomeContext, isStale: Bool? = nil) async throws -> RunDetails {
        let known: Bool
        if let isStale { known = isStale } else { known = try await context.store.staleRuns().contains { $0.id == run.id } }
        let record = try await context.store.record(run: run.id)
        return RunDetails(
            run: run, spec: try CanonicalJSON.parse(Array(run.spec.utf8)).decode(RunSpec.self),
            outputs: try await context.store.outputs(run: run.id), steps: record?.steps ?? [], logs: record?.logs ?? [],
            events: try await context.store.events(run: run.id), folder: Publisher.folder(of: run, in: context.home),
            isStale: known)
    }

    /// The statement that a run's stamp signs.
    public static func statement(_ run: RunRow, _ context: HomeContext) async throws -> JSONValue {
        guard let stamp = try await context.store.stamp(run: run.id) else { throw StampError.stampMissing(run: run.id) }
        return try StampReader(try context.objects.get(stamp.envelopeSHA256), place: "of run \(run.id)").statement
    }
}

import Executor
import Model
import TenantStore

/// Asks the tenant's data platform for a run, on a queue of its own: a query may take its time.
actor DataPlatformReader {
    private nonisolated let queue = QueueExecutor(label: "assay.platform")
    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }
    private let path: String?

    /// `path`: the SQLite file; `nil` where the home has none.
    init(path: String?) { self.path = path }

    func query(_ sql: String, _ parameters: [JSONValue]) -> EffectAnswer.Outcome {
        guard let path else {
            return .error(
                reason: "DataPlatformMissing", message: "this home has no data platform: set dataPlatform in config.yaml")
        }
        do {
            return .ok(try SQLiteDataPlatform(path: path).query(sql, parameters: parameters), body: nil)
        } catch let error as any AssayError {
            return .error(reason: error.reason, message: error.description)
        } catch {
            return .error(reason: "QueryFailed", message: "the data platform could not be asked")
        }
    }
}

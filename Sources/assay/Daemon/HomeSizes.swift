import Foundation
import Model
import Reconciler

/// Figures of a home that cost something to find, so that they are found only now and then; on a queue of their own.
actor HomeSizes {
    private nonisolated let queue = QueueExecutor(label: "assay.sizes")
    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    struct Sizes: Sendable {
        var store: Int64 = 0
        var objects: Int64?
        var packs = 0
        var staleRuns: Int?
    }

    private var last = Sizes()
    private var objectsAt: ContinuousClock.Instant?
    private var staleAt: (mark: Int, time: ContinuousClock.Instant)?

    /// `stale` grows whenever the number of stale runs may have changed.
    func measure(_ context: HomeContext, stale mark: Int) async -> Sizes {
        let store = context.home.path + "/state.db"
        last.store = size(store) + size(store + "-wal")
        let packs = (try? FileManager.default.contentsOfDirectory(atPath: context.home.mirror + "/objects/pack")) ?? []
        last.packs = packs.count { $0.hasSuffix(".pack") }
        if objectsAt.map({ .now - $0 > .seconds(3_600) }) ?? true {
            last.objects = total(context.home.objects)
            objectsAt = .now
        }
        // It looks at every run.
        if staleAt.map({ $0.mark != mark && .now - $0.time > .seconds(60) }) ?? true,
            let runs = try? await context.store.staleRuns()
        {
            last.staleRuns = runs.count
            staleAt = (mark, .now)
        }
        return last
    }

    private func size(_ path: String) -> Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }

    /// Objects lie one folder deep.
    private func total(_ folder: String) -> Int64 {
        let manager = FileManager.default
        let folders = (try? manager.contentsOfDirectory(atPath: folder)) ?? []
        return folders.reduce(0) { sum, name in
            let files = (try? manager.contentsOfDirectory(atPath: "\(folder)/\(name)")) ?? []
            return files.reduce(sum) { $0 + size("\(folder)/\(name)/\($1)") }
        }
    }
}

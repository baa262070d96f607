import Model

/// Compacts on a queue of its own, one thing at a time.
actor Compactor {
    private let path: String
    private let faults: FaultPoints
    private nonisolated let queue = QueueExecutor(label: "assay.compact")
    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    init(path: String, faults: FaultPoints) {
        self.path = path
        self.faults = faults
    }

    func compact(_ limits: CompactionLimits) throws -> Bool { try Compaction(of: path, limits).run(faults) }
}

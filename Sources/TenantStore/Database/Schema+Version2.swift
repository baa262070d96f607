/// Version 2 of the store: what a daemon of years needs. Each part stands in the file of its room.
extension Schema {
    static let version2 = [reconcileHistory, scheduleTables, outboxTables, logTables].joined(separator: "\n")
}

// What became of each start of a schedule, and what the host suspends.
extension Schema {
    static let scheduleTables = ""
}

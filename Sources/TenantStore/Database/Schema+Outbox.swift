// What is to be said to the outside and has not arrived yet.
extension Schema {
    static let outboxTables = ""
}

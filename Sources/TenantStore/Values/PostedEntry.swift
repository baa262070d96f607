import Model

/// Names one posted entry: its run and its number within it.
public struct EntryReference: Hashable, Sendable {
    public var run: String
    public var number: Int

    public init(run: String, number: Int) {
        self.run = run
        self.number = number
    }
}

/// An entry as posted, with what became of it.
public struct PostedEntry: Hashable, Sendable {
    public var run: String
    public var entity: String
    /// The period of the run that posted it.
    public var period: Period
    public var entry: JournalEntry
    /// Set when this entry only takes back another.
    public var reverses: EntryReference?
    /// Set when a later run took this entry back.
    public var reversedBy: EntryReference?

    /// Whether the entry counts in balances.
    public var isEffective: Bool { reverses == nil && reversedBy == nil }
}

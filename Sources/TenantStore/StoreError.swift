import Model

/// Everything that can go wrong with the store, the objects, the lock and the data platform.
public enum StoreError: AssayError, Equatable {
    /// SQLite refused: extended code, its message, the SQL without values.
    case database(code: Int32, detail: String, sql: String)
    case storeMissing(path: String)
    case storeExists(path: String)
    case notAStore(path: String)
    case newerStore(path: String, found: Int, supported: Int)
    /// Read-only opening of a store that an upgrade has to change first.
    case migrationNeeded(path: String, found: Int, supported: Int)
    case damagedRow(query: String, detail: String)
    case logBroken(detail: String)

    case planUnfinished(id: Int64)
    case planUnknown(id: Int64)
    case planStepOutOfOrder(id: Int64, step: Int, next: Int, count: Int)

    case runUnknown(id: String)
    case runIdentifierInvalid(id: String)
    case runStateUnsuitable(id: String, state: RunState, wanted: String)
    case eventOutOfSequence(run: String, sequence: Int, expected: Int)
    case eventUnknown(run: String, sequence: Int)
    case eventComplete(run: String, sequence: Int)
    case entryInvalid(run: String, number: Int, detail: String)
    case entryUnbalanced(run: String, number: Int, currency: Currency, difference: Int64)
    case amountOverflow(place: String)
    case supersessionChanged(run: String, expected: String?, actual: String?)

    case firingUnknown(key: String)
    /// What was pending in a start has been given up already.
    case firingOver(key: String, reason: String)

    case objectMissing(ContentDigest)
    case objectDamaged(expected: ContentDigest, actual: ContentDigest)
    case treeDamaged(tree: ContentDigest, problems: [String])
    case notRegularFile(path: String)
    case fileOperation(operation: String, path: String, errno: Int32)

    case homeLocked(path: String, holder: HomeLock.Holder?)

    case dataPlatformMissing(path: String)
    case queryRefused(detail: String)
    case queryFailed(detail: String)
    case queryLimit(detail: String)
}

import Glibc
import Model

// The words of every error: what is wrong with which thing, and what to do.
extension StoreError {
    public var reason: String {
        switch self {
        case .database: "StoreFailed"
        case .storeMissing: "StoreMissing"
        case .storeExists: "StoreExists"
        case .notAStore: "NotAStore"
        case .newerStore: "StoreNewer"
        case .migrationNeeded: "StoreOlder"
        case .damagedRow: "StoreDamaged"
        case .logBroken: "LogBroken"
        case .planUnfinished: "PlanUnfinished"
        case .planUnknown: "PlanUnknown"
        case .planStepOutOfOrder: "PlanStepOutOfOrder"
        case .runUnknown: "RunUnknown"
        case .runIdentifierInvalid: "RunIdentifierInvalid"
        case .runStateUnsuitable: "RunStateUnsuitable"
        case .eventOutOfSequence: "EventOutOfSequence"
        case .eventUnknown: "EventUnknown"
        case .eventComplete: "EventComplete"
        case .entryInvalid: "EntryInvalid"
        case .entryUnbalanced: "EntryUnbalanced"
        case .amountOverflow: "AmountOverflow"
        case .supersessionChanged: "SupersessionChanged"
        case .firingUnknown: "FiringUnknown"
        case .firingOver: "FiringOver"
        case .objectMissing: "ObjectMissing"
        case .objectDamaged: "ObjectDamaged"
        case .treeDamaged: "TreeDamaged"
        case .notRegularFile: "NotRegularFile"
        case .fileOperation: "FileOperationFailed"
        case .homeLocked: "HomeLocked"
        case .dataPlatformMissing: "DataPlatformMissing"
        case .queryRefused: "QueryRefused"
        case .queryFailed: "QueryFailed"
        case .queryLimit: "QueryLimitExceeded"
        }
    }

    public var message: String {
        switch self {
        case .database(let code, let detail, let sql):
            "the store failed with SQLite error \(code) (\(detail)) at: \(StoreError.shortened(sql))"
        case .storeMissing(let path): "there is no store at \(path)"
        case .storeExists(let path): "there is a store at \(path) already"
        case .notAStore(let path): "\(path) is not a store of assay"
        case .newerStore(let path, let found, let supported):
            "the store \(path) has version \(found); this program knows versions up to \(supported)"
        case .migrationNeeded(let path, let found, let supported):
            "the store \(path) has version \(found) and has to be brought to version \(supported) first"
        case .damagedRow(let query, let detail):
            "a row of the store cannot be read (\(detail)) at: \(StoreError.shortened(query))"
        case .logBroken(let detail): "the transparency log is damaged: \(detail)"
        case .planUnfinished(let id): "plan \(id) is not finished"
        case .planUnknown(let id): "plan \(id) is not open"
        case .planStepOutOfOrder(let id, let step, let next, let count):
            "step \(step) of plan \(id) is out of order: the next one is \(next) of \(count)"
        case .runUnknown(let id): "there is no run \(id)"
        case .runIdentifierInvalid(let id): "'\(id)' is not a run id of 32 lower-case hexadecimal digits"
        case .runStateUnsuitable(let id, let state, let wanted):
            "run \(id) cannot be \(wanted): it is \(state.rawValue)"
        case .eventOutOfSequence(let run, let sequence, let expected):
            "event \(sequence) of run \(run) is out of sequence: \(expected) is next"
        case .eventUnknown(let run, let sequence): "run \(run) has no event \(sequence)"
        case .eventComplete(let run, let sequence): "event \(sequence) of run \(run) has its answer already"
        case .entryInvalid(let run, let number, let detail): "entry \(number) of run \(run) is refused: \(detail)"
        case .entryUnbalanced(let run, let number, let currency, let difference):
            "entry \(number) of run \(run) does not balance: "
                + "\(currency) is off by \(Amount(minorUnits: difference, currency: currency).decimal)"
        case .amountOverflow(let place): "\(place) does not fit into 64 bits"
        case .supersessionChanged(let run, let expected, let actual):
            "run \(run) was to supersede \(expected ?? "no run"), but \(actual ?? "no run") is effective now"
        case .firingUnknown(let key): "there is no start \(key)"
        case .firingOver(let key, let reason): "the start \(key) gets no run any more: it was refused (\(reason))"
        case .objectMissing(let digest): "object \(digest) is missing"
        case .objectDamaged(let expected, let actual):
            "object \(expected) is damaged: its bytes now hash to \(actual)"
        case .treeDamaged(let tree, let problems):
            "tree \(tree) is damaged in \(problems.count) places: \(problems.prefix(5).joined(separator: "; "))"
        case .notRegularFile(let path): "\(path) is not a regular file"
        case .fileOperation(let operation, let path, let errno):
            "\(operation) failed for \(path): \(String(cString: strerror(errno)))"
        case .homeLocked(let path, let holder):
            if let holder {
                "\(path) is held by process \(holder.pid) (\(holder.command)) since \(holder.since)"
            } else {
                "\(path) is held by another process"
            }
        case .dataPlatformMissing(let path): "there is no data platform file at \(path)"
        case .queryRefused(let detail): "the query is refused: \(detail)"
        case .queryFailed(let detail): "the query failed: \(detail)"
        case .queryLimit(let detail): "the query was stopped: \(detail)"
        }
    }

    public var remedy: String {
        switch self {
        case .database(let code, _, _):
            switch code & 0xff {
            case 5, 6: "Wait until the other process has finished, then try again"  // busy, locked
            case 13: "Free space on the disk of the home, then try again"  // full
            case 11, 26: "Restore the store from its last backup"  // corrupt, not a database
            default: "Check the disk and the permissions of the home, then try again"
            }
        case .storeMissing, .notAStore: "Name the right home with --home, or make one with assay init"
        case .storeExists: "Choose an empty folder, or use the home that is there"
        case .newerStore: "Install the newer assay that wrote it"
        case .migrationNeeded: "Start the daemon, or run a command that changes something, once"
        case .damagedRow, .logBroken: "Restore the store from its last backup"
        case .planUnfinished: "Finish it first: assay reconcile"
        case .planUnknown, .planStepOutOfOrder: "Read the unfinished plan again and go on from its next step"
        case .runUnknown: "List the runs with assay runs"
        case .runIdentifierInvalid: "Give 32 lower-case hexadecimal digits"
        case .runStateUnsuitable: "Look at it with assay show"
        case .eventOutOfSequence, .eventUnknown, .eventComplete: "Read the run's history again and go on from its end"
        case .entryInvalid, .entryUnbalanced: "Correct the runbook and run it again"
        case .amountOverflow: "Look for an amount that is far too large in the journal"
        case .supersessionChanged: "Run it again"
        case .firingUnknown, .firingOver: "Look at it with assay get firings, and run it with assay run"
        case .objectMissing, .objectDamaged, .treeDamaged:
            "Restore it from a backup of the home; its name is its SHA-256"
        case .notRegularFile: "Put the file itself there, not a link, folder or device"
        case .fileOperation: "Check the path, its permissions and the space on its disk"
        case .homeLocked: "Wait until it has finished, or stop it"
        case .dataPlatformMissing: "Put the SQLite file there, or correct dataPlatform in the home's configuration"
        case .queryRefused: "Ask with one SELECT that depends on the data and the parameters alone"
        case .queryFailed: "Correct the SQL, its parameters or the data"
        case .queryLimit: "Ask for less: aggregate, filter or add an index"
        }
    }

    public var disposition: Disposition {
        switch self {
        case .database(let code, _, _): [5, 6, 10, 13].contains(code & 0xff) ? .retry : .stall
        case .fileOperation, .homeLocked, .supersessionChanged: .retry
        default: .stall
        }
    }

    private static func shortened(_ sql: String) -> String {
        let line = sql.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.count <= 160 ? line : line.prefix(160) + "…"
    }
}

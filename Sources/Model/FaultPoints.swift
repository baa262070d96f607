/// The places where a crash must be survivable, each with a name.
///
/// Every effect of fetch, reconcile and run is bracketed by one of these. In production nothing listens.
/// The fault tests make exactly one of them fail or end the process, start again and compare.
public struct FaultPoints: Sendable {
    private let listener: (@Sendable (String) throws -> Void)?

    public init(listener: (@Sendable (String) throws -> Void)? = nil) { self.listener = listener }

    public static let none = FaultPoints()

    /// Called where the named operation is about to happen.
    public func reach(_ point: FaultPoint) throws { try listener?(point.rawValue) }
}

/// The named points, in the order in which a fetch, a reconcile, a run, a start of a schedule, the report on them and the
/// mirror's upkeep pass them.
public enum FaultPoint: String, CaseIterable, Sendable {
    case fetchQuarantineMade = "fetch.quarantine-made"
    case fetchDownloaded = "fetch.downloaded"
    case fetchVerified = "fetch.verified"
    case fetchBeforePublish = "fetch.before-publish"
    /// Each pack is in the mirror before the index that makes it count.
    case fetchPackPublished = "fetch.pack-published"
    case fetchBeforeReference = "fetch.before-reference"
    case fetchReferenceMoved = "fetch.reference-moved"

    case reconcileFetched = "reconcile.fetched"
    case reconcileCodeChecked = "reconcile.code-checked"
    case reconcilePlanWritten = "reconcile.plan-written"
    case reconcileChangesApplied = "reconcile.changes-applied"
    case reconcileBeforeFinish = "reconcile.before-finish"
    case reconcileFinished = "reconcile.finished"
    case acknowledgementRecorded = "acknowledge.recorded"

    case runDocumentsStored = "run.documents-stored"
    case runAccepted = "run.accepted"
    case runAttemptStarted = "run.attempt-started"
    case runEffectAnswered = "run.effect-answered"
    case runEffectRecorded = "run.effect-recorded"
    case runGuestFinished = "run.guest-finished"
    case runOutputsStored = "run.outputs-stored"
    case runStampSigned = "run.stamp-signed"
    case runBeforeCommit = "run.before-commit"
    case runCommitted = "run.committed"
    case runPublishStaged = "run.publish-staged"
    case runPublished = "run.published"

    case scheduleDecided = "schedule.decided"
    case scheduleReleased = "schedule.released"
    case scheduleAccepted = "schedule.accepted"
    case scheduleRunEnded = "schedule.run-ended"
    case scheduleRefused = "schedule.refused"
    case scheduleSettled = "schedule.settled"

    case reportCommitted = "report.committed"
    case reportQueued = "report.queued"
    case reportPushed = "report.pushed"
    case reportHookRun = "report.hook-run"

    case compactPacked = "compact.packed"
    case compactPublished = "compact.published"
    case compactIndexRemoved = "compact.index-removed"
}

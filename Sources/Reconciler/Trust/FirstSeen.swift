import Model
import TenantStore

/// When this host first saw commits: the time at which the keys of their signatures must be valid.
///
/// It is written down once and never moves. No commit is taken to be seen before the one that it stands on: a clock that
/// was put back revives no key.
enum FirstSeen {
    /// The times of a line of commits, oldest first; those that were not seen before are seen now.
    ///
    /// - Parameters:
    ///   - base: What the line begins after.
    ///   - recording: Whether new times are written down.
    static func times(
        of line: [Revision], after base: GitObjectID?, now: String, recording: Bool, in store: StoreDatabase
    ) throws -> [String] {
        var latest = try base.flatMap { try store.firstSeen($0) } ?? now
        var (times, new): ([String], [RevisionRecord]) = ([], [])
        for revision in line {
            let known = try store.firstSeen(revision.commit)
            let seen = known ?? max(now, latest)
            if known == nil {
                new.append(RevisionRecord(revision: revision, firstSeen: seen, outcome: .progressing, changes: 0))
            }
            latest = max(latest, seen)
            times.append(seen)
        }
        if recording { try store.record(new) }
        return times
    }
}

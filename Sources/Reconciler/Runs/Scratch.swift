import Foundation
import Model

/// The scratch folder of a home: code of running attempts, outputs on their way, code of replays.
enum Scratch {
    private static let replayPrefix = "replay-", checkPrefix = "check-"

    /// Where a replay lays out its code. Replays need no lock, so the name says which process it belongs to.
    static func replay(_ run: String, in folder: String) -> String { "\(folder)/\(replayPrefix)\(getpid())-\(run)" }

    /// Where the check of a runbook lays out its code: it goes on beside whatever else this process does.
    static func check(_ runbook: String, in folder: String) -> String { "\(folder)/\(checkPrefix)\(getpid())-\(runbook)" }

    /// Removes what killed processes left; only for whoever holds the home's lock. A replay or check that is at work keeps
    /// its code.
    static func removeAbandoned(in folder: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where !isInUse(name) {
            try? FileManager.default.removeItem(atPath: folder + "/" + name)
        }
    }

    private static func isInUse(_ name: String) -> Bool {
        guard let prefix = [replayPrefix, checkPrefix].first(where: name.hasPrefix),
            let process = Int32(name.dropFirst(prefix.count).prefix { $0 != "-" }), process > 0
        else { return false }
        return kill(process, 0) == 0 || errno == EPERM
    }
}

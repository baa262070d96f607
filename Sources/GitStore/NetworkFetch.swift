import Model

/// One conversation with a remote over the network: brings what its branch has and the mirror lacks into a quarantine.
///
/// The program runs it in a process of its own (see `GitWorker`): the libraries below it may hang, and may crash.
struct NetworkFetch {
    let remote: RemoteConfiguration
    /// Where the branch stood at the last fetch.
    let known: GitObjectID?
    let quarantine: Quarantine

    /// Where the branch stands now; what it needs is then in the quarantine or in the mirror, whole.
    func run(_ faults: FaultPoints) throws -> GitObjectID {
        let repository = try quarantine.open(knowing: known)
        let connection = try RemoteConnection(to: remote, in: repository)
        let tip = try connection.tip()
        if tip == known { return tip }
        do {
            try connection.download()
        } catch GitStoreError.unreachable(let url, let detail) {
            // It was reached a moment ago.
            throw GitStoreError.transferIncomplete(url: url, detail: detail)
        } catch GitStoreError.mirrorUnwritable(_, let detail) {
            throw GitStoreError.mirrorUnwritable(path: quarantine.mirror, detail: detail)
        }
        try faults.reach(.fetchDownloaded)
        try ClosureCheck(of: quarantine, repository, remote: shown(remote.url)).verify(tip)
        try faults.reach(.fetchVerified)
        return tip
    }
}

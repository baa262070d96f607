import Model

/// What can go wrong between the remote repository and the files of a commit.
///
/// Its coded form carries it out of the process that talks to the remote.
public enum GitStoreError: AssayError, Hashable, Codable {
    // The remote.
    case urlUnsupported(url: String)
    case branchInvalid(String)
    case unreachable(url: String, detail: String)
    case remoteEmpty(url: String)
    case branchMissing(url: String, branch: String, others: [String])
    case credentialsRefused(url: String, detail: String)
    case sshKeyUnsuitable(path: String, detail: String)
    case hostKeyUnknown(host: String, fingerprint: String, line: String, file: String?)
    case hostKeyChanged(host: String, fingerprint: String, file: String)
    case certificateRefused(host: String, detail: String)
    case sha256Repository(url: String)
    case shallowRepository(url: String)
    case remoteDamaged(url: String, detail: String)
    case transferIncomplete(url: String, detail: String)
    case remoteTimedOut(url: String, seconds: Int)
    /// The process that talks to the remote ended without an answer.
    case workerFailed(url: String, detail: String)
    case watchUnavailable(path: String, detail: String)
    case settingUnusable(file: String, detail: String)
    case pushRefused(url: String, reference: String, detail: String)

    // The mirror on this host.
    case mirrorMissing(path: String)
    case mirrorCorrupted(path: String, detail: String)
    case mirrorUnwritable(path: String, detail: String)
    case objectMissing(id: String, place: String)
    case objectCorrupted(id: String, place: String, detail: String)

    // What was asked for.
    case revisionUnknown(String)
    case revisionAmbiguous(String)
    case pathMissing(path: String, place: String)
    /// Everything in a tree that cannot be deployed, at once.
    case treeRefused(place: String, problems: [Problem])
    /// A commit whose own text is nothing that people write.
    case commitRefused(commit: GitObjectID, detail: String)
    case fileUnreadable(path: String, detail: String)
}

extension GitStoreError {
    public var reason: String {
        switch self {
        case .urlUnsupported: "RemoteURLUnsupported"
        case .branchInvalid: "BranchInvalid"
        case .unreachable: "RemoteUnreachable"
        case .remoteEmpty: "RemoteEmpty"
        case .branchMissing: "BranchMissing"
        case .credentialsRefused: "CredentialsRefused"
        case .sshKeyUnsuitable: "SSHKeyUnsuitable"
        case .hostKeyUnknown: "HostKeyUnknown"
        case .hostKeyChanged: "HostKeyChanged"
        case .certificateRefused: "CertificateRefused"
        case .sha256Repository: "SHA256Repository"
        case .shallowRepository: "ShallowRepository"
        case .remoteDamaged: "RemoteDamaged"
        case .transferIncomplete: "TransferIncomplete"
        case .remoteTimedOut: "RemoteTimedOut"
        case .workerFailed: "GitWorkerFailed"
        case .watchUnavailable: "RemoteWatchUnavailable"
        case .settingUnusable: "RemoteSettingUnusable"
        case .pushRefused: "PushRefused"
        case .mirrorMissing: "MirrorMissing"
        case .mirrorCorrupted: "MirrorCorrupted"
        case .mirrorUnwritable: "MirrorUnwritable"
        case .objectMissing: "GitObjectMissing"
        case .objectCorrupted: "GitObjectCorrupted"
        case .revisionUnknown: "RevisionUnknown"
        case .revisionAmbiguous: "RevisionAmbiguous"
        case .pathMissing: "PathMissing"
        case .treeRefused: "TreeRefused"
        case .commitRefused: "CommitRefused"
        case .fileUnreadable: "FileUnreadable"
        }
    }

    public var message: String {
        switch self {
        case .urlUnsupported(let url): "The repository URL \(url) is of no kind that is supported"
        case .branchInvalid(let branch): "\(branch.isEmpty ? "An empty text" : branch) cannot be the name of a branch"
        case .unreachable(let url, let detail): "The repository \(url) could not be reached: \(detail)"
        case .remoteEmpty(let url): "The repository \(url) has no commit yet"
        case .branchMissing(let url, let branch, let others):
            "The repository \(url) has no branch \(branch); it has \(others.isEmpty ? "none" : others.joined(separator: ", "))"
        case .credentialsRefused(let url, let detail): "The repository \(url) refused the credentials: \(detail)"
        case .sshKeyUnsuitable(let path, let detail): "The SSH key \(path) cannot be used: \(detail)"
        case .hostKeyUnknown(let host, let fingerprint, let line, let file):
            // Its type too: the host may well be known by a key of another type.
            "The SSH host \(host) shows a key (\(line.split(separator: " ").dropFirst().first ?? ""), \(fingerprint)) that \(file.map { "is not in \($0)" } ?? "no known_hosts file vouches for")"
        case .hostKeyChanged(let host, let fingerprint, let file):
            "The SSH host \(host) shows a key (\(fingerprint)) other than the one in \(file)"
        case .certificateRefused(let host, let detail): "The certificate of \(host) is not trusted: \(detail)"
        case .sha256Repository(let url): "The repository \(url) names its objects by SHA-256, which is not supported"
        case .shallowRepository(let url): "The repository \(url) is a shallow clone, and lacks history that is not here yet"
        case .remoteDamaged(let url, let detail): "The repository \(url) is damaged: \(detail)"
        case .transferIncomplete(let url, let detail): "What the repository \(url) sent is incomplete or damaged: \(detail)"
        case .remoteTimedOut(let url, let seconds): "The repository \(url) gave no whole answer within \(seconds) s"
        case .workerFailed(let url, let detail): "The process that talks to the repository \(url) ended without an answer: \(detail)"
        case .watchUnavailable(let path, let detail): "The repository \(path) cannot be watched for changes: \(detail)"
        case .settingUnusable(let file, let detail): "The file \(file) cannot be used: \(detail)"
        case .pushRefused(let url, let reference, let detail): "The repository \(url) did not take \(reference): \(detail)"
        case .mirrorMissing(let path): "There is no mirror at \(path)"
        case .mirrorCorrupted(let path, let detail): "The mirror \(path) is damaged: \(detail)"
        case .mirrorUnwritable(let path, let detail): "The mirror \(path) could not be written: \(detail)"
        case .objectMissing(let id, let place): "Git object \(id) (\(place)) is missing from the mirror"
        case .objectCorrupted(let id, let place, let detail): "Git object \(id) (\(place)) is damaged: \(detail)"
        case .revisionUnknown(let text): "No commit in the mirror is named \(text)"
        case .revisionAmbiguous(let text): "More than one object begins with \(text)"
        case .pathMissing(let path, let place): "There is no \(path) in \(place)"
        case .commitRefused(let commit, let detail): "Commit \(commit.short) is not read: \(detail)"
        case .treeRefused(let place, let problems):
            "\(place) holds \(problems.count == 1 ? "an entry" : "\(problems.count) entries") that cannot be deployed: "
                + problems.prefix(3).map { "\(excerpt($0.file, 100)): \($0.message)" }.joined(separator: "; ")
                + (problems.count > 3 ? "; …" : "")
        case .fileUnreadable(let path, let detail): "\(path) could not be read: \(detail)"
        }
    }

    public var remedy: String {
        switch self {
        case .urlUnsupported: "Give an absolute path, or an https:// or ssh:// URL"
        case .branchInvalid: "Give the short name of a branch, such as main"
        case .unreachable: "Check that it exists and that this host and user can reach it, then try again"
        case .remoteEmpty: "Push a first commit"
        case .branchMissing: "Push the branch, or name another one in the configuration"
        case .credentialsRefused: "Check the user, the key or token in the configuration and its right to read this repository"
        case .sshKeyUnsuitable: "Make an Ed25519 key with ssh-keygen -t ed25519 -N '' and register its public half with the forge"
        case .hostKeyUnknown(_, _, let line, let file):
            "Compare the fingerprint with the one the forge publishes, then add this line to "
                + "\(file ?? "a known_hosts file that the configuration names"): \(line)"
        case .hostKeyChanged:
            "Find out why from the forge; only then replace the line in the known_hosts file. Somebody may be answering in its place"
        case .certificateRefused: "Let the host show a valid certificate, or name its authority as caFile in the configuration"
        case .sha256Repository: "Use a repository with the SHA-1 object format (git init --object-format=sha1)"
        case .shallowRepository: "Run git fetch --unshallow in it, or name the repository that it was cloned from"
        case .remoteDamaged: "Run git fsck in it and restore what is damaged from another clone"
        case .transferIncomplete:
            "Nothing of it was kept, and it is fetched again; if it happens again, check the network and run git fsck in the repository"
        case .remoteTimedOut:
            "It is tried again; if it happens again, check the network, or raise poll.timeout where there is simply much to fetch"
        case .workerFailed: "It is tried again; if it happens again, look in the system's log for why the process was ended"
        case .watchUnavailable: "Raise fs.inotify.max_user_instances or max_user_watches; until then changes are found by polling"
        case .settingUnusable: "Correct the file or its path in the configuration"
        case .pushRefused: "Give this host the right to push there, or name another reference or branch in the configuration"
        case .mirrorMissing: "Run assay reconcile, which begins a new one and fetches, or restore it from a backup"
        case .mirrorCorrupted, .objectCorrupted, .objectMissing:
            "Restore the mirror from a backup; or move it away and reconcile, which fetches what the remote still has"
        case .mirrorUnwritable: "Check the free space and the permissions of the tenant home"
        case .revisionUnknown: "Give a full id, at least four digits of one, the branch or newest; fetch first if the commit is new"
        case .revisionAmbiguous: "Give more digits"
        case .pathMissing: "Check the path's spelling and the commit"
        case .treeRefused: "Correct the entries in the repository and commit again"
        case .commitRefused: "Write the commit again (git rebase, or git commit --amend), and push"
        case .fileUnreadable: "Check that the file exists and may be read"
        }
    }

    public var disposition: Disposition {
        switch self {
        case .unreachable, .transferIncomplete, .remoteTimedOut, .workerFailed, .mirrorUnwritable: .retry
        case .remoteEmpty, .branchMissing: .wait
        default: .stall
        }
    }
}

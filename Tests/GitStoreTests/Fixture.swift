import Foundation
import Model
import Testing

@testable import GitStore

/// A temporary folder that goes with the test.
final class Scratch: Sendable {
    let path: String

    init() {
        path = NSTemporaryDirectory() + "gitstore-" + UUID().uuidString
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func callAsFunction(_ name: String) -> String { path + "/" + name }
}

struct ToolFailed: Error { var command: [String], output: String }

/// Runs a program with nothing of this account's Git settings and returns what it printed.
@discardableResult
func run(_ arguments: [String], in folder: String, input: String = "", environment: [String: String] = [:]) throws -> String {
    let id = UUID().uuidString
    let (inputFile, outputFile) = (NSTemporaryDirectory() + id + ".in", NSTemporaryDirectory() + id + ".out")
    try Data(input.utf8).write(to: URL(fileURLWithPath: inputFile))
    defer {
        unlink(inputFile)
        unlink(outputFile)
    }
    var settings = [
        "PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com", "GIT_AUTHOR_DATE": "1767225600 +0100",
        "GIT_COMMITTER_NAME": "Ben", "GIT_COMMITTER_EMAIL": "ben@example.com",
        "GIT_COMMITTER_DATE": "1767225700 -0230",
    ]
    settings.merge(environment) { $1 }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_addopen(&actions, 0, inputFile, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, outputFile, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let argv = (["env", "-C", folder] + arguments).map { strdup($0) } + [nil]
    let envp = settings.map { strdup("\($0)=\($1)") } + [nil]
    defer { (argv + envp).forEach { free($0) } }
    var pid = pid_t()
    var status: Int32 = -1
    guard posix_spawn(&pid, "/usr/bin/env", &actions, nil, argv, envp) == 0 else {
        throw ToolFailed(command: arguments, output: "it did not start")
    }
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    let output = String(decoding: FileManager.default.contents(atPath: outputFile) ?? Data(), as: UTF8.self)
    guard status == 0 else { throw ToolFailed(command: arguments, output: output) }
    return output
}

/// A repository that people push to, made and changed with the `git` program.
struct Remote {
    let path: String

    init(_ path: String, bare: Bool = false, format: String = "sha1") throws {
        self.path = path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try git("init", "-q", "-b", "main", "--object-format=\(format)", bare ? "--bare" : "--no-bare")
    }

    @discardableResult
    func git(_ arguments: String..., input: String = "") throws -> String {
        try run(["git"] + arguments, in: path, input: input).trimmingCharacters(in: .newlines)
    }

    func write(_ name: String, _ text: String, executable: Bool = false) throws {
        let url = URL(fileURLWithPath: path + "/" + name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
        if executable { chmod(url.path, 0o755) }
    }

    /// Commits everything in the working folder.
    @discardableResult
    func commit(_ message: String = "Change", _ files: [String: String] = [:]) throws -> GitObjectID {
        for (name, text) in files { try write(name, text) }
        try git("add", "-A")
        try git("commit", "-q", "--allow-empty", "-m", message)
        return try tip()
    }

    /// Commits a tree given as lines of `git mktree`, on the branch.
    func commit(tree lines: [String]) throws -> GitObjectID {
        let tree = try git("mktree", "--missing", input: lines.map { $0 + "\n" }.joined())
        return try commit(treeID: tree)
    }

    func commit(treeID tree: String) throws -> GitObjectID {
        let commit = try git("commit-tree", "-m", "By hand", tree)
        try git("update-ref", "refs/heads/main", commit)
        return try #require(GitObjectID(hex: commit))
    }

    func blob(_ text: String) throws -> String { try git("hash-object", "-w", "--stdin", input: text) }

    func tip(_ name: String = "HEAD") throws -> GitObjectID {
        try #require(GitObjectID(hex: try git("rev-parse", name)))
    }
}

/// A remote with one commit and an empty mirror of it.
struct Pair {
    let scratch = Scratch()
    let remote: Remote
    let mirror: Mirror
    let first: GitObjectID

    init(_ files: [String: String] = ["workspace.yaml": "kind: Workspace\n"], limits: TreeLimits = .standard) throws {
        remote = try Remote(scratch("remote"))
        first = try remote.commit("First", files)
        mirror = try Mirror.create(
            at: scratch("mirror.git"), remote: RemoteConfiguration(url: remote.path, branch: "main"), limits: limits)
    }

    /// Fetches and gives the new tip.
    @discardableResult
    func fetch() async throws -> GitObjectID { try await mirror.fetch().tip }
}

/// The built program as the one that talks to remotes: it lies beside the tests.
func builtWorker(deadline: Duration = .seconds(60), environment: [String: String] = [:]) -> GitWorker {
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? "/proc/self/exe"
    let folder = URL(fileURLWithPath: bundle).resolvingSymlinksInPath().deletingLastPathComponent().path
    return GitWorker(program: folder + "/assay", environment: environment, deadline: deadline)
}

/// Everything about a mirror that a failed fetch must leave as it was: references, and the files of objects.
func contents(of mirror: Mirror) throws -> [String] {
    try run(["sh", "-c", "git for-each-ref; find objects quarantine -type f 2>/dev/null | sort; ls quarantine 2>/dev/null || true"], in: mirror.path)
        .split(separator: "\n").map(String.init)
}

/// Has Git itself check every object and every link between them.
func checkWithGit(_ mirror: Mirror) throws {
    try run(["git", "fsck", "--full", "--strict", "--no-dangling"], in: mirror.path)
    try run(["sh", "-c", "git rev-list --objects --all > /dev/null"], in: mirror.path)
}

/// The error that the body throws, as ours.
func failure(_ body: () async throws -> some Any) async -> GitStoreError? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? GitStoreError
    }
}

func problems(_ body: () async throws -> some Any) async -> [Problem] {
    if case .treeRefused(_, let problems)? = await failure(body) { problems } else { [] }
}

import ChildProcess
import Foundation
import Model
import Reconciler
import TenantStore

/// From a push to a local remote until a daemon has applied it, against a loop of Git that never sleeps.
struct PushBenchmark {
    static func run(_ rounds: Int, program: String, example: String, host: Host) async throws -> Comparison {
        var comparison = Comparison(
            "push to applied", what: "git push, until the daemon beside it has applied the commit",
            floor: "git push, then git fetch and git diff --name-only in a clone, as a loop would that looks at just that moment",
            goal: 1)
        let bare = host.path("push.git"), checkout = host.path("push-checkout"), clone = host.path("push-clone")
        try host.copy(example + "/workspace", to: checkout)
        try host.git("init", "-q", "--bare", "-b", "main", bare, in: host.scratch)
        try host.git("init", "-q", "-b", "main", in: checkout)
        try host.git("remote", "add", "origin", bare, in: checkout)
        try commit("Workspace", in: checkout, host)
        try host.git("push", "-q", "origin", "main", in: checkout)
        try host.git("clone", "-q", bare, clone, in: host.scratch)
        let home = TenantHome(host.path("push-home"))
        try HomeInitialiser(home: home, repository: bare, branch: "main", tenant: Fleet.tenant).create()
        let daemon = try RunningProcess.start(
            Command(program, ["daemon", "--home", home.path], environment: ["PATH": "/usr/bin:/bin", "HOME": "/nonexistent"]),
            deadline: .seconds(600), outputLimit: 1 << 20)
        defer { daemon.terminate() }
        try await applied(nil, in: home)

        let entity = "\(checkout)/tenants/\(Fleet.tenant)/entities/\(Fleet.models[0]).yaml"
        let text = try host.read(entity)
        for round in 0..<rounds * 2 {
            let changed = text.replacingOccurrences(of: "displayName: ", with: "displayName: Round \(round) ")
            try host.write(changed, to: entity)
            try commit("Round \(round)", in: checkout, host)
            let head = try host.run("git", ["rev-parse", "HEAD"], in: checkout).outputText.trimmingCharacters(in: .newlines)
            if round.isMultiple(of: 2) {
                try await comparison.measured.time {
                    try host.git("push", "-q", "origin", "main", in: checkout)
                    try await applied(head, in: home)
                }
                try host.git("fetch", "-q", "origin", in: clone)
            } else {
                try await comparison.bare.time {
                    try host.git("push", "-q", "origin", "main", in: checkout)
                    let before = try host.run("git", ["rev-parse", "origin/main"], in: clone).outputText
                    try host.git("fetch", "-q", "origin", in: clone)
                    try host.git("diff", "--name-only", before.trimmingCharacters(in: .newlines), "origin/main", in: clone)
                }
                try await applied(head, in: home)
            }
        }
        return comparison
    }

    private static func commit(_ subject: String, in folder: String, _ host: Host) throws {
        try host.git("add", "-A", in: folder)
        try host.git("commit", "-q", "-m", subject, in: folder)
    }

    /// Looks at the store beside the daemon until the commit is applied there; any commit where `nil`.
    private static func applied(_ commit: String?, in home: TenantHome) async throws {
        let store = try StoreDatabase.open(atHome: home.path, readOnly: true)
        let deadline = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < deadline {
            if let applied = try store.status()?.applied?.commit.hex, commit == nil || applied == commit { return }
            try await Task.sleep(for: .microseconds(200))
        }
        throw BenchmarkError(message: "the daemon did not apply \(commit ?? "a commit")")
    }
}

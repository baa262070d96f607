import Foundation
import GitStore
import Manifests
import Model
import Reconciler

/// Reconciling a workspace of many manifests: nothing to do, and one of them changed.
struct ReconcileBenchmark {
    private let host: Host
    private let manifests: Int
    private let context: HomeContext
    private let mirror: Mirror
    private let pass: ReconcilePass
    private let workspace: String

    static func make(_ manifests: Int, example: String, host: Host) async throws -> ReconcileBenchmark {
        let workspace = host.path("large")
        try host.copy(example + "/workspace", to: workspace)
        for index in 0..<manifests { try host.write(entity(index, name: "Entity \(index)"), to: path(index, in: workspace)) }
        try host.git("init", "-q", "-b", "main", in: workspace)
        try host.git("add", "-A", in: workspace)
        try host.git("commit", "-q", "-m", "Workspace", in: workspace)
        // As a forge keeps it.
        try host.git("repack", "-a", "-d", "-q", in: workspace)
        let home = TenantHome(host.path("large-home"))
        try HomeInitialiser(home: home, repository: workspace, branch: "main", tenant: Fleet.tenant).create()
        let context = try HomeContext.open(home, readOnly: false)
        let mirror = try context.mirror()
        let benchmark = ReconcileBenchmark(
            host: host, manifests: manifests, context: context, mirror: mirror,
            pass: ReconcilePass(context, mirror: mirror), workspace: workspace)
        _ = try await benchmark.ready(expecting: nil)
        return benchmark
    }

    /// Nothing has changed: against asking the remote for its branches and nothing else.
    func nothing(_ rounds: Int) async throws -> Comparison {
        var comparison = Comparison(
            "no-op reconcile", what: "a reconcile that finds nothing to do, in a process that is up",
            floor: "libgit2's bare poll of the same local remote: connect, list, disconnect", goal: 3)
        let poll = try BarePoll(mirror: context.home.mirror, url: workspace)
        for _ in 0..<rounds {
            let result = try await comparison.measured.time { try await pass.run() }
            guard result.plan == nil else { throw BenchmarkError(message: "there was something to reconcile") }
            let heads = try await comparison.bare.time { try poll.run() }
            guard heads > 0 else { throw BenchmarkError(message: "the remote has no branches") }
        }
        return comparison
    }

    /// Nothing has changed, in a home of many deployments: against a home of few, because what a pass costs must not grow
    /// with what is deployed.
    static func flat(_ rounds: Int, example: String, host: Host) async throws -> Comparison {
        var comparison = Comparison(
            "no-op pass at 10,000 deployments", what: "a reconcile that finds nothing to do, with 10,000 deployments",
            floor: "the same with 100", goal: 1.1)
        let many = try await deployments(10_000, example: example, host: host)
        let few = try await deployments(100, example: example, host: host)
        for _ in 0..<rounds {
            guard try await comparison.measured.time({ try await many.run() }).plan == nil,
                try await comparison.bare.time({ try await few.run() }).plan == nil
            else { throw BenchmarkError(message: "there was something to reconcile") }
        }
        return comparison
    }

    private static func deployments(_ count: Int, example: String, host: Host) async throws -> ReconcilePass {
        let workspace = try LoadBenchmark.workspace(count, example: example, host: host)
        let home = TenantHome(host.path("deployments-\(count)"))
        try HomeInitialiser(home: home, repository: workspace, branch: "main", tenant: Fleet.tenant).create()
        let context = try HomeContext.open(home, readOnly: false)
        let pass = ReconcilePass(context, mirror: try context.mirror())
        // The second pass compares everything with the commit, once.
        for _ in 0..<2 {
            let status = try await pass.run().status
            guard status.outcome == .ready else { throw BenchmarkError(message: status.message) }
        }
        return pass
    }

    /// One manifest has changed: against reading and checking all of them, which is what a full load at least does.
    ///
    /// Twice: from the moment the commit is here, and with fetching it.
    func oneChange(_ rounds: Int) async throws -> [Comparison] {
        let floor = "the full load of the same commit: every manifest read and checked, nothing fetched or stored"
        var local = Comparison(
            "one change among \(manifests)", what: "a reconcile after one changed manifest: poll, load, diff, plan, apply",
            floor: floor, goal: 0.05)
        var fetched = Comparison(
            "one change among \(manifests), fetched", what: "the same with fetching the commit from a local remote",
            floor: floor, goal: 0.05)
        for round in 0..<rounds {
            let index = (round * 7919 + 13) % manifests
            try host.write(
                ReconcileBenchmark.entity(index, name: "Renamed \(round)"), to: ReconcileBenchmark.path(index, in: workspace))
            try host.git("commit", "-q", "-a", "-m", "Rename \(index)", in: workspace)
            let start = ContinuousClock.now
            _ = try await mirror.fetch()
            let commit = try await local.measured.time { try await ready(expecting: 1) }
            fetched.measured.add(ContinuousClock.now - start)
            try await local.bare.time { try await fullLoad(commit) }
        }
        fetched.bare = local.bare
        return [local, fetched]
    }

    private func ready(expecting changes: Int?) async throws -> GitObjectID {
        let result = try await pass.run()
        guard result.status.outcome == .ready, let commit = result.status.applied?.commit,
            changes == nil || result.plan?.changes.count == changes
        else { throw BenchmarkError(message: "the reconcile came to \(result.status.outcome): \(result.status.message)") }
        return commit
    }

    private func fullLoad(_ commit: GitObjectID) async throws {
        guard case .loaded = try ManifestLoader.load(try await mirror.snapshot(commit), tenant: Fleet.tenant) else {
            throw BenchmarkError(message: "the workspace has problems")
        }
    }

    private static func path(_ index: Int, in workspace: String) -> String {
        "\(workspace)/tenants/\(Fleet.tenant)/entities/e\(index).yaml"
    }

    private static func entity(_ index: Int, name: String) -> String {
        """
        apiVersion: assay/v1
        kind: Entity
        name: e\(index)
        spec:
          displayName: \(name)
          type: spv
          jurisdiction: GB
          currency: GBP
          chart: property-spv
          labels:
            strategy: resting

        """
    }
}

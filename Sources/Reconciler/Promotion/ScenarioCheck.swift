import Executor
import Foundation
import GitStore
import Manifests
import Model
import TenantStore

/// The check of a runbook at a commit, with the interpreter of a home: what a pass asks before changed code may serve.
///
/// It writes nothing to the home but scratch space. What is wrong with the host (no sandbox, a full disk) is thrown:
/// that says nothing about the code.
public struct ScenarioCheck: PromotionChecking {
    private let context: HomeContext
    private let mirror: Mirror
    private let progress: @Sendable (String) -> Void

    /// - Parameter progress: the home's interpreter is made by the first check, which takes seconds.
    public init(_ context: HomeContext, mirror: Mirror, progress: @escaping @Sendable (String) -> Void = { _ in }) {
        self.context = context
        self.mirror = mirror
        self.progress = progress
    }

    public func check(runbook: String, at commit: GitObjectID, code: [CodeTree]) async throws -> PromotionVerdict {
        let policies = try PolicySet(try await context.store.resources(kind: .policy, tenant: nil))
        let sandbox = try Sandbox.open(try await context.sandboxRequirement())
        let base = StoreVault(objects: context.objects, trees: context.home.trees)
        let keeper = InterpreterKeeper(context: context, sandbox: sandbox, vault: base)
        let (interpreter, guest) = try await keeper.current(progress: progress)
        // The pass has judged the commit's tree.
        let snapshot = try await mirror.snapshot(commit, trusting: commit)
        let scratch = Scratch.check(runbook, in: context.home.work)
        let library = CodeLibrary(mirror: mirror, folder: scratch)
        do {
            let check = RunbookCheck(
                slug: runbook, tenant: context.configuration.tenant, code: try await library.layout(code),
                trees: code.map { CodeTree(path: $0.path, gitTree: .zero, sha256: $0.sha256) }, sandbox: sandbox,
                interpreter: interpreter, guest: guest, vault: ScenarioVault(over: base, folder: scratch + "/trees"),
                bounded: { policies.bounded($0) }, scratch: scratch + "/platforms", width: RunbookCheck.standardWidth)
            let report = try await check.run(try ScenarioLoader.load(runbook, from: snapshot), from: snapshot)
            await library.clear()
            return report.verdict
        } catch {
            await library.clear()
            throw error
        }
    }
}

extension RunbookCheck {
    /// One scenario's two processes for each pair of processors.
    static var standardWidth: Int { max(1, ProcessInfo.processInfo.activeProcessorCount / 2) }
}

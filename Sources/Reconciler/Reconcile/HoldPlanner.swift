import Digests
import GitStore
import Manifests
import Model
import TenantStore

/// Decides which deployments serve a new commit, and which keep what served before because their code did not pass.
///
/// Only what the commit can have changed is looked at: deployments that it touches, those of runbooks that it touches,
/// all of them where it touches capabilities, and those that are held already.
struct HoldPlanner: Sendable {
    let context: HomeContext
    let mirror: Mirror
    let checker: any PromotionChecking

    /// What came of judging: the holds once the plan is applied, or what is wrong with a manifest's pin.
    enum Outcome: Sendable {
        case holds([DeploymentHold])
        case problems([Problem])
    }

    /// - Parameter changes: what the commit changes here.
    func judge(_ changes: [Change], to revision: Revision, applied: Revision?) async throws -> Outcome {
        let tenant = context.configuration.tenant
        let scope = try await context.store.perform { try Scope(changes, tenant: tenant, store: $0) }
        var holds: [DeploymentHold] = []
        var problems: [Problem] = []
        var verdicts: [Code: Standing] = [:]
        for deployment in scope.deployments {
            let code: Code
            switch try await self.code(of: deployment, scope: scope, revision: revision) {
            case .code(let found): code = found
            case .problems(let found):
                problems += found
                continue
            }
            let standing: Standing
            if let known = verdicts[code] { standing = known } else { standing = try await self.standing(of: code) }
            verdicts[code] = standing
            guard case .refused(let reason, let message) = standing else { continue }
            holds.append(
                hold(deployment.key.name, scope: scope, revision, applied, reason: reason, message: message))
        }
        guard problems.isEmpty else { return .problems(problems.sorted()) }
        let waiting = scope.dependents(of: holds.map(\.deployment)).map { name, dependency in
            hold(
                name, scope: scope, revision, applied, reason: "DependencyNotReady",
                message: "It depends on '\(dependency)', which is held")
        }
        return .holds((holds + waiting).sorted { $0.deployment < $1.deployment })
    }

    /// A hold that goes on keeps when it began; what serves is what served before.
    private func hold(
        _ name: String, scope: Scope, _ revision: Revision, _ applied: Revision?, reason: String, message: String
    ) -> DeploymentHold {
        let before = scope.held[name]
        let serving = before.map(\.serving) ?? (scope.known.contains(name) ? applied?.commit : nil)
        let isSame = before?.reason == reason && before?.message == message
        return DeploymentHold(
            deployment: name, serving: serving, attempted: revision.commit, reason: reason, message: message,
            since: isSame ? before?.since ?? context.clock.now() : context.clock.now())
    }

    // MARK: - The code of a deployment

    /// What a verdict is about: content, wherever it is found. Two commits with the same trees share it.
    private struct Code: Hashable, Sendable {
        var runbook: String
        /// A commit that has it.
        var commit: GitObjectID
        var trees: [GitObjectID?]

        var name: String { trees.map { $0?.hex ?? "-" }.joined(separator: " ") }

        static func == (a: Self, b: Self) -> Bool { a.runbook == b.runbook && a.trees == b.trees }
        func hash(into hasher: inout Hasher) {
            hasher.combine(runbook)
            hasher.combine(trees)
        }
    }

    private enum Found { case code(Code), problems([Problem]) }

    private func code(of deployment: Resource, scope: Scope, revision: Revision) async throws -> Found {
        let spec = try deployment.spec.decode(DeploymentSpec.self)
        let commit = spec.source?.commit ?? revision.commit
        if spec.source != nil {
            let problems = try await pinProblems(deployment, spec, at: commit, of: revision)
            guard problems.isEmpty else { return .problems(problems) }
        }
        let snapshot = try await mirror.snapshot(commit, trusting: commit)
        let folders = ["runbooks/\(spec.runbook)", "capabilities", "tenants/\(context.configuration.tenant)/capabilities"]
        return .code(Code(runbook: spec.runbook, commit: commit, trees: try folders.map { try snapshot.tree(at: $0) }))
    }

    /// A pin names a commit that was once the tip of the branch, with the runbook in it and a configuration that fits.
    private func pinProblems(
        _ deployment: Resource, _ spec: DeploymentSpec, at commit: GitObjectID, of revision: Revision
    ) async throws -> [Problem] {
        func problem(_ message: String, _ remedy: String) -> [Problem] {
            [Problem(file: deployment.path, message: message, remedy: remedy)]
        }
        do {
            var wasTip = try await context.store.perform { try $0.wasApplied(commit) }
            if !wasTip { wasTip = try await mirror.isFirstParent(commit, of: revision.commit) }
            guard wasTip else {
                throw GitStoreError.objectMissing(id: commit.hex, place: "source")
            }
            let source = try await mirror.snapshot(commit, trusting: commit)
            let key = ResourceKey(.runbook, name: spec.runbook)
            guard let runbook = try ManifestLoader.declared(key, in: source) else {
                return problem(
                    "The commit \(commit.short) of 'source' has no runbook '\(spec.runbook)'",
                    "Name a commit that has it ('git log --first-parent -- runbooks/\(spec.runbook)')")
            }
            let here = try await mirror.snapshot(revision.commit, trusting: revision.commit)
            return try ManifestLoader.configurationProblems(deployment, runbook: runbook, in: here)
        } catch GitStoreError.objectMissing {
            return problem(
                "The commit \(commit.short) of 'source' was never the tip of this branch",
                "Name one that was deployed ('assay get revisions' lists them)")
        }
    }

    // MARK: - Verdicts

    private enum Standing { case passed, refused(reason: String, message: String) }

    private func standing(of code: Code) async throws -> Standing {
        var verdict: PromotionVerdict
        do {
            if let known = try await context.store.perform({ try $0.promotion(runbook: code.runbook, code: code.name) }) {
                verdict = known
            } else {
                verdict = try await check(code)
            }
        } catch let error as any AssayError where error.disposition != .retry {
            // What keeps the check from being made (no sandbox, no interpreter) must not keep the rest of the commit
            // from being deployed; the next pass asks again.
            return .refused(reason: error.reason, message: error.description)
        }
        let policies = try PolicySet(try await context.store.resources(kind: .policy, tenant: nil))
        verdict = verdict.judged(by: policies, runbook: code.runbook)
        return verdict.passed ? .passed : .refused(reason: verdict.reason, message: verdict.text)
    }

    private func check(_ code: Code) async throws -> PromotionVerdict {
        let tenant = context.configuration.tenant
        let library = CodeLibrary(mirror: mirror, folder: context.home.work)
        let trees = try await library.trees(commit: code.commit, runbook: code.runbook, tenant: tenant)
        let verdict = try await checker.check(runbook: code.runbook, at: code.commit, code: trees)
        let now = context.clock.now()
        try await context.store.perform {
            try $0.record(verdict, runbook: code.runbook, code: code.name, commit: code.commit, at: now)
        }
        try context.faults.reach(.reconcileCodeChecked)
        return verdict
    }
}

extension DeploymentHold {
    /// Whether a later pass may find otherwise although nothing was merged: the check itself could not be made.
    var isPassing: Bool {
        !["ScenarioFailed", "ScenarioMissing", "DeterminismCheckFailed", "DependencyNotReady"].contains(reason)
    }
}

extension PromotionVerdict {
    fileprivate var text: String {
        guard let file else { return message }
        return "\(file)\(line.map { ":\($0)" } ?? ""): \(message)"
    }
}

/// The deployments that a change can matter to, as they will be once it is applied.
private struct Scope: Sendable {
    var deployments: [Resource] = []
    let held: [String: DeploymentHold]
    /// Deployments that exist already.
    var known: Set<String> = []
    /// Deployment → what it depends on; of those that could be drawn in.
    private var dependencies: [String: [String]] = [:]

    init(_ changes: [Change], tenant: String, store: StoreDatabase) throws {
        held = Dictionary(try store.holds().map { ($0.deployment, $0) }, uniquingKeysWith: { first, _ in first })
        var touched: [ResourceKey: Resource?] = [:]
        for change in changes where change.key.kind == .deployment { touched.updateValue(change.resource, forKey: change.key) }
        var keys = Set(touched.keys)
        keys.formUnion(held.keys.map { ResourceKey(.deployment, tenant: tenant, name: $0) })
        if changes.contains(where: { $0.key.kind == .capabilities }) {
            keys.formUnion(try store.resources(kind: .deployment).map(\.key))
        }
        for change in changes where change.key.kind == .runbook {
            keys.formUnion(try store.referrers(to: change.key).filter { $0.kind == .deployment })
        }
        for key in keys.sorted() {
            let before = try store.resource(key)
            if before != nil { known.insert(key.name) }
            guard let now = touched[key] ?? before else { continue }
            deployments.append(now)
        }
        var next = deployments
        while let deployment = next.popLast() {
            dependencies[deployment.key.name] = deployment.dependencies
            for key in try store.referrers(to: deployment.key)
            where key.kind == .deployment && dependencies[key.name] == nil && touched[key] == nil {
                guard let dependent = try store.resource(key) else { continue }
                known.insert(key.name)
                next.append(dependent)
            }
        }
    }

    /// Everything that depends on one of these, and on which: directly, or on something that does.
    func dependents(of held: [String]) -> [(name: String, dependency: String)] {
        var seen = Set(held)
        var found: [(name: String, dependency: String)] = []
        var next = held
        while let dependency = next.popLast() {
            for (name, all) in dependencies.sorted(by: { $0.key < $1.key })
            where all.contains(dependency) && seen.insert(name).inserted {
                found.append((name, dependency))
                next.append(name)
            }
        }
        return found
    }
}

extension Resource {
    fileprivate var dependencies: [String] { (spec["dependsOn"]?.array ?? []).compactMap(\.string) }
}

import Executor
import Foundation
import GitStore
import Manifests
import Model
import TenantStore

/// The check of a runbook as it lies in a working tree, before anything is committed: what `assay test` does.
public struct WorkingTreeCheck: Sendable {
    /// Where the interpreter comes from.
    public enum Interpreter: Sendable {
        /// A cache of this user. `folder` is `nil` where the user has none: then it is made and lost.
        case cached(folder: String?, python: String?)
        case home(HomeContext)
    }

    /// Absolute path of the workspace.
    public let workspace: String
    public let slug: String
    private let tree: WorkingDirectory

    /// - Parameter runbook: the runbook's folder; the workspace is found above it.
    public init(runbook: String) throws {
        let folder = URL(fileURLWithPath: runbook).standardizedFileURL.resolvingSymlinksInPath()
        var root = folder
        while root.path != "/", !FileManager.default.fileExists(atPath: root.path + "/workspace.yaml") {
            root = root.deletingLastPathComponent()
        }
        guard root.path != "/" else { throw WorkingTreeError.noWorkspace(above: runbook) }
        guard folder.deletingLastPathComponent().path == root.path + "/runbooks",
            FileManager.default.fileExists(atPath: folder.path + "/runbook.md")
        else {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path + "/runbooks")) ?? []
            throw WorkingTreeError.notARunbook(path: runbook, known: names.filter { !$0.hasPrefix(".") }.sorted())
        }
        workspace = root.path
        slug = folder.lastPathComponent
        tree = WorkingDirectory(root.path)
    }

    /// Names that begin with a dot are gone before a commit, and so is what Python keeps beside code.
    private static let notCode: Set<String> = ["__pycache__"]

    /// Standard location of the cache; `nil` where this user has none.
    public static func cacheFolder(_ environment: [String: String]) -> String? { InterpreterCache.standardFolder(environment) }

    /// - Parameters:
    ///   - tenant: whose capabilities are found; `nil` for the one that deploys the runbook.
    ///   - only: names of scenarios; all where empty.
    public func run(
        tenant: String?, only: Set<String> = [], interpreter: Interpreter, progress: @escaping @Sendable (String) -> Void
    ) async throws -> RunbookReport {
        let tenant = try self.tenant(tenant)
        let loaded = try ScenarioLoader.load(slug, from: tree)
        if case .loaded(let found) = loaded { try check(only, known: found.scenarios.map(\.name)) }
        let policies = try PolicySet(try ManifestLoader.manifests(.policy, in: tree))
        let scratch = FileManager.default.temporaryDirectory.path + "/assay-check-\(UUID().uuidString)"
        defer { FileSystem.removeTree(scratch) }
        try FileSystem.makeDirectories(scratch)
        let sandbox = try Sandbox.open(.required)
        let (python, vault) = try await prepare(interpreter, sandbox, scratch, progress)
        let check = RunbookCheck(
            slug: slug, tenant: tenant, code: scratch + "/code", trees: try layOut(tenant, in: scratch + "/code"), sandbox: sandbox,
            interpreter: python.closure, guest: python.guest, vault: vault, bounded: { policies.bounded($0) },
            scratch: scratch + "/platforms", width: RunbookCheck.standardWidth)
        var report = try await check.run(loaded, from: tree, only: only)
        let verdict = report.verdict.judged(by: policies, runbook: slug)
        if report.passed, !verdict.passed, only.isEmpty {
            report.problems = [
                Problem(
                    file: "runbooks/\(slug)/tests", message: "A policy requires scenarios, and the runbook has none",
                    remedy: "Add a folder with documents, and run assay test --update")
            ]
        }
        return report
    }

    private func check(_ only: Set<String>, known: [String]) throws {
        guard let unknown = only.sorted().first(where: { !known.contains($0) }) else { return }
        throw WorkingTreeError.scenarioUnknown(name: unknown, near: nearest(to: unknown, among: known), known: known)
    }

    // MARK: The tenant

    private func tenant(_ named: String?) throws -> String {
        let all = try ManifestLoader.manifests(.tenant, in: tree).map(\.key.name)
        if let named {
            guard all.contains(named) else { throw WorkingTreeError.tenantUnknown(name: named, known: all) }
            return named
        }
        // Without tenants only shared capabilities can be meant.
        if all.count < 2 { return all.first ?? "scenario" }
        let deploying = Set(
            try ManifestLoader.manifests(.deployment, in: tree).filter { $0.spec["runbook"]?.string == slug }.compactMap(\.key.tenant))
        guard deploying.count == 1, let one = deploying.first else {
            throw WorkingTreeError.tenantUnclear(names: deploying.isEmpty ? all : deploying.sorted())
        }
        return one
    }

    // MARK: Code

    /// The trees that a run mounts, as they are here.
    private func layOut(_ tenant: String, in place: String) throws -> [CodeTree] {
        try ["runbooks/\(slug)", "capabilities", "tenants/\(tenant)/capabilities"].compactMap { path in
            guard try !tree.files(under: path).isEmpty else { return nil }
            let files = try tree.export(path).filter { file in
                !file.path.split(separator: "/").contains { Self.notCode.contains(String($0)) }
            }
            try CodeLayout.write(files, under: "\(place)/\(path)")
            return CodeTree(path: path, gitTree: .zero, sha256: try files.treeDigest())
        }
    }

    // MARK: Interpreter

    private func prepare(
        _ source: Interpreter, _ sandbox: Sandbox, _ scratch: String, _ progress: @escaping @Sendable (String) -> Void
    ) async throws -> (TestInterpreter, ScenarioVault) {
        switch source {
        case .cached(let folder, let python):
            if folder == nil { progress("this user has no place for a cache: the interpreter is made for this test alone") }
            let cache = InterpreterCache(folder: folder ?? scratch + "/cache", sandbox: sandbox, progress: progress)
            let found = try await cache.interpreter(python)
            return (found, ScenarioVault(over: found.vault, folder: scratch + "/trees"))
        case .home(let context):
            let base = StoreVault(objects: context.objects, trees: context.home.trees)
            let keeper = InterpreterKeeper(context: context, sandbox: sandbox, vault: base)
            guard let closure = try await keeper.pinned() else { throw WorkingTreeError.homeWithoutInterpreter(context.home.path) }
            let vault = ScenarioVault(over: base, folder: scratch + "/trees")
            let guest: ContentDigest
            if let kept = try await keeper.keptGuest(for: closure) {
                guest = kept
            } else {
                guest = try await GuestPackage.store(try SupportFiles.find(), closure: closure, sandbox: sandbox, vault: vault)
            }
            return (TestInterpreter(closure: closure, guest: guest, vault: vault), vault)
        }
    }
}

/// What was asked of a working tree and is not there.
public enum WorkingTreeError: AssayError, Equatable {
    case noWorkspace(above: String)
    case notARunbook(path: String, known: [String])
    case tenantUnknown(name: String, known: [String])
    case tenantUnclear(names: [String])
    case scenarioUnknown(name: String, near: String?, known: [String])
    case homeWithoutInterpreter(String)

    public var reason: String {
        switch self {
        case .noWorkspace: "WorkspaceMissing"
        case .notARunbook: "RunbookMissing"
        case .tenantUnknown, .tenantUnclear: "TenantUnclear"
        case .scenarioUnknown: "ScenarioUnknown"
        case .homeWithoutInterpreter: "InterpreterMissing"
        }
    }

    public var message: String {
        switch self {
        case .noWorkspace(let path): "'\(path)' lies in no workspace: there is no workspace.yaml above it"
        case .notARunbook(let path, _): "'\(path)' is not the folder of a runbook"
        case .tenantUnknown(let name, _): "The workspace has no tenant '\(name)'"
        case .tenantUnclear(let names): "Several tenants could be meant: \(names.joined(separator: ", "))"
        case .scenarioUnknown(let name, _, _): "The runbook has no scenario '\(name)'"
        case .homeWithoutInterpreter(let path): "The home \(path) has no interpreter yet"
        }
    }

    public var remedy: String {
        switch self {
        case .noWorkspace: "Give the folder of a runbook inside a workspace, such as runbooks/nav-monthly"
        case .notARunbook(_, let known):
            known.isEmpty ? "Give runbooks/<slug>, which has a runbook.md" : "Give runbooks/ and one of: \(known.joined(separator: ", "))"
        case .tenantUnknown(_, let known): known.isEmpty ? "Leave --tenant out" : "It has: \(known.joined(separator: ", "))"
        case .tenantUnclear: "Say whose capabilities count, with --tenant"
        case .scenarioUnknown(_, let near, let known):
            near.map { "Did you mean '\($0)'?" } ?? (known.isEmpty ? "It has none" : "It has: \(known.joined(separator: ", "))")
        case .homeWithoutInterpreter: "Run 'assay interpreter update' for that home, or leave --home out"
        }
    }
}

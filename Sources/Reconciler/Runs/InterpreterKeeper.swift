import Executor
import Foundation
import Model
import TenantStore

/// The interpreter closure and guest package of this home: made once, then pinned.
///
/// An upgrade of the host's Python changes nothing here until the operator takes it (`update`).
public struct InterpreterKeeper: Sendable {
    static let setting = "interpreter"
    let context: HomeContext
    let sandbox: Sandbox
    let vault: StoreVault

    init(context: HomeContext, sandbox: Sandbox, vault: StoreVault) {
        self.context = context
        self.sandbox = sandbox
        self.vault = vault
    }

    public init(_ context: HomeContext) async throws {
        self.init(
            context: context, sandbox: try Sandbox.open(try await context.sandboxRequirement()),
            vault: StoreVault(objects: context.objects, trees: context.home.trees))
    }

    /// The pinned closure, made now where there is none, and the guest package compiled by it.
    func current(progress: @escaping @Sendable (String) -> Void) async throws -> (InterpreterClosure, guest: ContentDigest) {
        let closure: InterpreterClosure
        if let pinned = try await pinned() { closure = pinned } else { closure = try await update(progress: progress) }
        return (closure, try await guest(for: closure))
    }

    /// Compiled once for each version of the package and each interpreter: the compiler runs in the sandbox.
    private func guest(for closure: InterpreterClosure) async throws -> ContentDigest {
        if let kept = try await keptGuest(for: closure) { return kept }
        let support = try SupportFiles.find()
        let key = try guestKey(closure, support)
        let digest = try await GuestPackage.store(support, closure: closure, sandbox: sandbox, vault: vault)
        try await context.store.set(key, to: digest.hex, at: context.clock.now())
        return digest
    }

    /// The guest package of this program, compiled by that interpreter, if it was kept already.
    func keptGuest(for closure: InterpreterClosure) async throws -> ContentDigest? {
        guard let kept = try await context.store.setting(try guestKey(closure, try SupportFiles.find())),
            let digest = ContentDigest(hex: kept), context.objects.contains(digest)
        else { return nil }
        return digest
    }

    private func guestKey(_ closure: InterpreterClosure, _ support: SupportFiles) throws -> String {
        "guest/\(closure.tree.short)/\(try GuestPackage.sourceDigest(support).short)"
    }

    /// The closure this home runs with, if one was made.
    public func pinned() async throws -> InterpreterClosure? {
        guard let text = try await context.store.setting(Self.setting), let digest = ContentDigest(hex: text) else {
            return nil
        }
        return try InterpreterClosure.load(digest, vault: vault)
    }

    /// Makes a closure of the host's interpreter as it is now, and pins it. Earlier runs keep theirs.
    @discardableResult
    public func update(progress: @escaping @Sendable (String) -> Void) async throws -> InterpreterClosure {
        let closure = try await InterpreterClosure.build(
            from: context.configuration.python, support: try SupportFiles.find(), sandbox: sandbox, vault: vault,
            progress: progress)
        try await context.store.set(Self.setting, to: closure.tree.hex, at: context.clock.now())
        // Now rather than in the first run.
        _ = try await guest(for: closure)
        return closure
    }
}

extension HomeContext {
    /// The strictest of the home and every applied policy.
    func sandboxRequirement() async throws -> Sandbox.Requirement {
        if configuration.sandbox == "required" { return .required }
        let policies = try PolicySet(try await store.resources(kind: .policy, tenant: nil))
        return policies.requiringSandbox == nil ? .degraded : .required
    }
}

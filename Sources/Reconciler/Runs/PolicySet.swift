import Digests
import Model
import TenantStore

/// All policies at one commit. Where they differ, the strictest counts.
struct PolicySet: Sendable {
    private struct Policy {
        var name: String
        /// SHA-256 of the canonical JSON of `document`.
        var digest: ContentDigest
        var document: JSONValue
        var spec: PolicySpec
    }

    private let policies: [Policy]

    init(_ resources: [Resource]) throws {
        policies = try resources.map {
            Policy(name: $0.key.name, digest: $0.digest, document: $0.spec, spec: try $0.spec.decode(PolicySpec.self))
        }
    }

    /// The policies that a run was frozen with, whatever is deployed by now.
    /// - Parameter digest: of the set, as its `RunSpec` has it.
    init(frozenAs digest: ContentDigest, in objects: ObjectStore) throws {
        let members = try CanonicalJSON.parse(try objects.get(digest)).object ?? [:]
        policies = try members.sorted { $0.key < $1.key }.map { name, value in
            guard let digest = value.string.flatMap({ ContentDigest(hex: $0) }) else {
                throw RunError.objectMissing(what: "Policy \(name)")
            }
            let document = try CanonicalJSON.parse(try objects.get(digest))
            return Policy(name: name, digest: digest, document: document, spec: try document.decode(PolicySpec.self))
        }
    }

    /// The name of a policy that demands the full sandbox.
    var requiringSandbox: String? { policies.first { $0.spec.sandbox == "required" }?.name }

    /// The name of a policy that lets no runbook serve without scenarios.
    var requiringScenarios: String? { policies.first { $0.spec.scenarios == "required" }?.name }

    /// Why a degraded run may not post; `nil` where there are policies and all of them let it.
    var degradedPostRefusal: RunError? {
        guard !policies.isEmpty else { return .degradedMayNotPost(policy: nil) }
        return policies.first { !$0.spec.degradedRunsMayPost }.map { .degradedMayNotPost(policy: $0.name) }
    }

    /// A deployment's limits, cut to the smallest upper bound of any policy.
    func bounded(_ limits: Limits) -> Limits {
        policies.compactMap(\.spec.limits).reduce(limits) { a, b in
            Limits(
                wallSeconds: min(a.wallSeconds, b.wallSeconds), cpuSeconds: min(a.cpuSeconds, b.cpuSeconds),
                memoryMiB: min(a.memoryMiB, b.memoryMiB), outputMiB: min(a.outputMiB, b.outputMiB),
                effects: min(a.effects, b.effects))
        }
    }

    func digest() throws -> ContentDigest { try CanonicalJSON.digest(index) }

    /// Keeps the policies as objects, so that the digest of the set leads to all of them.
    func keep(in objects: ObjectStore) throws -> ContentDigest {
        _ = try objects.putMany(try policies.map { try CanonicalJSON.encode($0.document) })
        return try objects.put(try CanonicalJSON.encode(index))
    }

    private var index: JSONValue {
        .object(Dictionary(policies.map { ($0.name, .string($0.digest.hex)) }, uniquingKeysWith: { first, _ in first }))
    }
}

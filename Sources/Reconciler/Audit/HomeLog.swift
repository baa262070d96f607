import Digests
import Foundation
import Model
import TenantStore

/// The home's transparency log: heads that are signed, and changes of what the home trusts and how it is set.
public struct HomeLog: Sendable {
    let context: HomeContext

    public init(_ context: HomeContext) { self.context = context }

    /// Which log this is: the tenant, and the key that signs its heads.
    public static func origin(tenant: String, key: VerifyingKey) -> String {
        "assay/\(tenant)/\(SHA256.digest(key.bytes).hex.prefix(16))"
    }

    /// The head of the log now, signed with the home's key.
    public func checkpoint() async throws -> SignedNote {
        let key = try context.signingKey()
        let origin = Self.origin(tenant: context.configuration.tenant, key: key.verifyingKey)
        let (size, root) = try await context.store.perform { store in
            let tree = try store.logTree()
            return (tree.size, try tree.root())
        }
        return try SignedNote(text: Checkpoint(origin: origin, size: size, root: root).text, name: origin, key: key)
    }

    /// Keeps trust root and configuration as objects, and logs them where they are others than the last ones.
    func noteSettings(trustRoot: ContentDigest) async throws {
        guard let bytes = FileManager.default.contents(atPath: context.home.configuration) else {
            throw HomeError.unreadable(path: context.home.configuration)
        }
        let configuration = try context.objects.put(Array(bytes)), now = context.clock.now()
        try await context.store.perform { store in
            try store.logChange(.configuration, digest: configuration, at: now)
            try store.logChange(.trustRoot, digest: trustRoot, at: now)
        }
    }

    /// What shows that one head is the beginning of another.
    public struct Consistency: Sendable {
        public var old: Checkpoint
        public var new: Checkpoint
        public var proof: [ContentDigest]
        public var holds: Bool
    }

    /// - Parameters: sizes of the log, or checkpoints that somebody kept; the newer one may be left out.
    public func consistency(from old: Head, to new: Head?) async throws -> Consistency {
        let now = try await checkpoint()
        guard let current = Checkpoint(text: now.text) else { throw StoreError.logBroken(detail: "its head cannot be read") }
        let before = try await checkpoint(old, current: current), after = try await new.asyncMap { try await checkpoint($0, current: current) } ?? current
        guard before.size > 0, before.size <= after.size, after.size <= current.size else {
            throw LogError.sizeUnknown(size: max(before.size, after.size), current: current.size)
        }
        let proof = try await context.store.perform {
            try $0.logTree().consistencyProof(from: before.size, to: after.size)
        }
        let holds = MerkleTree.verifyConsistency(
            from: before.size, root: before.root, to: after.size, root: after.root, proof: proof)
        return Consistency(old: before, new: after, proof: proof, holds: holds)
    }

    /// A head as a person names it.
    public enum Head: Sendable {
        case size(Int)
        /// The text of a signed checkpoint.
        case note(String)
    }

    private func checkpoint(_ head: Head, current: Checkpoint) async throws -> Checkpoint {
        switch head {
        case .size(let size):
            guard size > 0, size <= current.size else { throw LogError.sizeUnknown(size: size, current: current.size) }
            let root = try await context.store.perform { try $0.logTree().root(of: size) }
            return Checkpoint(origin: current.origin, size: size, root: root)
        case .note(let text):
            guard let note = SignedNote(text), let head = Checkpoint(text: note.text) else { throw LogError.noteUnreadable }
            guard let key = context.publicKey(), note.verify(name: head.origin, key: key), head.origin == current.origin else {
                throw LogError.noteForeign(origin: head.origin)
            }
            return head
        }
    }

    // MARK: - The whole log

    /// Recomputes the log from its leaves and holds it against everything that should be in it.
    public func check() async throws -> [Verification.Check] {
        let objects = context.objects
        return try await context.store.perform { store in
            let tree = try store.logTree()
            var hashes: [Int: [ContentDigest]] = [0: []]
            var checks: [Verification.Check] = []
            var stamped: [String: ContentDigest] = [:]
            var missing: [String] = []
            for start in stride(from: 0, to: tree.size, by: 1_000) {
                for leaf in try store.logLeaves(from: start, limit: 1_000) {
                    hashes[0, default: []].append(MerkleTree.leaf(leaf.digest.bytes))
                    if leaf.kind == .stamp { stamped[leaf.subject] = leaf.digest }
                    if leaf.kind != .verdict, !objects.contains(leaf.digest) { missing.append("\(leaf.kind.rawValue) \(leaf.subject)") }
                }
            }
            let rebuilt = MerkleTree(size: hashes[0]?.count ?? 0) { level, index in
                try Self.hash(level, index, &hashes)
            }
            let sound = try rebuilt.size == tree.size && rebuilt.root() == tree.root()
            checks.append(
                .init("tree", sound, sound ? "\(tree.size) leaves give the head" : "the leaves do not give the head: one of them was changed"))
            let ended = try store.stampedRuns()
            let lost = Set(stamped.keys).subtracting(ended.keys).sorted()
            let unlogged = Set(ended.keys).subtracting(stamped.keys).sorted()
            let other = ended.filter { stamped[$0.key] != nil && stamped[$0.key] != $0.value }.keys.sorted()
            checks.append(Self.list("runs", lost, good: "every logged run is in the store", bad: "logged, and deleted since"))
            checks.append(Self.list("stamps", unlogged + other, good: "every stamp is in the log", bad: "not in the log as it is"))
            checks.append(Self.list("objects", missing, good: "every logged object is kept", bad: "logged, and missing"))
            let witnesses = try store.witnesses()
            let broken = try witnesses.filter { try $0.size > tree.size || tree.root(of: $0.size) != $0.root }
            checks.append(
                Self.list(
                    "witnesses", broken.map { "\($0.holder) of \($0.at)" },
                    good: witnesses.isEmpty ? "no head is held outside" : "\(witnesses.count) heads held outside are its beginnings",
                    bad: "holds another head: the log was rewritten since"))
            return checks
        }
    }

    private static func list(_ name: String, _ wrong: [String], good: String, bad: String) -> Verification.Check {
        let shown = wrong.prefix(5).joined(separator: ", ") + (wrong.count > 5 ? ", …" : "")
        return .init(name, wrong.isEmpty, wrong.isEmpty ? good : "\(bad): \(shown)")
    }

    private static func hash(_ level: Int, _ index: Int, _ known: inout [Int: [ContentDigest]]) throws -> ContentDigest {
        var row = known[level] ?? []
        while row.count <= index {
            let left = try hash(level - 1, row.count * 2, &known), right = try hash(level - 1, row.count * 2 + 1, &known)
            row.append(MerkleTree.parent(left, right))
        }
        known[level] = row
        return row[index]
    }
}

extension Optional {
    fileprivate func asyncMap<T>(_ body: (Wrapped) async throws -> T) async rethrows -> T? {
        guard let self else { return nil }
        return try await body(self)
    }
}

/// What `verify` says of a stamp's place in the log.
struct LogVerifier: Sendable {
    let context: HomeContext

    /// Inclusion, and the oldest head that covers the stamp and is held outside this host.
    func checks(stamp: ContentDigest, run: String) async -> [Verification.Check] {
        do {
            return try await context.store.perform { store in
                guard let leaf = try store.logLeaf(of: stamp) else {
                    return [.init("log", false, "the stamp is not in the home's log")]
                }
                guard leaf.kind == .stamp, leaf.subject == run else {
                    return [.init("log", false, "the log has it as the \(leaf.kind.rawValue) of \(leaf.subject)")]
                }
                let tree = try store.logTree()
                let proof = try tree.inclusionProof(of: leaf.position, in: tree.size)
                let included = MerkleTree.verifyInclusion(
                    of: MerkleTree.leaf(stamp.bytes), at: leaf.position, in: tree.size, proof: proof, root: try tree.root())
                let place = "leaf \(leaf.position) of \(tree.size)"
                return [
                    .init("log", included, included ? place : "\(place): its audit path does not lead to the head"),
                    try witness(of: leaf, tree: tree, store: store),
                ]
            }
        } catch {
            return [.init("log", false, (error as? any AssayError)?.message ?? "\(error)")]
        }
    }

    /// Being unwitnessed is no fault of the stamp, but whoever reads the verdict must see it.
    private func witness(of leaf: LogLeaf, tree: MerkleTree, store: StoreDatabase) throws -> Verification.Check {
        guard let witness = try store.oldestWitness(covering: leaf.position) else {
            return .init("witness", true, "unwitnessed: no head that covers it is held outside this host")
        }
        let holds = try witness.size <= tree.size && tree.root(of: witness.size) == witness.root
        return .init(
            "witness", holds,
            holds
                ? "the head of \(witness.size) leaves is held by \(witness.holder) since \(witness.at) (\(witness.evidence))"
                : "\(witness.holder) holds another head of \(witness.size) leaves since \(witness.at): the log was rewritten")
    }
}

/// What is wrong with a head of the log that somebody named.
public enum LogError: AssayError, Equatable {
    case sizeUnknown(size: Int, current: Int)
    case noteUnreadable
    case noteForeign(origin: String)

    public var reason: String {
        switch self {
        case .sizeUnknown: "LogSizeUnknown"
        case .noteUnreadable, .noteForeign: "CheckpointInvalid"
        }
    }
    public var message: String {
        switch self {
        case .sizeUnknown(let size, let current): "The log has \(current) leaves, and \(size) is no size that it had"
        case .noteUnreadable: "The file is no checkpoint"
        case .noteForeign(let origin): "The checkpoint of '\(origin)' is not signed by this home's key"
        }
    }
    public var remedy: String {
        switch self {
        case .sizeUnknown(_, let current): current == 0 ? "Run something first" : "Give a size from 1 to \(current), the older one first"
        case .noteUnreadable: "Give a file that 'assay log checkpoint' wrote"
        case .noteForeign: "Compare it with the home that wrote it; if it claims to be this one, keep it: it is evidence"
        }
    }
}

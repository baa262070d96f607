import Digests
import Executor
import Foundation
import GitStore
import Model
import TenantStore

/// Executes a stamped run again from what the home kept (mirror, objects, history) and compares byte for byte.
///
/// Nothing is asked of the outside: no document folder, no data platform, no workspace repository.
public struct Replayer: Sendable {
    let context: HomeContext
    let mirror: Mirror

    public init(_ context: HomeContext, mirror: Mirror) {
        self.context = context
        self.mirror = mirror
    }

    public struct Result: Sendable {
        public enum Verdict: String, Sendable { case identical, differs, diverged, unreplayable }

        public struct ComparedOutput: Sendable, Hashable {
            public var name: String
            public var expected: ContentDigest?
            public var actual: ContentDigest?
        }

        public var run: String
        public var verdict: Verdict
        public var outputs: [ComparedOutput] = []
        public var divergence: Divergence?
        /// What of the host differs from the stamped run, such as the kernel; a replay compares bytes all the same.
        public var environmentDifferences: [String] = []
        /// Why it could not be replayed, or how it ended otherwise.
        public var message = ""
    }

    /// `checkout`: a working tree to take the code from, which must hold exactly the stamped trees.
    public func replay(_ run: RunRow, checkout: String? = nil) async throws -> Result {
        guard let record = try await context.store.stamp(run: run.id) else { throw StampError.stampMissing(run: run.id) }
        var result: Result
        do {
            result = try await execute(run, record: record, checkout: checkout)
        } catch let error as any AssayError {
            result = Result(run: run.id, verdict: .unreplayable, message: error.description)
        }
        try await appendVerdict(result)
        return result
    }

    private func execute(_ run: RunRow, record: StampRecord, checkout: String?) async throws -> Result {
        let stamp = try StampReader(try context.objects.get(record.envelopeSHA256), place: "of run \(run.id)")
        guard let key = context.publicKey(), stamp.envelope.verify(with: key) else {
            throw StampError.signatureInvalid(place: "run \(run.id)")
        }
        let runKey = try stamp.sha256("run-spec")
        // Else the row of one run could be given the stamp of another, and that one would be replayed in its place.
        guard stamp.run == run.id, runKey == run.runKey else {
            throw StampError.stampUnreadable(place: "of run \(run.id)", why: "it is the stamp of run \(stamp.run ?? "?")")
        }
        let spec = try CanonicalJSON.parse(try context.objects.get(runKey)).decode(RunSpec.self)
        let (owner, events) = try HistoryDocument.decode(try context.objects.get(try stamp.sha256("history")))
        guard owner == run.id else { throw StampError.historyUnreadable(why: "it is of run \(owner)") }
        try checkInputs(spec)
        let code = CodeLibrary(mirror: mirror, folder: Scratch.replay(run.id, in: context.home.work))
        do {
            let layout = try await layout(spec, library: code, checkout: checkout)
            let sandbox = try Sandbox.open(run.mode == .degraded ? .degraded : .required)
            let vault = StoreVault(objects: context.objects, trees: context.home.trees)
            let clock = context.clock
            let outcome = try await GuestSession(sandbox: sandbox, vault: vault).run(
                SessionRequest(spec: spec, runKey: runKey, code: layout), recorded: events, live: nil,
                history: NoHistory(), now: { clock.now() })
            await code.clear()
            return compare(outcome, stamp: stamp, run: run)
        } catch {
            await code.clear()
            throw error
        }
    }

    /// Every input is there and unchanged, whether or not the runbook reads it again.
    private func checkInputs(_ spec: RunSpec) throws {
        for document in spec.catalogue {
            do {
                try context.objects.verify(document.sha256)
            } catch let error as any AssayError {
                throw RunError.inputChanged(why: "input \(document.name): \(error.message)")
            }
        }
        for tree in [spec.interpreter, spec.guest] {
            try context.objects.verifyTree(tree)
            let mounted = context.home.layout(of: tree)
            guard FileManager.default.fileExists(atPath: mounted) else { continue }
            try context.objects.verifyMaterialised(tree: tree, at: mounted)
        }
    }

    private func layout(_ spec: RunSpec, library: CodeLibrary, checkout: String?) async throws -> String {
        guard let checkout else {
            for tree in spec.code { try await mirror.verifyObjects(tree: tree.gitTree) }
            return try await library.layout(spec.code)
        }
        var different: [String] = []
        let working = WorkingDirectory(checkout)
        for tree in spec.code {
            let stamped = try await mirror.export(tree: tree.gitTree)
            different += try working.differences(at: tree.path, from: stamped)
        }
        guard different.isEmpty else { throw CheckoutError(commit: spec.commit, files: different) }
        return try await library.layout(spec.code, from: working)
    }

    private func compare(_ outcome: SessionOutcome, stamp: StampReader, run: RunRow) -> Result {
        var result = Result(run: run.id, verdict: .identical)
        result.environmentDifferences = environmentDifferences(stamp)
        switch outcome {
        case .diverged(let divergence, _):
            result.verdict = .diverged
            result.divergence = divergence
            result.message = divergence.message
        case .suspended:
            result.verdict = .diverged
            result.message = "the runbook waits for an answer that the history does not hold"
        case .failed(let failure, _):
            // A failed run replays to the same failure; its record is its only subject.
            let same = failure.reason == stamp.failure?["reason"]?.string
                && failure.message == stamp.failure?["message"]?.string
            result.verdict = same ? .identical : .differs
            result.message = "it fails: \(failure.message)"
        case .succeeded(let record):
            let actual = Dictionary(record.outputs.map { ($0.name, $0.sha256) }, uniquingKeysWith: { a, _ in a })
            let expected = Dictionary(
                stamp.outputs.map { ($0.name, $0.sha256) }, uniquingKeysWith: { a, _ in a })
            result.outputs = Set(actual.keys).union(expected.keys).sorted().map {
                .init(name: $0, expected: expected[$0], actual: actual[$0])
            }
            let same = result.outputs.allSatisfy { $0.expected == $0.actual } && !stamp.failed
            result.verdict = same ? .identical : .differs
        }
        return result
    }

    private func environmentDifferences(_ stamp: StampReader) -> [String] {
        let now = HostFacts.platform()
        return now.keys.sorted().compactMap { key in
            let then = stamp.platform?[key]?.string ?? "unknown"
            return then == now[key] ? nil : "\(key): \(then) then, \(now[key] ?? "unknown") now"
        }
    }

    /// A replay leaves a record of its own, signed, whatever it found.
    private func appendVerdict(_ result: Result) async throws {
        let signer = StampSigner(key: try context.signingKey())
        let at = context.clock.now()
        let value: JSONValue = [
            "format": "assay-verdict", "version": 1, "run": .string(result.run), "at": .string(at),
            "verdict": .string(result.verdict.rawValue), "message": .string(result.message),
            "outputs": .array(
                result.outputs.map {
                    [
                        "name": .string($0.name), "expected": $0.expected.map { .string($0.hex) } ?? .null,
                        "actual": $0.actual.map { .string($0.hex) } ?? .null,
                    ]
                }),
        ]
        let envelope = try signer.envelope(value, payloadType: "application/vnd.assay.verdict+json")
        try await context.store.appendVerdict(run: result.run, envelope: envelope, at: at)
    }
}

/// A working tree that is not the stamped code.
public struct CheckoutError: AssayError, Equatable {
    public let commit: GitObjectID
    public let files: [String]

    public var reason: String { "CheckoutDiffers" }
    public var message: String { "The checkout differs from the stamped code in: \(files.joined(separator: ", "))" }
    public var remedy: String { "Check out commit \(commit) without local changes" }
}

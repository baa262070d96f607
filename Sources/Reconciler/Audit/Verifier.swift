import Digests
import Executor
import Foundation
import GitStore
import Model
import TenantStore

/// Checks a stamp, its signatures, and every object that it names, offline.
public struct Verifier: Sendable {
    let context: HomeContext
    let mirror: Mirror
    let trust: StampTrust

    /// `allowedSigners`: the verifier's own trust root; `nil` takes the home's key, and the verdict is self-asserted.
    public init(_ context: HomeContext, mirror: Mirror, allowedSigners: String?) {
        self.context = context
        self.mirror = mirror
        trust = StampTrust(allowedSigners: allowedSigners, ownKey: context.publicKey())
    }

    /// - Parameter file: what the verifier holds in their hands; it must be what the run stamped.
    public func verify(_ run: RunRow, file: StampFile? = nil) async throws -> Verification {
        guard let record = try await context.store.stamp(run: run.id) else { throw StampError.stampMissing(run: run.id) }
        var result = Verification(run: run.id, trustGiven: trust.allowedSigners != nil, checks: [])
        let stamp: StampReader
        do {
            stamp = try StampReader(try context.objects.get(record.envelopeSHA256), place: "of run \(run.id)")
        } catch {
            result.checks.append(.init("stamp", false, describe(error)))
            return result
        }
        result.checks.append(.init("stamp", true, "sha256 \(record.envelopeSHA256.short)"))
        result.checks += trust.check(stamp, signature: record.signature)
        if let file { result.checks += file.checks(stamp) }
        let rows = RowVerifier(context: context, stamp: stamp, run: run)
        result.checks += await rows.checks()
        result.checks += subjects(stamp)
        if !stamp.failed { result.checks += published(stamp, run: run, record: record) }
        for dependency in stamp.dependencies { result.checks += await check(dependency, of: stamp) }
        result.checks += stamp.byproducts.map { object($0.name, $0.sha256) }
        result.checks.append(await history(stamp, run: run))
        result.checks.append(await LedgerVerifier(context: context, stamp: stamp, run: run).check())
        result.checks += await LogVerifier(context: context).checks(stamp: record.envelopeSHA256, run: run.id)
        return result
    }

    // MARK: - The parts

    private func subjects(_ stamp: StampReader) -> [Verification.Check] {
        stamp.subjects.map { object("output \($0.name)", $0.sha256) }
    }

    /// The files that people see: outputs, and the stamp beside each.
    private func published(_ stamp: StampReader, run: RunRow, record: StampRecord) -> [Verification.Check] {
        let folder = Publisher.folder(of: run, in: context.home)
        let expected = stamp.subjects.flatMap { subject in
            [
                (subject.name, subject.sha256), (subject.name + ".stamp.json", record.envelopeSHA256),
                (subject.name + ".stamp.json.sig", SHA256.digest(record.signature)),
            ]
        }
        let strange = strangers(in: folder, besides: Set(expected.map(\.0)))
        return expected.map { file("\(folder)/\($0.0)", is: $0.1) }
            + strange.map { .init("file \($0)", false, "the run did not make it, and it lies among its outputs") }
    }

    /// Files among the outputs that nobody stamped, and that somebody could take for stamped.
    private func strangers(in folder: String, besides expected: Set<String>) -> [String] {
        let found = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
        return found.filter { path in
            var isFolder: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: folder + "/" + path, isDirectory: &isFolder)
            return !expected.contains(path) && !(exists && isFolder.boolValue)
        }.sorted()
    }

    private func file(_ path: String, is expected: ContentDigest) -> Verification.Check {
        let name = "file " + path.dropFirst(context.home.path.count + 1)
        guard let actual = try? SHA256.digest(ofFile: path) else { return .init(name, false, "cannot be read") }
        return .init(
            name, actual == expected,
            actual == expected ? "sha256 \(actual.short)" : "changed: sha256 is \(actual), stamped was \(expected)")
    }

    private func check(_ dependency: StampReader.Dependency, of stamp: StampReader) async -> [Verification.Check] {
        switch dependency.name {
        case "commit":
            return [await commit(dependency, of: stamp)]
        case "manifests":
            return [await manifests(dependency)]
        case "trust-root":
            return trustRoot(dependency)
        case "interpreter", "guest":
            return [tree(dependency)]
        case let name where name.hasPrefix("code:"):
            return [await code(dependency)]
        case "configuration", "policies":
            // Both are part of the run's spec, which is checked as an object of its own.
            return []
        default:
            guard let digest = dependency.sha256 else { return [.init(dependency.name, false, "the stamp gives no digest")] }
            return [object(dependency.name, digest)]
        }
    }

    private func object(_ name: String, _ digest: ContentDigest) -> Verification.Check {
        do {
            try context.objects.verify(digest)
            return .init(name, true, "sha256 \(digest.short)")
        } catch {
            return .init(name, false, describe(error))
        }
    }

    /// The kept objects, and the copy that is mounted.
    private func tree(_ dependency: StampReader.Dependency) -> Verification.Check {
        guard let digest = dependency.sha256 else { return .init(dependency.name, false, "the stamp gives no digest") }
        do {
            try context.objects.verifyTree(digest)
            let mounted = context.home.layout(of: digest)
            if FileManager.default.fileExists(atPath: mounted) {
                try context.objects.verifyMaterialised(tree: digest, at: mounted)
            }
            return .init(dependency.name, true, "tree \(digest.short)")
        } catch {
            return .init(dependency.name, false, describe(error))
        }
    }

    /// The list of files that said whom this home trusted, and the files.
    private func trustRoot(_ dependency: StampReader.Dependency) -> [Verification.Check] {
        guard let digest = dependency.sha256 else { return [.init(dependency.name, false, "the stamp gives no digest")] }
        let list = object(dependency.name, digest)
        guard list.passed, let bytes = try? context.objects.get(digest), let files = (try? CanonicalJSON.parse(bytes))?.object
        else { return [list] }
        return [list] + files.sorted { $0.key < $1.key }.map { name, value in
            guard let digest = value.string.flatMap(ContentDigest.init(hex:)) else { return .init(name, false, "it has no digest") }
            return object("trust-root: \(name)", digest)
        }
    }

    /// The commit itself, and that the stamped code is what it holds.
    private func commit(_ dependency: StampReader.Dependency, of stamp: StampReader) async -> Verification.Check {
        guard let commit = dependency.gitCommit else { return .init("commit", false, "the stamp names no commit") }
        do {
            for code in stamp.dependencies where code.name.hasPrefix("code:") {
                let path = String(code.name.dropFirst(5))
                try await mirror.verifyObjects(commit, paths: [path])
                let held = try await mirror.treeDigest(commit, path: path)
                guard held?.gitTree == code.gitTree, held?.sha256 == code.sha256 else {
                    return .init("commit", false, "\(path) of commit \(commit.short) is not the stamped code")
                }
            }
            let revision = try await mirror.revision(commit)
            return .init("commit", true, "\(commit.short) \(revision.subject) (\(revision.author.name))")
        } catch {
            return .init("commit", false, describe(error))
        }
    }

    /// The commit whose manifests configured a run of older code.
    private func manifests(_ dependency: StampReader.Dependency) async -> Verification.Check {
        guard let commit = dependency.gitCommit else { return .init("manifests", false, "the stamp names no commit") }
        do {
            let revision = try await mirror.revision(commit)
            return .init("manifests", true, "\(commit.short) \(revision.subject) (\(revision.author.name))")
        } catch {
            return .init("manifests", false, describe(error))
        }
    }

    /// Both names of a code tree: Git's for its users, SHA-256 for trust.
    private func code(_ dependency: StampReader.Dependency) async -> Verification.Check {
        guard let tree = dependency.gitTree, let expected = dependency.sha256 else {
            return .init(dependency.name, false, "the stamp gives no digest")
        }
        do {
            try await mirror.verifyObjects(tree: tree)
            let actual = try await mirror.treeDigest(tree: tree)
            return .init(
                dependency.name, actual == expected,
                actual == expected ? "git tree \(tree.short)" : "git tree \(tree) hashes to \(actual), stamped was \(expected)")
        } catch {
            return .init(dependency.name, false, describe(error))
        }
    }

    /// The kept history document, and the store's rows beside it.
    private func history(_ stamp: StampReader, run: RunRow) async -> Verification.Check {
        do {
            let (owner, events) = try HistoryDocument.decode(try context.objects.get(try stamp.sha256("history")))
            guard owner == run.id else { return .init("events", false, "the history is of run \(owner)") }
            let rows = try await context.store.events(run: run.id)
            guard rows == events else {
                let first = zip(rows, events).first { $0 != $1 }.map { $0.0.sequence } ?? min(rows.count, events.count) + 1
                return .init("events", false, "the store's event \(first) is not the one in the stamped history")
            }
            for event in events {
                if let response = event.responseSHA256 { try context.objects.verify(response) }
                guard try Self.requestDigest(event) == event.requestSHA256 else {
                    return .init("events", false, "the request of event \(event.sequence) does not have its digest")
                }
            }
            return .init("events", true, "\(events.count) events, every request and answer intact")
        } catch {
            return .init("events", false, describe(error))
        }
    }

    /// Only calls without a body can be hashed again from the history alone; an output's body is its own object.
    private static func requestDigest(_ event: Event) throws -> ContentDigest {
        guard event.kind != "output" else { return event.requestSHA256 }
        let request = try CanonicalJSON.parse(Array(event.request.utf8))
        return try CanonicalJSON.digest(["kind": .string(event.kind), "request": request, "body": .null])
    }

    private func describe(_ error: any Error) -> String {
        (error as? any AssayError)?.message ?? "\(error)"
    }
}

extension HomeContext {
    func publicKey() -> VerifyingKey? {
        guard let data = FileManager.default.contents(atPath: home.stampKeyPublic) else { return nil }
        return try? VerifyingKey(openSSH: String(decoding: data, as: UTF8.self))
    }
}

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

    public func verify(_ run: RunRow) async throws -> Verification {
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
        result.checks.append(identity(stamp, run: run))
        result.checks += subjects(stamp)
        if run.state == .succeeded { result.checks += published(stamp, run: run, record: record) }
        for dependency in stamp.dependencies { result.checks += await check(dependency) }
        result.checks += stamp.byproducts.map { object($0.name, $0.sha256) }
        result.checks.append(await history(stamp, run: run))
        if run.state == .succeeded { result.checks.append(await ledger(stamp, run: run)) }
        return result
    }

    // MARK: - The parts

    private func identity(_ stamp: StampReader, run: RunRow) -> Verification.Check {
        let same = stamp.run == run.id && stamp.runKey == run.runKey
        return .init(
            "run", same, same ? "run key \(run.runKey.short)" : "the stamp is of run \(stamp.run ?? "?"), the store says \(run.id)")
    }

    private func subjects(_ stamp: StampReader) -> [Verification.Check] {
        stamp.subjects.map { object("output \($0.name)", $0.sha256) }
    }

    /// The files that people see: outputs, and the stamp beside each.
    private func published(_ stamp: StampReader, run: RunRow, record: StampRecord) -> [Verification.Check] {
        let folder = Publisher.folder(of: run, in: context.home)
        return stamp.subjects.flatMap { subject in
            [
                file("\(folder)/\(subject.name)", is: subject.sha256),
                file("\(folder)/\(subject.name).stamp.json", is: record.envelopeSHA256),
                file("\(folder)/\(subject.name).stamp.json.sig", is: SHA256.digest(record.signature)),
            ]
        }
    }

    private func file(_ path: String, is expected: ContentDigest) -> Verification.Check {
        let name = "file " + path.dropFirst(context.home.path.count + 1)
        guard let actual = try? SHA256.digest(ofFile: path) else { return .init(name, false, "cannot be read") }
        return .init(
            name, actual == expected,
            actual == expected ? "sha256 \(actual.short)" : "changed: sha256 is \(actual), stamped was \(expected)")
    }

    private func check(_ dependency: StampReader.Dependency) async -> [Verification.Check] {
        switch dependency.name {
        case "commit":
            return [await commit(dependency)]
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

    private func commit(_ dependency: StampReader.Dependency) async -> Verification.Check {
        guard let commit = dependency.gitCommit else { return .init("commit", false, "the stamp names no commit") }
        do {
            let revision = try await mirror.revision(commit)
            return .init("commit", true, "\(commit.short) \(revision.subject) (\(revision.author.name))")
        } catch {
            return .init("commit", false, describe(error))
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

    /// What is posted is what the stamped history says was posted, in every line.
    private func ledger(_ stamp: StampReader, run: RunRow) async -> Verification.Check {
        do {
            let (_, events) = try HistoryDocument.decode(try context.objects.get(try stamp.sha256("history")))
            let posts = events.filter { $0.kind == "journal.post" }
            let entries = try await context.store.entries(run: run.id).filter { $0.reverses == nil }.map(\.entry)
                .sorted { $0.number < $1.number }
            guard posts.count == entries.count else {
                return .init("ledger", false, "\(entries.count) entries are posted, the history holds \(posts.count)")
            }
            for (post, entry) in zip(posts, entries) {
                let told = try CanonicalJSON.parse(Array(post.request.utf8))
                guard LedgerComparison.same(told, entry) else {
                    return .init("ledger", false, "entry \(entry.number) is not what event \(post.sequence) posted")
                }
            }
            return .init("ledger", true, "\(entries.count) entries as posted")
        } catch {
            return .init("ledger", false, describe(error))
        }
    }

    private func describe(_ error: any Error) -> String {
        (error as? any AssayError)?.message ?? "\(error)"
    }
}

/// Compares a told `journal.post` with the entry that the ledger holds.
enum LedgerComparison {
    static func same(_ told: JSONValue, _ entry: JournalEntry) -> Bool {
        guard told["date"]?.string == entry.date.description, told["description"]?.string == entry.description,
            (told["opening"]?.bool ?? false) == entry.opening, let lines = told["lines"]?.array,
            lines.count == entry.lines.count
        else { return false }
        return zip(lines, entry.lines).allSatisfy { told, line in
            guard let text = told["amount"]?.string, let amount = Amount(text, currency: line.currency) else { return false }
            let signed = told["side"]?.string == "credit" ? -amount.minorUnits : amount.minorUnits
            return told["account"]?.string == line.account && told["currency"]?.string == line.currency.code
                && signed == line.minorUnits
        }
    }
}

extension HomeContext {
    func publicKey() -> VerifyingKey? {
        guard let data = FileManager.default.contents(atPath: home.stampKeyPublic) else { return nil }
        return try? VerifyingKey(openSSH: String(decoding: data, as: UTF8.self))
    }
}

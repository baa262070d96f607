import Digests
import GitStore
import Model
import TenantStore

// The push itself, and what happens where the remote holds something else than this home remembers.
extension StatusReporter {
    /// - Returns: the item whose commit stands on the remote now.
    func push(_ item: OutboxItem, deadline: Duration) async throws -> OutboxItem {
        var item = item
        // A remote that moves on each time belongs to somebody else who is at work.
        for _ in 0..<3 {
            let payload = try CanonicalJSON.decode(PushPayload.self, from: Array(item.payload.utf8))
            let outcome = try await pusher.push(
                StatusPush(
                    mirror: mirror.path, remote: try context.remote(), commit: payload.commit, reference: payload.reference),
                deadline: deadline)
            guard case .diverged(let found) = outcome else {
                try context.faults.reach(.reportPushed)
                return item
            }
            guard try await isOwn(found) else {
                throw ReportingError.foreign(url: payload.url, reference: payload.reference, commit: found)
            }
            try await exclusively { try await self.goOn(from: found) }
            guard let replaced = try await context.store.outbox(.push, limit: 1).first else { return item }
            item = replaced
        }
        throw GitStoreError.unreachable(url: try context.remote().shownURL, detail: "its status reference moves all the time")
    }

    /// The head of the log that whoever has the pushed commit holds from now on.
    func witness(of item: OutboxItem) async throws -> LogWitness? {
        guard item.kind == .push else { return nil }
        let commit = try CanonicalJSON.decode(PushPayload.self, from: Array(item.payload.utf8)).commit
        guard let bytes = try await mirror.file(StatusFile.checkpointPath, at: commit),
            let note = SignedNote(String(decoding: bytes, as: UTF8.self)), let head = Checkpoint(text: note.text)
        else { return nil }
        return LogWitness(
            size: head.size, root: head.root, holder: "status ref", evidence: commit.hex, at: context.clock.now())
    }

    /// Whether a commit was made by this home: then its parents were chosen by this home as well.
    private func isOwn(_ commit: GitObjectID) async throws -> Bool {
        guard let signed = try await mirror.signedContent(of: commit), signed.kind == .ssh else { return false }
        let key = try context.signingKey().verifyingKey
        let armour = String(decoding: signed.signature, as: UTF8.self)
        return (try? SSHSignature.verify(armored: armour, message: signed.payload, namespace: Self.namespace, key: key)) != nil
    }

    /// A home that was restored from a backup tells what it knows on top of what it told before and does not remember.
    private func goOn(from found: GitObjectID) async throws {
        guard let tip = try await mirror.target(of: reference) else { return }
        let time = try await mirror.revision(tip).committer.time
        let message = try await "\(mirror.revision(tip).subject)\n\nThis home goes on from \(found.short), which it did not remember.\n"
        let commit = try await append(.same(as: tip), on: found, time: time, message: message)
        try await context.store.reported(
            upTo: nil, commit: commit, push: try payload(commit), hook: nil, at: context.clock.now())
    }
}

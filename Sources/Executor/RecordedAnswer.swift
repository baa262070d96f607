import Digests
import Model

/// The answer of a call as it is kept.
///
/// The object is canonical JSON, `{"ok": true, "result": …, "body": <SHA-256 or null>}` or `{"ok": false, "error":
/// {"reason", "message"}}`, and names the body by digest: the event's response digest covers both, and a document is
/// kept once, as it is.
public struct RecordedAnswer: Hashable, Sendable {
    public var outcome: EffectAnswer.Outcome

    /// Keeps an answer (and its body) and gives the digest for `Event.responseSHA256`. Also for answers that come from
    /// outside an attempt, such as a person's decision.
    public static func store(_ outcome: EffectAnswer.Outcome, in vault: any ObjectVault) throws -> ContentDigest {
        if case .ok(_, .bytes(let bytes)) = outcome { _ = try vault.put(bytes) }
        return try vault.put(try encode(outcome))
    }

    /// The object of an answer, without its body.
    public static func encode(_ outcome: EffectAnswer.Outcome) throws -> [UInt8] {
        switch outcome {
        case .error(let reason, let message):
            let error: JSONValue = ["reason": .string(reason), "message": .string(message)]
            return try CanonicalJSON.encode(["ok": false, "error": error])
        case .ok(let result, let body):
            let digest: JSONValue =
                switch body {
                case nil: .null
                case .bytes(let bytes): .string(SHA256.digest(bytes).hex)
                case .object(let digest): .string(digest.hex)
                }
            return try CanonicalJSON.encode(["ok": true, "result": result, "body": digest])
        }
    }

    /// Reads an answer back, by its digest.
    public static func load(_ digest: ContentDigest, from vault: any ObjectVault) throws -> RecordedAnswer {
        do {
            var fields = try Fields(try CanonicalJSON.parse(try vault.get(digest)), of: "the answer")
            if try fields.bool("ok") {
                let result = try fields.value("result")
                let body = try fields.optionalString("body")
                try fields.finish()
                guard let body else { return RecordedAnswer(outcome: .ok(result, body: nil)) }
                guard let digest = ContentDigest(hex: body) else { throw ProtocolBreach(message: "the body has no digest") }
                return RecordedAnswer(outcome: .ok(result, body: .object(digest)))
            }
            var error = try Fields(try fields.value("error"), of: "the refusal")
            return RecordedAnswer(
                outcome: .error(reason: try error.string("reason"), message: try error.string("message")))
        } catch let breach as ProtocolBreach {
            throw ExecutorError.recordedAnswerBroken(digest: digest, why: breach.message)
        }
    }

    /// The frame that carries it to the guest.
    func frame(for sequence: Int, vault: any ObjectVault) throws -> (header: JSONValue, body: [UInt8]) {
        let id = JSONValue.integer(Int64(sequence))
        switch outcome {
        case .error(let reason, let message):
            let error: JSONValue = ["reason": .string(reason), "message": .string(message)]
            return (["type": "answer", "id": id, "ok": false, "error": error], [])
        case .ok(let result, let body):
            let bytes =
                switch body {
                case nil: [UInt8]()
                case .bytes(let bytes): bytes
                case .object(let digest): try vault.get(digest)
                }
            return (["type": "answer", "id": id, "ok": true, "result": result], bytes)
        }
    }
}

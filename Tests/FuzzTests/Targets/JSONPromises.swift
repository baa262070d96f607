import Digests
import Foundation
import Model

/// JSON that somebody else wrote: frames, stamps, histories.
enum JSONPromises {
    @Sendable static func check(_ input: [UInt8]) throws {
        let value: JSONValue
        do {
            value = try CanonicalJSON.parse(input)
        } catch let error as DigestError {
            guard case .invalidJSON(let offset, _) = error else { throw error }
            try promise((0...input.count).contains(offset), "an error stands at byte \(offset) of \(input.count)")
            return try BrokenPromise.check(error)
        }
        let canonical = try CanonicalJSON.encode(value)
        let again = try CanonicalJSON.parse(canonical)
        try promise(try CanonicalJSON.encode(again) == canonical, "the canonical form is not stable: \(text(canonical))")
        try promise(try CanonicalJSON.parse(canonical) == again, "two readings differ: \(text(canonical))")
        if input.count <= 256 { try foundationAgrees(input, value, canonical) }
        try envelope(input)
    }

    /// Another implementation takes whatever this strict one takes, and means the same.
    private static func foundationAgrees(_ input: [UInt8], _ value: JSONValue, _ canonical: [UInt8]) throws {
        let theirs: JSONValue
        do {
            theirs = try JSONDecoder().decode(JSONValue.self, from: Data(input))
        } catch {
            throw BrokenPromise(description: "Foundation refuses what was accepted: \(text(input)): \(error)")
        }
        // Foundation reads an integer of up to 64 bits as one; canonical JSON knows none beyond 53.
        guard let written = try? CanonicalJSON.encode(theirs) else { return }
        try promise(written == canonical, "Foundation reads \(text(written)), not \(text(canonical))")
    }

    /// A stamp's envelope, which a verifier gets from anybody.
    private static func envelope(_ input: [UInt8]) throws {
        do {
            let envelope = try DSSEEnvelope(decoding: input)
            let again = try DSSEEnvelope(decoding: try envelope.encoded())
            try promise(again == envelope, "an envelope changes when it is written")
        } catch let error as DigestError {
            try BrokenPromise.check(error)
        }
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes.prefix(300), as: UTF8.self) }
}

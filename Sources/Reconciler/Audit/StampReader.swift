import Digests
import Foundation
import Model

/// A stamp that was read back: its envelope, its statement, and the statement's parts by name.
public struct StampReader: Sendable {
    public let bytes: [UInt8]
    public let envelope: DSSEEnvelope
    public let statement: JSONValue
    /// Where it was read from, for messages.
    public let place: String

    public init(_ bytes: [UInt8], place: String) throws {
        self.bytes = bytes
        self.place = place
        do {
            envelope = try DSSEEnvelope(decoding: bytes)
            statement = try CanonicalJSON.parse(envelope.payload)
        } catch let error as any AssayError {
            throw StampError.stampUnreadable(place: place, why: error.message)
        }
        guard statement["_type"]?.string == StampStatement.statementType,
            envelope.payloadType == StampSigner.payloadType
        else { throw StampError.stampUnreadable(place: place, why: "it is no in-toto statement") }
        guard statement["predicate"]?["assay_version"] == .integer(StampStatement.extensionVersion) else {
            throw StampError.stampUnreadable(place: place, why: "it is of a version that this assay does not know")
        }
    }

    var subjects: [StampStatement.Subject] {
        (statement["subject"]?.array ?? []).compactMap { item in
            guard let name = item["name"]?.string, let digest = Self.sha256(item) else { return nil }
            return .init(name: name, sha256: digest)
        }
    }

    var run: String? { details?["metadata"]?["invocationId"]?.string }
    var runKey: ContentDigest? {
        definition?["internalParameters"]?["runKey"]?.string.flatMap { ContentDigest(hex: $0) }
    }
    var startedOn: String? { details?["metadata"]?["startedOn"]?.string }
    var platform: JSONValue? { definition?["internalParameters"]?["platform"] }
    var failed: Bool { statement["predicate"]?["assay_failure"] != nil }
    var byproducts: [StampStatement.Subject] {
        (details?["byproducts"]?.array ?? []).compactMap { item in
            guard let name = item["name"]?.string, let digest = Self.sha256(item) else { return nil }
            return .init(name: name, sha256: digest)
        }
    }

    struct Dependency: Sendable {
        var name: String
        var sha256: ContentDigest?
        var gitTree: GitObjectID?
        var gitCommit: GitObjectID?
    }

    var dependencies: [Dependency] {
        (definition?["resolvedDependencies"]?.array ?? []).compactMap { item in
            guard let name = item["name"]?.string else { return nil }
            return Dependency(
                name: name, sha256: Self.sha256(item),
                gitTree: item["digest"]?["gitTree"]?.string.flatMap { GitObjectID(hex: $0) },
                gitCommit: item["digest"]?["gitCommit"]?.string.flatMap { GitObjectID(hex: $0) })
        }
    }

    func sha256(_ name: String) throws -> ContentDigest {
        guard let digest = dependencies.first(where: { $0.name == name })?.sha256 else {
            throw StampError.stampUnreadable(place: place, why: "it does not name '\(name)'")
        }
        return digest
    }

    private var definition: JSONValue? { statement["predicate"]?["buildDefinition"] }
    private var details: JSONValue? { statement["predicate"]?["runDetails"] }
    private static func sha256(_ item: JSONValue) -> ContentDigest? {
        item["digest"]?["sha256"]?.string.flatMap { ContentDigest(hex: $0) }
    }
}

/// Finds the run that a published file belongs to.
public enum StampFile {
    /// `path`: an output, or its `.stamp.json`.
    public static func run(of path: String) throws -> String {
        let stampPath = path.hasSuffix(".stamp.json") ? path : path + ".stamp.json"
        guard let data = FileManager.default.contents(atPath: stampPath) else {
            throw StampError.stampUnreadable(place: stampPath, why: "there is no such file")
        }
        guard let run = try StampReader(Array(data), place: stampPath).run else {
            throw StampError.stampUnreadable(place: stampPath, why: "it names no run")
        }
        return run
    }
}

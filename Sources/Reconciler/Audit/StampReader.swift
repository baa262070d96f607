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

    /// The subjects that are outputs; the others are the record of a run without any.
    var outputs: [StampStatement.Subject] {
        failed || statement["predicate"]?["assay_recordOnly"]?.bool == true ? [] : subjects
    }

    var run: String? { details?["metadata"]?["invocationId"]?.string }
    var runKey: ContentDigest? {
        definition?["internalParameters"]?["runKey"]?.string.flatMap { ContentDigest(hex: $0) }
    }
    var startedOn: String? { details?["metadata"]?["startedOn"]?.string }
    var finishedOn: String? { details?["metadata"]?["finishedOn"]?.string }
    var mode: RunMode? { definition?["internalParameters"]?["mode"]?.string.flatMap(RunMode.init(rawValue:)) }
    /// The run that this one replaced.
    var supersedes: String? { statement["predicate"]?["assay_supersedes"]?["run"]?.string }
    /// Runs for the same deployment, entity and period before this one, as it lists them.
    var earlierRuns: [JSONValue] { statement["predicate"]?["assay_earlierRuns"]?.array ?? [] }
    var failure: JSONValue? { statement["predicate"]?["assay_failure"] }
    var platform: JSONValue? { definition?["internalParameters"]?["platform"] }
    var failed: Bool { failure != nil }
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

/// An output or stamp that somebody holds in their hands, wherever it lies, and the run that it claims to be of.
public struct StampFile: Sendable {
    /// Absolute path of what was named: an output, or its `.stamp.json`.
    public let path: String
    public let run: String
    private let stamp: StampReader

    private var isStamp: Bool { path.hasSuffix(Self.suffix) }
    private static let suffix = ".stamp.json"

    /// `path`: an output that has its stamp beside it, or the stamp.
    public init(_ path: String) throws {
        self.path = path
        let stampPath = path.hasSuffix(Self.suffix) ? path : path + Self.suffix
        guard let data = FileManager.default.contents(atPath: stampPath) else {
            throw StampError.stampUnreadable(place: stampPath, why: "there is no such file")
        }
        stamp = try StampReader(Array(data), place: stampPath)
        guard let run = stamp.run else { throw StampError.stampUnreadable(place: stampPath, why: "it names no run") }
        self.run = run
    }

    /// The stamp of the run in the home says nothing about this file unless this file is what was stamped.
    func checks(_ kept: StampReader) -> [Verification.Check] {
        let same = stamp.bytes == kept.bytes
        let beside = Verification.Check(
            "given stamp", same, same ? "\(stamp.place) is the run's" : "\(stamp.place) is not the stamp of run \(run)")
        guard !isStamp else { return [beside] }
        let name = "given file"
        guard let digest = try? SHA256.digest(ofFile: path) else { return [beside, .init(name, false, "\(path) cannot be read")] }
        let stamped = kept.subjects.contains { $0.sha256 == digest && "/\(path)".hasSuffix("/\($0.name)") }
        return [beside, .init(name, stamped, stamped ? "sha256 \(digest.short)" : "\(path) is no output of the run: its sha256 is \(digest)")]
    }
}

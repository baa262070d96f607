import Digests
import Model

/// A run's history as one kept document: what the stamp's `history` digest names, and what a replay reads.
///
/// JSON Lines, each line canonical: a header `{"format": "assay-history", "run": …, "version": 1}`, then an event a line.
public enum HistoryDocument {
    static let version: Int64 = 1

    static func encode(run: String, events: [Event]) throws -> [UInt8] {
        let header: JSONValue = [
            "format": "assay-history", "version": .integer(version), "run": .string(run),
        ]
        var bytes = try CanonicalJSON.encode(header)
        bytes.append(0x0a)
        for event in events {
            bytes += try CanonicalJSON.encode(try JSONValue(encoding: event))
            bytes.append(0x0a)
        }
        return bytes
    }

    static func decode(_ bytes: [UInt8]) throws -> (run: String, events: [Event]) {
        let lines = bytes.split(separator: 0x0a)
        guard let first = lines.first else { throw StampError.historyUnreadable(why: "it is empty") }
        let header = try CanonicalJSON.parse(Array(first))
        guard header["format"] == "assay-history", let run = header["run"]?.string else {
            throw StampError.historyUnreadable(why: "its first line is not the header of a history")
        }
        guard header["version"] == .integer(version) else {
            throw StampError.historyUnreadable(why: "it is of a version that this assay does not know")
        }
        let events = try lines.dropFirst().map { try CanonicalJSON.parse(Array($0)).decode(Event.self) }
        return (run, events)
    }
}

/// What is wrong with a stamp, or with what it names.
public enum StampError: AssayError, Equatable {
    case historyUnreadable(why: String)
    case stampUnreadable(place: String, why: String)
    case stampMissing(run: String)
    case signatureInvalid(place: String)

    public var reason: String {
        switch self {
        case .historyUnreadable: "HistoryUnreadable"
        case .stampUnreadable: "StampUnreadable"
        case .stampMissing: "StampMissing"
        case .signatureInvalid: "SignatureInvalid"
        }
    }

    public var message: String {
        switch self {
        case .historyUnreadable(let why): "The history cannot be read: \(why)"
        case .stampUnreadable(let place, let why): "The stamp \(place) cannot be read: \(why)"
        case .stampMissing(let run): "Run \(run) has no stamp"
        case .signatureInvalid(let place): "The signature of \(place) is not valid"
        }
    }

    public var remedy: String {
        switch self {
        case .stampMissing: "Only finished runs are stamped; 'assay show RUN' says where it stands"
        default: "Restore it from a backup; a changed stamp or history proves nothing"
        }
    }
}

import Digests
import Model

/// A frame of the guest, understood in full: what is not known is a breach, never skipped.
enum GuestMessage {
    case hello
    case call(Asked, wait: Bool)
    case tell(Asked)
    case wait([Int])
    case succeeded
    case failed(RunFailure)

    /// The common part of calls and tells.
    struct Asked {
        var sequence: Int
        var kind: String
        var request: JSONValue
        /// Canonical JSON of the request.
        var requestText: String
        var requestSHA256: ContentDigest
        var file: String?
        var line: Int?
        var body: [UInt8]
        var bodySHA256: ContentDigest?
    }

    init(_ frame: Frame) throws {
        var fields = try Fields(frame.header, of: "a frame")
        let type = try fields.string("type")
        switch type {
        case "hello":
            guard try fields.integer("protocol") == 1 else { throw ProtocolBreach(message: "hello names another protocol") }
            self = .hello
        case "call":
            let asked = try Asked(&fields, body: frame.body)
            self = .call(asked, wait: try fields.optionalBool("wait") ?? false)
        case "tell":
            self = .tell(try Asked(&fields, body: frame.body))
        case "wait":
            self = .wait(try fields.integers("ids"))
        case "end":
            self = try GuestMessage.end(&fields)
        default:
            throw ProtocolBreach(message: "a frame has the unknown type \(excerpt(type, 50))")
        }
        try fields.finish()
        if case .tell = self { return }
        if case .call = self { return }
        guard frame.body.isEmpty else { throw ProtocolBreach(message: "a frame of type \(type) has a body") }
    }

    private static func end(_ fields: inout Fields) throws -> GuestMessage {
        switch try fields.string("outcome") {
        case "succeeded": return .succeeded
        case "failed":
            var failure = try Fields(try fields.value("failure"), of: "a failure")
            let made = RunFailure(
                reason: try failure.string("reason"), message: try failure.string("message"),
                file: try failure.optionalString("file"), line: try failure.optionalInteger("line"),
                detail: try failure.optionalString("detail"))
            try failure.finish()
            guard ["RunbookFailed", "RunbookError", "SandboxViolation"].contains(made.reason) else {
                throw ProtocolBreach(message: "a failure has the unknown reason \(excerpt(made.reason, 50))")
            }
            return .failed(made)
        default: throw ProtocolBreach(message: "the end names neither success nor failure")
        }
    }
}

extension GuestMessage.Asked {
    init(_ fields: inout Fields, body: [UInt8]) throws {
        sequence = try fields.integer("id")
        kind = try fields.string("kind")
        request = try fields.value("request")
        if let place = try fields.optionalValue("at") {
            var at = try Fields(place, of: "a place")
            file = try at.string("file")
            line = try at.integer("line")
            try at.finish()
        }
        self.body = body
        bodySHA256 = body.isEmpty ? nil : SHA256.digest(body)
        requestText = try CanonicalJSON.string(request)
        requestSHA256 = try GuestMessage.Asked.digest(kind: kind, requestText: requestText, body: bodySHA256)
    }

    /// SHA-256 of the canonical JSON of `{"body", "kind", "request"}`, in that order: the request is encoded already.
    static func digest(kind: String, requestText: String, body: ContentDigest?) throws -> ContentDigest {
        let kind = try CanonicalJSON.string(.string(kind))
        let body = body.map { "\"\($0.hex)\"" } ?? "null"
        return SHA256.digest("{\"body\":\(body),\"kind\":\(kind),\"request\":\(requestText)}".utf8)
    }
}

/// Takes the members of an object one by one; what is left at the end is a breach.
struct Fields {
    private var members: [String: JSONValue]
    private let owner: String

    init(_ value: JSONValue, of owner: String) throws {
        guard let members = value.object else { throw ProtocolBreach(message: "\(owner) is not an object") }
        self.members = members
        self.owner = owner
    }

    func finish() throws {
        guard let name = members.keys.min() else { return }
        throw ProtocolBreach(message: "\(owner) has the unknown member \(excerpt(name, 50))")
    }

    mutating func value(_ name: String) throws -> JSONValue {
        guard let value = members.removeValue(forKey: name) else {
            throw ProtocolBreach(message: "\(owner) has no member \(name)")
        }
        return value
    }

    /// `nil` where it is absent or null.
    mutating func optionalValue(_ name: String) throws -> JSONValue? {
        let value = members.removeValue(forKey: name)
        return value == .null ? nil : value
    }

    private mutating func typed<T>(_ name: String, _ what: String, _ value: T?) throws -> T {
        guard let value else { throw ProtocolBreach(message: "\(owner) has a member \(name) that is not \(what)") }
        return value
    }

    mutating func string(_ name: String) throws -> String { try typed(name, "text", try value(name).string) }
    mutating func bool(_ name: String) throws -> Bool { try typed(name, "true or false", try value(name).bool) }
    mutating func array(_ name: String) throws -> [JSONValue] { try typed(name, "a list", try value(name).array) }
    mutating func integer(_ name: String) throws -> Int { Int(try typed(name, "an integer", try value(name).integer)) }

    mutating func integers(_ name: String) throws -> [Int] {
        try array(name).map { Int(try typed(name, "a list of integers", $0.integer)) }
    }
    mutating func optionalString(_ name: String) throws -> String? {
        try optionalValue(name).map { try typed(name, "text", $0.string) }
    }
    mutating func optionalBool(_ name: String) throws -> Bool? {
        try optionalValue(name).map { try typed(name, "true or false", $0.bool) }
    }
    mutating func optionalInteger(_ name: String) throws -> Int? {
        try optionalValue(name).map { Int(try typed(name, "an integer", $0.integer)) }
    }
}

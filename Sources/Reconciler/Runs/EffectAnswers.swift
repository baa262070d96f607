import Executor
import Model

/// Answers the calls of a live run from what was frozen for it (catalogue, opening balances), and from the data platform.
struct EffectAnswers: EffectAnswering {
    /// Runs one query and gives the result as `docs/guest-protocol.md` describes it, or a refusal.
    typealias Query = @Sendable (_ sql: String, _ parameters: [JSONValue]) async -> EffectAnswer.Outcome

    let spec: RunSpec
    let opening: JSONValue
    let query: Query
    private let documents: [String: CatalogueEntry]

    init(spec: RunSpec, opening: JSONValue, query: @escaping Query) {
        self.spec = spec
        self.opening = opening
        self.query = query
        documents = Dictionary(spec.catalogue.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    func answer(_ call: EffectCall) async throws -> EffectReply {
        .answered(EffectAnswer(await outcome(of: call)))
    }

    private func outcome(of call: EffectCall) async -> EffectAnswer.Outcome {
        switch call.kind {
        case "document.find":
            return find(call.request)
        case "document.read":
            return read(call.request)
        case "ledger.opening":
            return .ok(opening, body: nil)
        case "query":
            guard let sql = call.request["sql"]?.string, let parameters = call.request["parameters"]?.array else {
                return malformed(call)
            }
            return await query(sql, parameters)
        default:
            return .error(reason: "EffectUnknown", message: "this version of assay does not know the effect '\(call.kind)'")
        }
    }

    func find(_ request: JSONValue) -> EffectAnswer.Outcome {
        guard let pattern = request["pattern"]?.string, pattern.utf8.count <= 1024 else {
            return .error(reason: "RequestMalformed", message: "document.find takes a pattern of at most 1,024 bytes")
        }
        let matcher = NamePattern(pattern)
        let documents = spec.catalogue.filter { matcher.matches($0.name) }.map(describe)
        return .ok(["documents": .array(documents)], body: nil)
    }

    func read(_ request: JSONValue) -> EffectAnswer.Outcome {
        guard let name = request["name"]?.string else {
            return .error(reason: "RequestMalformed", message: "document.read takes the name of a document")
        }
        guard let entry = documents[name] else {
            return .error(
                reason: "DocumentMissing",
                message: "there is no document '\(name)' for \(spec.entity) in \(spec.period)")
        }
        return .ok(describe(entry), body: .object(entry.sha256))
    }

    private func describe(_ entry: CatalogueEntry) -> JSONValue {
        ["name": .string(entry.name), "sha256": .string(entry.sha256.hex), "size": .integer(entry.size)]
    }

    private func malformed(_ call: EffectCall) -> EffectAnswer.Outcome {
        .error(reason: "RequestMalformed", message: "\(call.kind) lacks a field that it needs")
    }
}

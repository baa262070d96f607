import Digests
import Foundation
import Model
import TenantStore

/// How the outputs of two runs differ: by JSON pointer for JSON, by line for text, by digest for anything else.
public struct OutputComparison: Sendable {
    public struct Difference: Sendable, Hashable {
        public enum Kind: String, Sendable { case same, changed, added, removed }
        public var name: String
        public var kind: Kind
        /// Where in the file, and what stands there in the first and in the second run.
        public var details: [Detail]
    }

    public struct Detail: Sendable, Hashable {
        /// A JSON pointer, or `line N`.
        public var place: String
        public var before: String?
        public var after: String?
    }

    let objects: ObjectStore

    public init(_ context: HomeContext) { objects = context.objects }

    public func compare(_ before: [Output], _ after: [Output]) throws -> [Difference] {
        let old = Dictionary(before.map { ($0.name, $0) }, uniquingKeysWith: { a, _ in a })
        let new = Dictionary(after.map { ($0.name, $0) }, uniquingKeysWith: { a, _ in a })
        return try Set(old.keys).union(new.keys).sorted().map { name in
            switch (old[name], new[name]) {
            case (let a?, let b?) where a.sha256 == b.sha256: Difference(name: name, kind: .same, details: [])
            case (let a?, let b?): Difference(name: name, kind: .changed, details: try details(a, b))
            case (nil, _): Difference(name: name, kind: .added, details: [])
            default: Difference(name: name, kind: .removed, details: [])
            }
        }
    }

    private func details(_ a: Output, _ b: Output) throws -> [Detail] {
        let (before, after) = (try objects.get(a.sha256), try objects.get(b.sha256))
        if a.mediaType == "application/json", let old = try? CanonicalJSON.parse(before),
            let new = try? CanonicalJSON.parse(after)
        {
            var found: [Detail] = []
            Self.walk(old, new, pointer: "", into: &found)
            return found
        }
        return Self.lines(before, after)
    }

    static func walk(_ old: JSONValue?, _ new: JSONValue?, pointer: String, into found: inout [Detail]) {
        guard old != new else { return }
        switch (old, new) {
        case (.object(let a)?, .object(let b)?):
            for key in Set(a.keys).union(b.keys).sorted() {
                walk(a[key], b[key], pointer: "\(pointer)/\(escaped(key))", into: &found)
            }
        case (.array(let a)?, .array(let b)?):
            for index in 0..<max(a.count, b.count) {
                // A bare `nil` here would be JSON's null.
                walk(
                    a.indices.contains(index) ? .some(a[index]) : .none, b.indices.contains(index) ? .some(b[index]) : .none,
                    pointer: "\(pointer)/\(index)", into: &found)
            }
        default:
            found.append(Detail(place: pointer, before: old.map(text), after: new.map(text)))
        }
    }

    private static func escaped(_ key: String) -> String {
        key.split(separator: "~", omittingEmptySubsequences: false).joined(separator: "~0")
            .split(separator: "/", omittingEmptySubsequences: false).joined(separator: "~1")
    }

    private static func text(_ value: JSONValue) -> String {
        value.string ?? (try? CanonicalJSON.string(value)) ?? "?"
    }

    /// Lines that only one side has, in order; `CollectionDifference` is Myers' algorithm.
    private static func lines(_ before: [UInt8], _ after: [UInt8]) -> [Detail] {
        let old = String(decoding: before, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        let new = String(decoding: after, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        let details = new.difference(from: old).map { change -> (line: Int, detail: Detail) in
            switch change {
            case .remove(let offset, let line, _):
                (offset, Detail(place: "line \(offset + 1)", before: String(line), after: nil))
            case .insert(let offset, let line, _):
                (offset, Detail(place: "line \(offset + 1)", before: nil, after: String(line)))
            }
        }
        // By line, what was removed before what stands there now.
        return details.sorted { ($0.line, $0.detail.before == nil ? 1 : 0) < ($1.line, $1.detail.before == nil ? 1 : 0) }
            .map(\.detail)
    }
}

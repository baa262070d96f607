import Digests
import Model

/// The first place where two files differ, and what stands there.
///
/// Linear in their size: a file that differs everywhere must not cost more than one that differs once.
struct ContentDifference: Hashable, Sendable {
    /// Such as `at /total`, `on line 3` or `at byte 17`.
    var place: String
    /// What stands there: canonical JSON, a line, or bytes in hexadecimal; `nil` where that side has nothing.
    var before: String?
    var after: String?
    /// A few lines for people.
    var excerpt: [String]
    private let isLine: Bool

    /// What stands there, for a sentence.
    var shownBefore: String { shown(before) }
    var shownAfter: String { shown(after) }
    private func shown(_ text: String?) -> String { text.map { isLine ? "“\($0)”" : $0 } ?? "nothing" }

    init(place: String, before: String?, after: String?, excerpt: [String], isLine: Bool = false) {
        self.place = place
        self.before = before
        self.after = after
        self.excerpt = excerpt
        self.isLine = isLine
    }

    /// `nil` where the bytes are equal.
    static func first(_ before: [UInt8], _ after: [UInt8], isJSON: Bool) -> ContentDifference? {
        guard before != after else { return nil }
        if isJSON, let old = try? CanonicalJSON.parse(before), let new = try? CanonicalJSON.parse(after),
            let found = JSONDifference.first(old, new)
        {
            return found
        }
        // Equal values, otherwise written; or no JSON at all.
        let old = String(validating: before, as: UTF8.self), new = String(validating: after, as: UTF8.self)
        guard let old, let new, !before.contains(0), !after.contains(0) else { return bytes(before, after) }
        return lines(old, new)
    }

    private static func bytes(_ before: [UInt8], _ after: [UInt8]) -> ContentDifference {
        let at = zip(before, after).enumerated().first { $1.0 != $1.1 }?.offset ?? min(before.count, after.count)
        func shown(_ bytes: [UInt8]) -> String? { at < bytes.count ? lowerHex(bytes[at..<min(at + 8, bytes.count)]) : nil }
        return ContentDifference(place: "at byte \(at)", before: shown(before), after: shown(after), excerpt: [])
    }

    private static func lines(_ before: String, _ after: String) -> ContentDifference {
        let old = before.utf8.split(separator: 0x0a, omittingEmptySubsequences: false).map { String(Substring($0)) }
        let new = after.utf8.split(separator: 0x0a, omittingEmptySubsequences: false).map { String(Substring($0)) }
        let start = zip(old, new).enumerated().first { !$1.0.utf8.elementsEqual($1.1.utf8) }?.offset ?? min(old.count, new.count)
        // What follows the last newline is no line.
        func shown(_ lines: [String]) -> String? {
            start < lines.count - (lines.last?.isEmpty == true ? 1 : 0) ? clipped(lines[start]) : nil
        }
        return ContentDifference(
            place: "on line \(start + 1)", before: shown(old), after: shown(new), excerpt: hunk(old, new, from: start),
            isLine: true)
    }

    /// The first lines that differ with two around them, as in a unified diff: of a window, so that it costs the same
    /// however much differs.
    private static func hunk(_ old: [String], _ new: [String], from start: Int) -> [String] {
        let window = 40, context = 2, most = 16
        let before = Array(old[start..<min(old.count, start + window)]), after = Array(new[start..<min(new.count, start + window)])
        let removed = Set(after.difference(from: before).removals.map(\.place)), added = Set(after.difference(from: before).insertions.map(\.place))
        var lines = ["@@ line \(start + 1) @@"] + old[max(0, start - context)..<start].map { " " + clipped($0) }
        var a = 0, b = 0, same = 0
        while a < before.count || b < after.count, same < context, lines.count < most {
            if a < before.count, removed.contains(a) {
                (lines, a, same) = (lines + ["-" + clipped(before[a])], a + 1, 0)
            } else if b < after.count, added.contains(b) {
                (lines, b, same) = (lines + ["+" + clipped(after[b])], b + 1, 0)
            } else if a < before.count {
                (lines, a, b, same) = (lines + [" " + clipped(before[a])], a + 1, b + 1, same + 1)
            } else {
                break
            }
        }
        return lines + (same < context && (a < before.count || b < after.count) ? ["…"] : [])
    }
}

extension CollectionDifference.Change {
    fileprivate var place: Int {
        switch self {
        case .insert(let offset, _, _), .remove(let offset, _, _): offset
        }
    }
}

/// Short enough for a line of a report.
func clipped(_ text: String, to length: Int = 160) -> String {
    text.count <= length ? text : text.prefix(length) + "…"
}

/// Where two JSON documents differ, by pointer.
private struct JSONDifference {
    private var found: [(pointer: String, before: JSONValue?, after: JSONValue?)] = []
    private static let most = 6

    static func first(_ before: JSONValue, _ after: JSONValue) -> ContentDifference? {
        var difference = JSONDifference()
        difference.walk(before, after, "")
        guard let first = difference.found.first else { return nil }
        return ContentDifference(
            place: "at \(shown(first.pointer))", before: first.before.map(text), after: first.after.map(text),
            excerpt: difference.found.prefix(most).flatMap { place -> [String] in
                ["@@ \(shown(place.pointer)) @@"] + (place.before.map { ["-" + text($0)] } ?? [])
                    + (place.after.map { ["+" + text($0)] } ?? [])
            } + (difference.found.count > most ? ["… and more"] : []))
    }

    /// Members in the order of their names, elements in theirs.
    private mutating func walk(_ before: JSONValue?, _ after: JSONValue?, _ pointer: String) {
        guard found.count <= JSONDifference.most else { return }
        switch (before, after) {
        case (.object(let a)?, .object(let b)?):
            for key in Set(a.keys).union(b.keys).sorted() { walk(a[key], b[key], "\(pointer)/\(JSONDifference.escaped(key))") }
        case (.array(let a)?, .array(let b)?):
            for index in 0..<max(a.count, b.count) {
                // A bare `nil` here would be JSON's null.
                walk(index < a.count ? .some(a[index]) : .none, index < b.count ? .some(b[index]) : .none, "\(pointer)/\(index)")
            }
        case (.string(let a)?, .string(let b)?):
            // Swift takes two spellings of one letter for equal; their bytes are not.
            if !a.utf8.elementsEqual(b.utf8) { found.append((pointer, before, after)) }
        default:
            if before != after { found.append((pointer, before, after)) }
        }
    }

    /// The whole document has an empty pointer, which nobody would see.
    private static func shown(_ pointer: String) -> String { pointer.isEmpty ? "the root" : pointer }

    private static func escaped(_ key: String) -> String { key.replacing("~", with: "~0").replacing("/", with: "~1") }

    private static func text(_ value: JSONValue) -> String { clipped((try? CanonicalJSON.string(value)) ?? "?") }
}

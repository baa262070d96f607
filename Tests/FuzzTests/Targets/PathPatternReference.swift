/// Another reading of a pattern over paths: written to be obvious, not fast.
final class PathPatternReference {
    private let pattern: [UInt8]
    private var path: [UInt8] = []
    private var known: [Int: Bool] = [:]

    init(_ text: String) { pattern = Array(text.utf8) }

    /// What a policy may write; other texts never become a pattern. Short, because this reading takes its time.
    static func isTaken(_ text: String) -> Bool {
        text.utf8.count <= 64 && !text.hasPrefix("/") && !text.hasSuffix("/")
    }

    func covers(_ text: String) -> Bool {
        path = Array(text.utf8)
        known = [:]
        guard !matches(0, 0) else { return true }
        // A pattern whose last name has no wildcard also covers everything below.
        let lastName = pattern[((pattern.lastIndex(of: slash) ?? -1) + 1)...]
        guard !lastName.contains(star), !lastName.contains(mark) else { return false }
        let whole = path
        for at in whole.indices where whole[at] == slash {
            path = Array(whole[..<at])
            known = [:]
            if matches(0, 0) { return true }
        }
        return false
    }

    private let slash = UInt8(ascii: "/"), star = UInt8(ascii: "*"), mark = UInt8(ascii: "?")

    /// Whether the pattern from `p` on is exactly the path from `i` on.
    private func matches(_ p: Int, _ i: Int) -> Bool {
        let place = p << 16 | i
        if let known = known[place] { return known }
        let answer = compare(p, i)
        known[place] = answer
        return answer
    }

    private func compare(_ p: Int, _ i: Int) -> Bool {
        guard p < pattern.count else { return i == path.count }
        let rest = pattern[p...]
        if startsName(p), rest.starts(with: [star, star, slash]) {
            // No folder, or any number of whole ones.
            return matches(p + 3, i) || (i..<path.count).contains { path[$0] == slash && matches(p + 3, $0 + 1) }
        }
        if rest.starts(with: [star, star]) {
            let end = p + rest.prefix { $0 == star }.count
            return (i...path.count).contains { matches(end, $0) }
        }
        guard pattern[p] == star || i < path.count else { return false }
        switch pattern[p] {
        case star:
            let end = path[i...].firstIndex(of: slash) ?? path.count
            return (i...end).contains { matches(p + 1, $0) }
        case mark:
            guard path[i] != slash, path[i] & 0xc0 != 0x80 else { return false }
            var end = i + 1
            while end < path.count, path[end] & 0xc0 == 0x80 { end += 1 }
            return matches(p + 1, end)
        default: return pattern[p] == path[i] && matches(p + 1, i + 1)
        }
    }

    /// Whether a name begins at this place of the pattern.
    private func startsName(_ p: Int) -> Bool { p == 0 || pattern[p - 1] == slash }
}

/// A pattern of a policy over paths of the repository.
///
/// `*` and `?` stay within one name, `**` crosses folders (`**/` also none of them), and a pattern that ends without a
/// wildcard covers everything below the folder that it names: a rule that is slightly too wide is noticed, one that
/// quietly protects nothing is not.
struct PathPattern: Hashable, Sendable {
    private enum Token: Hashable { case byte(UInt8), one, many, everything, folders }
    private let tokens: [Token]
    private let coversFolder: Bool

    init(_ pattern: String) {
        var tokens: [Token] = []
        var rest = Array(pattern.utf8)[...]
        let (star, slash) = (UInt8(ascii: "*"), UInt8(ascii: "/"))
        while let first = rest.first {
            let startsName = tokens.isEmpty || tokens.last == .byte(slash) || tokens.last == .folders
            if startsName, rest.starts(with: [star, star, slash]) {
                tokens.append(.folders)
                rest = rest.dropFirst(3)
            } else if rest.starts(with: [star, star]) {
                tokens.append(.everything)
                rest = rest.drop { $0 == star }
            } else {
                tokens.append(first == star ? .many : first == UInt8(ascii: "?") ? .one : .byte(first))
                rest = rest.dropFirst()
            }
        }
        self.tokens = tokens
        let lastName = tokens.suffix(while: { $0 != .byte(slash) && $0 != .folders })
        coversFolder = lastName.allSatisfy { if case .byte = $0 { true } else { false } }
    }

    /// Takes at most pattern × path steps, whatever both are.
    func matches(_ path: String) -> Bool {
        let path = Array(path.utf8)
        let slash = UInt8(ascii: "/")
        // reachable[i]: the tokens so far can match the first i bytes.
        var reachable = [Bool](repeating: false, count: path.count + 1)
        reachable[0] = true
        for token in tokens {
            var next = [Bool](repeating: false, count: path.count + 1)
            var hasEarlier = false, isAlive = false
            for i in 0...path.count {
                let before = i > 0 && reachable[i - 1]
                switch token {
                case .byte(let byte): next[i] = before && path[i - 1] == byte
                // One character of UTF-8: its later bytes are taken along.
                case .one:
                    next[i] = (before && path[i - 1] != slash && path[i - 1] & 0xc0 != 0x80)
                        || (i > 0 && next[i - 1] && path[i - 1] & 0xc0 == 0x80)
                case .many: next[i] = reachable[i] || (i > 0 && next[i - 1] && path[i - 1] != slash)
                case .everything: next[i] = reachable[i] || (i > 0 && next[i - 1])
                case .folders: next[i] = reachable[i] || (hasEarlier && path[i - 1] == slash)
                }
                hasEarlier = hasEarlier || reachable[i]
                isAlive = isAlive || next[i]
            }
            if !isAlive { return false }
            reachable = next
        }
        if reachable[path.count] { return true }
        return coversFolder && path.indices.contains { path[$0] == slash && reachable[$0] }
    }
}

extension Array {
    /// The longest end of which every element satisfies the condition.
    fileprivate func suffix(while condition: (Element) -> Bool) -> ArraySlice<Element> {
        self[((lastIndex { !condition($0) } ?? -1) + 1)...]
    }
}

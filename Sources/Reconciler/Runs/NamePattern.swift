/// A shell pattern over document names: `*` and `?` stay within a folder, `**/` crosses any number of folders.
struct NamePattern {
    private enum Token: Equatable { case literal(Character), one, many, folders }
    private let tokens: [Token]

    init(_ pattern: String) {
        var tokens: [Token] = []
        var rest = Substring(pattern)
        while let first = rest.first {
            if rest.hasPrefix("**/") {
                tokens.append(.folders)
                rest = rest.dropFirst(3)
            } else {
                tokens.append(first == "*" ? .many : first == "?" ? .one : .literal(first))
                rest = rest.dropFirst()
            }
        }
        self.tokens = tokens
    }

    /// Dynamic programming over the name, so that no pattern takes more than pattern × name steps.
    func matches(_ name: String) -> Bool {
        let name = Array(name)
        // reachable[i]: the tokens so far can match the first i characters.
        var reachable = [Bool](repeating: false, count: name.count + 1)
        reachable[0] = true
        for token in tokens {
            var next = [Bool](repeating: false, count: name.count + 1)
            // Whether any place before this one can be reached.
            var before = false
            for i in 0...name.count {
                switch token {
                case .literal(let character):
                    next[i] = i > 0 && reachable[i - 1] && name[i - 1] == character
                case .one:
                    next[i] = i > 0 && reachable[i - 1] && name[i - 1] != "/"
                case .many:
                    next[i] = reachable[i] || (i > 0 && next[i - 1] && name[i - 1] != "/")
                case .folders:
                    next[i] = reachable[i] || (i > 0 && name[i - 1] == "/" && before)
                }
                before = before || reachable[i]
            }
            reachable = next
        }
        return reachable[name.count]
    }
}

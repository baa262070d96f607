/// Turns the text of a pattern into a program for `Pattern`.
struct PatternCompiler {
    static let maximumLength = 500
    static let maximumInstructions = 4_000
    static let maximumRepeat = 500
    static let maximumGroups = 32

    private indirect enum Node {
        case empty
        case character(Pattern.CharacterSet)
        case sequence([Node])
        case choice([Node])
        case repeated(Node, Int, Int?)
        case start
        case end
    }

    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var depth = 0
    private var emitted = 0
    private var program: [Pattern.Instruction] = []

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    mutating func compile() throws -> [Pattern.Instruction] {
        guard scalars.count <= Self.maximumLength else {
            throw PatternError(message: "it is longer than \(Self.maximumLength) characters")
        }
        let node = try choice()
        guard index == scalars.count else { throw PatternError(message: "a ')' has no '('") }
        try emit(node)
        program.append(.match)
        return program
    }

    // MARK: Parsing

    private var next: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        index += 1
        return true
    }

    private mutating func choice() throws -> Node {
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() throws -> Node {
        var parts: [Node] = []
        while let scalar = next, scalar != "|", scalar != ")" { parts.append(try repetition()) }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func repetition() throws -> Node {
        let node = try atom()
        guard let bounds = try quantifier() else { return node }
        if case .start = node { throw PatternError(message: "'^' cannot be repeated") }
        if case .end = node { throw PatternError(message: "'$' cannot be repeated") }
        _ = take("?")  // lazy or greedy: whether it matches is the same
        if try quantifier() != nil { throw PatternError(message: "two quantifiers stand side by side") }
        return .repeated(node, bounds.0, bounds.1)
    }

    private mutating func quantifier() throws -> (Int, Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        guard take("{") else { return nil }
        let lower = try number()
        var upper: Int? = lower
        if take(",") { upper = next == "}" ? nil : try number() }
        guard take("}"), upper.map({ $0 >= lower }) ?? true else {
            throw PatternError(message: "a repetition is not of the form {m}, {m,} or {m,n}")
        }
        return (lower, upper)
    }

    private mutating func number() throws -> Int {
        var value = 0
        var digits = 0
        while let scalar = next, ("0"..."9").contains(scalar) {
            value = value * 10 + Int(scalar.value - 0x30)
            digits += 1
            index += 1
            guard value <= Self.maximumRepeat else {
                throw PatternError(message: "it repeats more than \(Self.maximumRepeat) times")
            }
        }
        guard digits > 0 else { throw PatternError(message: "a repetition is not of the form {m}, {m,} or {m,n}") }
        return value
    }

    private mutating func atom() throws -> Node {
        guard let scalar = next else { return .empty }
        index += 1
        switch scalar {
        case "^": return .start
        case "$": return .end
        case ".": return .character(.init(ranges: [0x0a...0x0a, 0x0d...0x0d, 0x2028...0x2029], negated: true))
        case "[": return .character(try characterClass())
        case "(": return try group()
        case "\\": return .character(.init(ranges: try escape()))
        case "*", "+", "?", "{": throw PatternError(message: "'\(scalar)' repeats nothing")
        default: return .character(.init(ranges: [scalar.value...scalar.value]))
        }
    }

    private mutating func group() throws -> Node {
        if take("?"), !take(":") {
            throw PatternError(message: "groups that look around or have names are not supported")
        }
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumGroups else { throw PatternError(message: "groups stand too deep in each other") }
        let node = try choice()
        guard take(")") else { throw PatternError(message: "a '(' has no ')'") }
        return node
    }

    private mutating func characterClass() throws -> Pattern.CharacterSet {
        var set = Pattern.CharacterSet(ranges: [], negated: take("^"))
        while !take("]") {
            let low = try classMember()
            guard next == "-", index + 1 < scalars.count, scalars[index + 1] != "]" else {
                set.ranges += low
                continue
            }
            index += 1
            let high = try classMember()
            guard low.count == 1, high.count == 1, low[0].count == 1, high[0].count == 1,
                low[0].lowerBound <= high[0].lowerBound
            else { throw PatternError(message: "a range in [] is not from a lower to a higher character") }
            set.ranges.append(low[0].lowerBound...high[0].lowerBound)
        }
        return set
    }

    private mutating func classMember() throws -> [ClosedRange<UInt32>] {
        guard let scalar = next else { throw PatternError(message: "a '[' has no ']'") }
        index += 1
        return scalar == "\\" ? try escape() : [scalar.value...scalar.value]
    }

    private mutating func escape() throws -> [ClosedRange<UInt32>] {
        guard let scalar = next else { throw PatternError(message: "it ends in a backslash") }
        index += 1
        let digits: [ClosedRange<UInt32>] = [0x30...0x39]
        let word = digits + [0x41...0x5a, 0x5f...0x5f, 0x61...0x7a]
        let space: [ClosedRange<UInt32>] = [0x09...0x0d, 0x20...0x20, 0xa0...0xa0, 0x2028...0x2029, 0xfeff...0xfeff]
        switch scalar {
        case "d": return digits
        case "D": return opposite(digits)
        case "w": return word
        case "W": return opposite(word)
        case "s": return space
        case "S": return opposite(space)
        case "n": return [0x0a...0x0a]
        case "r": return [0x0d...0x0d]
        case "t": return [0x09...0x09]
        case "0"..."9", "a"..."z", "A"..."Z": throw PatternError(message: "the escape \\\(scalar) is not supported")
        default: return [scalar.value...scalar.value]
        }
    }

    private func opposite(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var result: [ClosedRange<UInt32>] = []
        var from: UInt32 = 0
        for range in ranges {
            if range.lowerBound > from { result.append(from...(range.lowerBound - 1)) }
            from = range.upperBound + 1
        }
        return result + [from...0x10ffff]
    }

    // MARK: Emitting

    private mutating func emit(_ node: Node) throws {
        emitted += 1  // counts empty nodes too: repeated in each other they would emit nothing for ever
        guard emitted < Self.maximumInstructions else {
            throw PatternError(message: "its repetitions make it too large")
        }
        switch node {
        case .empty: break
        case .character(let set): program.append(.character(set))
        case .start: program.append(.assertStart)
        case .end: program.append(.assertEnd)
        case .sequence(let parts): for part in parts { try emit(part) }
        case .choice(let branches): try emitChoice(branches)
        case .repeated(let node, let lower, let upper): try emitRepeat(node, lower, upper)
        }
    }

    private mutating func emitChoice(_ branches: [Node]) throws {
        var jumps: [Int] = []
        for branch in branches.dropLast() {
            let split = reserve()
            try emit(branch)
            jumps.append(reserve())
            program[split] = .split(split + 1, program.count)
        }
        try emit(branches[branches.count - 1])
        for jump in jumps { program[jump] = .jump(program.count) }
    }

    private mutating func emitRepeat(_ node: Node, _ lower: Int, _ upper: Int?) throws {
        for _ in 0..<lower { try emit(node) }
        guard let upper else {
            let split = reserve()
            try emit(node)
            program.append(.jump(split))
            program[split] = .split(split + 1, program.count)
            return
        }
        var splits: [Int] = []
        for _ in lower..<upper {
            splits.append(reserve())
            try emit(node)
        }
        for split in splits { program[split] = .split(split + 1, program.count) }
    }

    private mutating func reserve() -> Int {
        program.append(.jump(0))
        return program.count - 1
    }
}

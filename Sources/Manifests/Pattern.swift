/// A regular expression without backtracking: matching costs at most text × pattern, whatever either says.
///
/// Patterns come from the watched repository, so one that would hang a backtracking engine must not hang the daemon.
/// The syntax is the part of ECMA 262 that needs no backtracking: literals, `.`, classes, `\d \w \s` and their
/// opposites, groups, `|`, `* + ? {m,n}`, `^` and `$`. As in JSON Schema a pattern matches anywhere unless anchored.
struct Pattern: Sendable {
    enum Instruction: Sendable {
        case character(CharacterSet)
        case split(Int, Int)
        case jump(Int)
        case assertStart
        case assertEnd
        case match
    }

    /// Ranges of Unicode scalars, perhaps negated.
    struct CharacterSet: Sendable {
        var ranges: [ClosedRange<UInt32>]
        var negated = false

        func contains(_ scalar: UInt32) -> Bool { ranges.contains { $0.contains(scalar) } != negated }
    }

    let text: String
    private let program: [Instruction]

    /// Throws `PatternError` for what this engine does not take.
    init(_ text: String) throws {
        self.text = text
        var compiler = PatternCompiler(text)
        program = try compiler.compile()
    }

    func matches(_ subject: String) -> Bool {
        let scalars = subject.unicodeScalars.map(\.value)
        var current = Threads(program.count)
        var following = Threads(program.count)
        for position in 0...scalars.count {
            if add(0, to: &current, position, scalars.count) { return true }
            guard position < scalars.count else { break }
            for thread in current.list {
                if case .character(let set) = program[thread], set.contains(scalars[position]),
                    add(thread + 1, to: &following, position + 1, scalars.count)
                {
                    return true
                }
            }
            swap(&current, &following)
            following.clear()
        }
        return false
    }

    /// Follows everything that consumes nothing; true when that reaches the end of the pattern.
    private func add(_ start: Int, to threads: inout Threads, _ position: Int, _ end: Int) -> Bool {
        var pending = [start]
        while let index = pending.popLast() {
            guard threads.insert(index) else { continue }
            switch program[index] {
            case .match: return true
            case .jump(let target): pending.append(target)
            case .split(let first, let second): pending += [second, first]
            case .assertStart: if position == 0 { pending.append(index + 1) }
            case .assertEnd: if position == end { pending.append(index + 1) }
            case .character: continue
            }
        }
        return false
    }

    /// A set of program positions that is cheap to clear.
    private struct Threads {
        var list: [Int] = []
        private var present: [Bool]

        init(_ count: Int) { present = Array(repeating: false, count: count) }

        mutating func insert(_ index: Int) -> Bool {
            guard !present[index] else { return false }
            present[index] = true
            list.append(index)
            return true
        }

        mutating func clear() {
            for index in list { present[index] = false }
            list.removeAll(keepingCapacity: true)
        }
    }
}

struct PatternError: Error, Hashable {
    var message: String
}

/// A regular expression without backtracking: matching costs at most text × pattern, whatever either says.
///
/// Patterns come from the watched repository, so one that would hang a backtracking engine must not hang the daemon. Where
/// the text comes from there too, even the product may be much: `Steps` bounds it.
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

    /// What matching may still cost: one for each character set that a character is looked for in, and its ranges.
    struct Steps {
        /// Some hundredths of a second: more than the forms of names, rates and dates need in any file that people write.
        static let ofOneFile = Steps(left: 2_000_000)
        static var unlimited: Steps { Steps(left: .max) }

        var left: Int
    }

    let text: String
    private let program: [Instruction]
    /// How many instructions it has.
    var size: Int { program.count }

    /// Throws `PatternError` for what this engine does not take.
    init(_ text: String) throws {
        self.text = text
        var compiler = PatternCompiler(text)
        program = try compiler.compile()
    }

    func matches(_ subject: String) -> Bool {
        var steps = Steps.unlimited
        return matches(subject, &steps) ?? false
    }

    /// `nil` where the steps were used up before the answer was found.
    func matches(_ subject: String, _ steps: inout Steps) -> Bool? {
        let scalars = subject.unicodeScalars.map(\.value)
        var current = Threads(program.count)
        var following = Threads(program.count)
        for position in 0...scalars.count {
            if add(0, to: &current, position, scalars.count) { return true }
            guard position < scalars.count else { break }
            for thread in current.list {
                guard case .character(let set) = program[thread] else { continue }
                steps.left -= 1 + set.ranges.count
                guard steps.left > 0 else { return nil }
                if set.contains(scalars[position]), add(thread + 1, to: &following, position + 1, scalars.count) {
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
        threads.pending.append(start)
        while let index = threads.pending.popLast() {
            guard threads.insert(index) else { continue }
            switch program[index] {
            case .match: return true
            case .jump(let target): threads.pending.append(target)
            case .split(let first, let second):
                threads.pending.append(second)
                threads.pending.append(first)
            case .assertStart: if position == 0 { threads.pending.append(index + 1) }
            case .assertEnd: if position == end { threads.pending.append(index + 1) }
            case .character: continue
            }
        }
        return false
    }

    /// A set of program positions that is cheap to clear.
    private struct Threads {
        var list: [Int] = []
        /// Positions that are still to be followed; empty between two characters.
        var pending: [Int] = []
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

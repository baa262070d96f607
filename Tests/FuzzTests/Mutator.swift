/// Changes inputs at random, and the same way again from the same seed.
struct Mutator {
    private var state: UInt64
    private let tokens: [[UInt8]]

    init(seed: UInt64, tokens: [[UInt8]]) {
        state = seed
        self.tokens = tokens
    }

    /// One of the inputs after a few changes; at most `longest` bytes.
    mutating func change(_ inputs: [[UInt8]], longest: Int) -> [UInt8] {
        var bytes = pick(inputs) ?? []
        for _ in 0...below(6) { change(&bytes, inputs) }
        return Array(bytes.prefix(longest))
    }

    private mutating func change(_ bytes: inout [UInt8], _ inputs: [[UInt8]]) {
        let at = below(bytes.count + 1)
        let end = min(bytes.count, at + 1 + below(below(4) == 0 ? 200 : 8))
        switch below(9) {
        case 0: if at < bytes.count { bytes[at] ^= 1 << UInt8(below(8)) }
        case 1: if at < bytes.count { bytes[at] = UInt8(truncatingIfNeeded: next()) }
        case 2: bytes.removeSubrange(at..<end)
        case 3: bytes.insert(contentsOf: Array(bytes[at..<end]), at: below(bytes.count + 1))
        case 4, 5: if let token = pick(tokens) { bytes.insert(contentsOf: token, at: at) }
        case 6: if let token = pick(tokens) { bytes.replaceSubrange(at..<min(bytes.count, at + token.count), with: token) }
        case 7:
            let other = pick(inputs) ?? []
            let from = below(other.count + 1)
            bytes.replaceSubrange(at..., with: other[from...])
        default: bytes.insert(contentsOf: String(number()).utf8, at: at)
        }
    }

    private mutating func number() -> Int {
        let edges = [0, 1, -1, 7, 31, 60, 127, 255, 1 << 16, 1 << 31, 1 << 32, 1 << 53, Int.max, Int.min]
        return pick(edges) ?? 0
    }

    private mutating func pick<T>(_ from: [T]) -> T? { from.isEmpty ? nil : from[below(from.count)] }

    private mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    /// SplitMix64.
    private mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// The candidate that a mistyped word most likely meant, or `nil` where none is near.
///
/// `base_currency`, `base-currency` and `baseCurrency` are the same word. Otherwise at most a third of the candidate may
/// differ (optimal string alignment: a swap of neighbours counts once); of several as near the first one counts.
public func nearest(to word: String, among candidates: [String]) -> String? {
    guard let alignment = Alignment(word.lowercased()) else { return nil }
    let simple = simplified(word)
    if let same = candidates.first(where: { simplified($0) == simple }) { return same }
    var best: (word: String, distance: Int)?
    for candidate in candidates {
        let distance = alignment.distance(to: candidate.lowercased())
        guard distance <= max(1, candidate.unicodeScalars.count / 3), distance < best?.distance ?? .max else { continue }
        best = (candidate, distance)
    }
    return best?.word
}

private func simplified(_ word: String) -> String {
    word.lowercased().filter { $0 != "_" && $0 != "-" && $0 != " " }
}

/// Counts the insertions, deletions, replacements and swaps of neighbours that turn one word into others.
///
/// Bit i of each number stands for the first i + 1 letters of the word: one column of the usual table is a few operations
/// (Hyyrö 2003). A merged file may misspell thousands of names that are compared with hundreds each.
struct Alignment {
    private let length: Int
    private let places: [Unicode.Scalar: UInt64]

    /// `nil` for a word of no letters or of more than 64.
    init?(_ word: String) {
        var places: [Unicode.Scalar: UInt64] = [:]
        var length = 0
        for letter in word.unicodeScalars {
            guard length < 64 else { return nil }
            places[letter, default: 0] |= 1 << UInt64(length)
            length += 1
        }
        guard length > 0 else { return nil }
        self.length = length
        self.places = places
    }

    func distance(to other: String) -> Int {
        var distance = length
        let last: UInt64 = 1 << UInt64(length - 1)
        // Where the table grows or falls by one from one row to the next, and where its diagonal stays the same.
        var (grows, falls, stays, before): (UInt64, UInt64, UInt64, UInt64) = (.max, 0, 0, 0)
        for letter in other.unicodeScalars {
            let here = places[letter] ?? 0
            let swapped = ((~stays & here) << 1) & before
            stays = (((here & grows) &+ grows) ^ grows) | here | falls | swapped
            var right = falls | ~(stays | grows)
            var left = stays & grows
            if right & last != 0 { distance += 1 }
            if left & last != 0 { distance -= 1 }
            right = right << 1 | 1
            left <<= 1
            grows = left | ~(stays | right)
            falls = right & stays
            before = here
        }
        return distance
    }
}

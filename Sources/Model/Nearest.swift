/// The candidate that a mistyped word most likely meant, or `nil` where none is near.
///
/// Optimal string alignment distance (a swap of neighbours counts once); at most a third of the word may differ.
public func nearest(to word: String, among candidates: [String]) -> String? {
    let limit = max(1, word.count / 3)
    let distances = candidates.map { (editDistance(word, $0), $0) }
    return distances.filter { $0.0 <= limit }.min { $0 < $1 }?.1
}

private func editDistance(_ a: String, _ b: String) -> Int {
    let a = Array(a), b = Array(b)
    if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
    var beforePrevious: [Int] = []
    var previous = Array(0...b.count)
    for i in 1...a.count {
        var row = [i] + Array(repeating: 0, count: b.count)
        for j in 1...b.count {
            let substitution = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
            row[j] = min(previous[j] + 1, row[j - 1] + 1, substitution)
            if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                row[j] = min(row[j], beforePrevious[j - 2] + 1)
            }
        }
        beforePrevious = previous
        previous = row
    }
    return previous[b.count]
}

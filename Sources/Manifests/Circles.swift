/// Finds deployments that in the end wait for themselves, however long the way round.
///
/// Tarjan's algorithm, asked for one deployment after the other: each is visited once, however many ask.
struct Circles {
    /// Which circle each visited deployment lies on; one that waits for nothing of its own has a circle for itself.
    private var circles: [String: Int] = [:]
    private var count = 0

    /// Whether the two wait for each other. `dependencies` are those of one deployment.
    mutating func join(_ a: String, _ b: String, _ dependencies: (String) throws -> [String]) rethrows -> Bool {
        if circles[a] == nil { try visit(a, dependencies) }
        if circles[b] == nil { try visit(b, dependencies) }
        return circles[a] == circles[b]
    }

    private mutating func visit(_ first: String, _ dependencies: (String) throws -> [String]) rethrows {
        /// When each was reached, and the earliest that it leads back to.
        var reached: [String: Int] = [:], earliest: [String: Int] = [:]
        /// Reached, and its circle not closed.
        var open: [String] = []
        /// The way from the first one, each with the dependencies that are still to be followed.
        var way: [(name: String, next: [String])] = []

        func enter(_ name: String) throws {
            earliest[name] = reached.count
            reached[name] = reached.count
            open.append(name)
            way.append((name, try dependencies(name)))
        }
        try enter(first)
        while let name = way.last?.name {
            if let next = way[way.count - 1].next.popLast() {
                if circles[next] != nil { continue }
                guard let time = reached[next] else {
                    try enter(next)
                    continue
                }
                earliest[name] = min(earliest[name] ?? time, time)
            } else {
                way.removeLast()
                guard earliest[name] != reached[name] else {
                    close(name, &open)
                    continue
                }
                guard let before = way.last?.name, let time = earliest[name] else { continue }
                earliest[before] = min(earliest[before] ?? time, time)
            }
        }
    }

    /// Everything that was reached after `name` and is still open lies on its circle.
    private mutating func close(_ name: String, _ open: inout [String]) {
        count += 1
        while let member = open.popLast() {
            circles[member] = count
            if member == name { return }
        }
    }
}

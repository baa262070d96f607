import Model

/// The Merkle tree of RFC 6962 (section 2.1) over a list that only grows.
///
/// Leaf = SHA-256(00 ‖ data), node = SHA-256(01 ‖ left ‖ right). Only hashes of complete subtrees are ever needed, and
/// those never change once they are there; whoever keeps them hands them in.
public struct MerkleTree {
    /// Hash of the complete subtree over the leaves `index << level ..< (index + 1) << level`.
    public typealias Node = (_ level: Int, _ index: Int) throws -> ContentDigest

    /// How many leaves the list has.
    public let size: Int
    private let node: Node

    public init(size: Int, node: @escaping Node) {
        self.size = size
        self.node = node
    }

    public static func leaf(_ data: some Collection<UInt8>) -> ContentDigest { SHA256.digest([0] + Array(data)) }

    public static func parent(_ left: ContentDigest, _ right: ContentDigest) -> ContentDigest {
        SHA256.digest([1] + left.bytes + right.bytes)
    }

    /// The head of the tree; of an empty one the hash of nothing.
    public func root() throws -> ContentDigest { try root(of: size) }

    /// The head of the tree as it was with fewer leaves.
    public func root(of size: Int) throws -> ContentDigest {
        size == 0 ? SHA256.digest([] as [UInt8]) : try subtree(0, size)
    }

    /// The subtrees that become complete when the next leaf is added, the leaf first.
    public func appending(_ leaf: ContentDigest) throws -> [(level: Int, index: Int, hash: ContentDigest)] {
        var added = [(level: 0, index: size, hash: leaf)]
        while let last = added.last, last.index % 2 == 1 {
            let hash = Self.parent(try node(last.level, last.index - 1), last.hash)
            added.append((last.level + 1, last.index / 2, hash))
        }
        return added
    }

    /// The audit path of a leaf in the tree of `size` leaves, from the leaf upwards.
    public func inclusionProof(of index: Int, in size: Int) throws -> [ContentDigest] {
        precondition((0..<size).contains(index) && size <= self.size)
        return try path(index, 0, size)
    }

    /// What shows that the tree of `old` leaves is the beginning of the tree of `new` leaves.
    public func consistencyProof(from old: Int, to new: Int) throws -> [ContentDigest] {
        precondition(old > 0 && old <= new && new <= size)
        return try subproof(old, 0, new, isWhole: true)
    }

    // MARK: - RFC 6962, 2.1.1 and 2.1.2; `start` is a multiple of the largest power of two below `count`

    private func subtree(_ start: Int, _ count: Int) throws -> ContentDigest {
        if count & (count - 1) == 0 {
            let level = count.trailingZeroBitCount
            return try node(level, start >> level)
        }
        let left = Self.split(count)
        return Self.parent(try subtree(start, left), try subtree(start + left, count - left))
    }

    private func path(_ index: Int, _ start: Int, _ count: Int) throws -> [ContentDigest] {
        guard count > 1 else { return [] }
        let left = Self.split(count)
        if index < left { return try path(index, start, left) + [subtree(start + left, count - left)] }
        return try path(index - left, start + left, count - left) + [subtree(start, left)]
    }

    private func subproof(_ old: Int, _ start: Int, _ count: Int, isWhole: Bool) throws -> [ContentDigest] {
        if old == count { return isWhole ? [] : [try subtree(start, count)] }
        let left = Self.split(count)
        if old <= left {
            return try subproof(old, start, left, isWhole: isWhole) + [subtree(start + left, count - left)]
        }
        return try subproof(old - left, start + left, count - left, isWhole: false) + [subtree(start, left)]
    }

    /// The largest power of two below a count of at least two.
    private static func split(_ count: Int) -> Int { 1 << (Int.bitWidth - 1 - (count - 1).leadingZeroBitCount) }
}

/// Checking proofs, without the tree (RFC 9162, sections 2.1.3.2 and 2.1.4.2).
extension MerkleTree {
    public static func verifyInclusion(
        of leaf: ContentDigest, at index: Int, in size: Int, proof: [ContentDigest], root: ContentDigest
    ) -> Bool {
        guard index >= 0, index < size else { return false }
        var (place, last, hash) = (index, size - 1, leaf)
        for sibling in proof {
            guard last > 0 else { return false }
            if place & 1 == 1 || place == last {
                hash = parent(sibling, hash)
                while place & 1 == 0, place > 0 {
                    place >>= 1
                    last >>= 1
                }
            } else {
                hash = parent(hash, sibling)
            }
            place >>= 1
            last >>= 1
        }
        return last == 0 && hash == root
    }

    public static func verifyConsistency(
        from old: Int, root oldRoot: ContentDigest, to new: Int, root newRoot: ContentDigest, proof: [ContentDigest]
    ) -> Bool {
        guard old > 0, old <= new else { return false }
        if old == new { return proof.isEmpty && oldRoot == newRoot }
        var path = proof
        if old & (old - 1) == 0 { path.insert(oldRoot, at: 0) }
        guard let first = path.first else { return false }
        var (place, last) = (old - 1, new - 1)
        while place & 1 == 1 {
            place >>= 1
            last >>= 1
        }
        var (before, after) = (first, first)
        for hash in path.dropFirst() {
            guard last > 0 else { return false }
            if place & 1 == 1 || place == last {
                before = parent(hash, before)
                after = parent(hash, after)
                while place & 1 == 0, place > 0 {
                    place >>= 1
                    last >>= 1
                }
            } else {
                after = parent(after, hash)
            }
            place >>= 1
            last >>= 1
        }
        return last == 0 && before == oldRoot && after == newRoot
    }
}

extension ContentDigest {
    /// The 32 bytes.
    public var bytes: [UInt8] {
        let digits = Array(hex.utf8)
        func value(_ digit: UInt8) -> UInt8 { digit < 0x3a ? digit - 0x30 : digit - 0x57 }
        return stride(from: 0, to: digits.count, by: 2).map { value(digits[$0]) << 4 | value(digits[$0 + 1]) }
    }
}

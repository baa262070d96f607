import ChildProcess
import Foundation
import Model
import Testing

@testable import Digests

/// A tree that keeps its complete subtrees in memory; the store keeps them in a table.
private struct Grown {
    private(set) var leaves: [ContentDigest] = []
    private var nodes: [[Int]: ContentDigest] = [:]

    var tree: MerkleTree {
        let nodes = nodes
        return MerkleTree(size: leaves.count) { try #require(nodes[[$0, $1]]) }
    }

    mutating func append(_ data: [UInt8]) throws {
        let leaf = MerkleTree.leaf(data)
        for node in try tree.appending(leaf) { nodes[[node.level, node.index]] = node.hash }
        leaves.append(leaf)
    }
}

@Suite("The Merkle tree of RFC 6962")
struct MerkleTreeTests {
    /// Leaves and heads that implementations of Certificate Transparency test themselves with.
    private static let published: [(leaf: String, root: String)] = [
        ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
        ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
        ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
        ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
        ("606162636465666768696a6b6c6d6e6f", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ]

    private func bytes(_ hex: String) -> [UInt8] {
        stride(from: 0, to: hex.count, by: 2).compactMap { offset in
            UInt8(hex.dropFirst(offset).prefix(2), radix: 16)
        }
    }

    @Test("its heads are the published ones")
    func vectors() throws {
        var grown = Grown()
        #expect(try grown.tree.root().hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        for (leaf, root) in Self.published {
            try grown.append(bytes(leaf))
            #expect(try grown.tree.root().hex == root)
        }
    }

    @Test("every inclusion and consistency proof up to 70 leaves holds, and none holds for anything else")
    func proofs() throws {
        var grown = Grown()
        for number in 0..<70 { try grown.append(Array("leaf \(number)".utf8)) }
        let tree = grown.tree
        let stranger = MerkleTree.leaf(Array("stranger".utf8))
        for size in 1...70 {
            let root = try tree.root(of: size)
            for index in 0..<size {
                let proof = try tree.inclusionProof(of: index, in: size)
                let leaf = grown.leaves[index]
                #expect(MerkleTree.verifyInclusion(of: leaf, at: index, in: size, proof: proof, root: root))
                #expect(!MerkleTree.verifyInclusion(of: stranger, at: index, in: size, proof: proof, root: root))
                #expect(!MerkleTree.verifyInclusion(of: leaf, at: index, in: size, proof: proof + [root], root: root))
                #expect(!MerkleTree.verifyInclusion(of: leaf, at: index, in: size, proof: proof, root: stranger))
                if size > 1 {
                    #expect(
                        !MerkleTree.verifyInclusion(of: leaf, at: (index + 1) % size, in: size, proof: proof, root: root))
                }
            }
            for old in 1...size {
                let proof = try tree.consistencyProof(from: old, to: size), before = try tree.root(of: old)
                #expect(MerkleTree.verifyConsistency(from: old, root: before, to: size, root: root, proof: proof))
                #expect(!MerkleTree.verifyConsistency(from: old, root: stranger, to: size, root: root, proof: proof))
                #expect(!MerkleTree.verifyConsistency(from: old, root: before, to: size, root: stranger, proof: proof))
                #expect(
                    !MerkleTree.verifyConsistency(from: old, root: before, to: size, root: root, proof: proof + [stranger]))
            }
        }
    }

    @Test("another implementation grows the same tree, and takes our proofs for its own")
    func thirdParty() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        let python = root + "/.venv-test/bin/python"
        guard FileManager.default.isExecutableFile(atPath: python) else {
            Issue.record("there is no environment of third-party packages: run scripts/test")
            return
        }
        var grown = Grown()
        var lines: [String] = []
        for number in 1...33 {
            try grown.append(Array("leaf \(number)".utf8))
            let tree = grown.tree
            let old = (number + 1) / 2
            lines.append(
                [try tree.root().hex, try tree.inclusionProof(of: old - 1, in: number).map(\.hex).joined(separator: ","),
                    try tree.consistencyProof(from: old, to: number).map(\.hex).joined(separator: ",")].joined(separator: " "))
        }
        let script = """
            import sys
            from pymerkle import InmemoryTree
            tree = InmemoryTree(algorithm='sha256')
            for number, line in enumerate(sys.stdin.read().splitlines(), 1):
                root, inclusion, consistency = line.split(' ')
                tree.append_entry(f'leaf {number}'.encode())
                assert tree.get_root().hex() == root, number
                old = (number + 1) // 2
                def path(proof): return proof.serialize()['path'][1:]
                ours = [h for h in inclusion.split(',') if h]
                assert path(tree.prove_inclusion(old, number)) == ours, (number, ours)
            print('same')
            """
        let command = Command(
            python, ["-c", script], environment: ["HOME": "/nonexistent"],
            standardInput: .bytes(Array(lines.joined(separator: "\n").utf8)))
        #expect(try ChildProcess.run(command).check(command).outputText == "same\n")
    }

    @Test("a checkpoint is a signed note that reads back, and a changed one does not verify")
    func checkpoint() throws {
        let key = try SigningKey.generate(), name = "assay/alder/0123"
        let head = Checkpoint(origin: name, size: 8, root: MerkleTree.leaf([1]))
        let note = try SignedNote(text: head.text, name: name, key: key)
        let read = try #require(SignedNote(note.encoded))
        #expect(read == note && Checkpoint(text: read.text) == head)
        #expect(read.verify(name: name, key: key.verifyingKey))
        #expect(try !read.verify(name: name, key: SigningKey.generate().verifyingKey))
        #expect(!read.verify(name: "assay/other", key: key.verifyingKey))
        let forged = try #require(SignedNote(note.encoded.replacingOccurrences(of: "\n8\n", with: "\n9\n")))
        #expect(!forged.verify(name: name, key: key.verifyingKey))
        for broken in ["", "\n\n", head.text, note.encoded + "x", note.encoded.replacingOccurrences(of: "\u{2014}", with: "-")] {
            #expect(SignedNote(broken) == nil)
        }
        for broken in ["", "a\n1\n", "a\n01\n\(Base64.encode(head.root.bytes))\n", "a\n-1\nAAAA\n", "\n1\nAA==\n"] {
            #expect(Checkpoint(text: broken) == nil)
        }
    }
}

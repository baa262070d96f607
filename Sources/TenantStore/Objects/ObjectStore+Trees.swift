import Digests
import Glibc
import Model

// Trees: a manifest that is itself an object, named by the tree's digest, and one object for each file.
extension ObjectStore {
    /// Stores every file, then the manifest; the tree's digest is the manifest's.
    public func putTree(_ files: [TreeSource]) throws -> ContentDigest {
        var batch = ObjectBatch(store: self)
        var entries: [TreeDigest.Entry] = []
        entries.reserveCapacity(files.count)
        for file in files {
            let digest =
                switch file.content {
                case .bytes(let bytes): try batch.add(bytes)
                case .file(let path): try batch.add(file: path).digest
                }
            entries.append(TreeDigest.Entry(executable: file.executable, digest: digest, path: file.path))
        }
        let manifest = try TreeDigest.manifest(entries)
        // A manifest that is there has its files: it comes last.
        try batch.commit()
        return try put(manifest)
    }

    /// The files of a tree, sorted bytewise by path.
    public func treeEntries(_ tree: ContentDigest) throws -> [TreeDigest.Entry] {
        try TreeDigest.parse(try get(tree))
    }

    /// Reads every object of a tree through; throws `treeDamaged` with all that is wrong, by path.
    public func verifyTree(_ tree: ContentDigest) throws {
        var checked: [ContentDigest: String?] = [:]
        var problems: [String] = []
        for entry in try treeEntries(tree) {
            let known = checked[entry.digest]
            let problem = if let known { known } else { try problem(of: entry.digest) }
            checked[entry.digest] = .some(problem)
            if let problem { problems.append("\(entry.path): \(problem)") }
        }
        guard problems.isEmpty else { throw StoreError.treeDamaged(tree: tree, problems: problems) }
    }

    private func problem(of digest: ContentDigest) throws -> String? {
        do {
            try verify(digest)
            return nil
        } catch StoreError.objectMissing {
            return "object \(digest) is missing"
        } catch StoreError.objectDamaged(_, let actual) {
            return "object \(digest) is damaged: its bytes now hash to \(actual)"
        }
    }
}

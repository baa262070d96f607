import Model

extension ObjectStore {
    /// What a copy came to.
    public struct CopyResult: Sendable, Hashable {
        public var copied = 0
        /// Bytes.
        public var size: Int64 = 0
        /// Objects that no longer are what their names say; they are not copied.
        public var damaged: [ContentDigest] = []
    }

    /// Adds every object that `other` lacks to it. Objects that come meanwhile may or may not be among them.
    public func copy(to other: ObjectStore, progress: (Int) -> Void = { _ in }) throws -> CopyResult {
        var result = CopyResult()
        for folder in try FileSystem.names(in: directory) where folder.utf8.count == 2 {
            let missing = try FileSystem.names(in: directory + "/" + folder)
                .compactMap { ContentDigest(hex: folder + $0) }.filter { !other.contains($0) }
            guard !missing.isEmpty else { continue }
            for (digest, stored) in zip(missing, try other.putFiles(at: missing.map(path))) {
                if stored.digest == digest {
                    result.copied += 1
                    result.size += stored.size
                } else {
                    result.damaged.append(digest)
                }
            }
            progress(result.copied)
        }
        return result
    }
}

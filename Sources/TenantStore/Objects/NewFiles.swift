import Glibc
import Model

/// New files that are written one after another and then waited for together.
package struct NewFiles: ~Copyable {
    /// Well below the usual limit of 1,024 open files.
    private static let capacity = 256

    private var written: [(descriptor: Int32, path: String)] = []

    package init() {}

    deinit { for file in written { close(file.descriptor) } }

    /// Writes a file that must not exist yet; it is on disk after `sync`.
    package mutating func write(_ bytes: [UInt8], to path: String, mode: UInt32) throws {
        if written.count == NewFiles.capacity { try sync() }
        written.append((try FileSystem.create(path, mode: mode, flags: O_EXCL), path))
        try bytes.withUnsafeBytes { try FileSystem.write($0, to: written[written.count - 1].descriptor, path: path) }
    }

    /// Waits until everything written so far is on disk.
    package mutating func sync() throws {
        try FileSystem.syncTogether(written)
        for file in written { close(file.descriptor) }
        written.removeAll()
    }
}

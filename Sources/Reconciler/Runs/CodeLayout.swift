import Foundation
import GitStore
import TenantStore

/// Code as files in scratch space, for the sandbox to mount.
enum CodeLayout {
    /// Times are fixed: the guest can see them. Not waited for: a crash ends the process whose scratch space this is.
    static func write(_ files: [ExportedFile], under root: String) throws {
        var folders: Set<String> = []
        for file in files {
            let path = root + "/" + file.path
            let parent = (path as NSString).deletingLastPathComponent
            if folders.insert(parent).inserted { try FileSystem.makeDirectories(parent) }
            try FileSystem.writeScratch(file.bytes, to: path, mode: file.executable ? 0o755 : 0o644)
        }
    }
}

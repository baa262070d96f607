import Foundation
import Model
import TenantStore

/// Puts a committed run's outputs into the home's folder of outputs: all of them with their stamps, by one rename.
///
/// The store decides what exists; the folder is a copy for people, and can be made again from the objects.
struct Publisher: Sendable {
    let home: TenantHome
    let objects: ObjectStore
    let faults: FaultPoints

    static func folder(of run: RunRow, in home: TenantHome) -> String {
        "\(home.outputs)/\(run.entity)/\(run.period)/\(run.deployment)/\(run.id)"
    }

    func publish(_ run: RunRow, outputs: [Output], stamp: StampRecord?) throws {
        let destination = Self.folder(of: run, in: home)
        guard let stamp, !FileManager.default.fileExists(atPath: destination) else { return }
        let staging = "\(home.work)/publish-\(run.id)"
        do {
            try? FileManager.default.removeItem(atPath: staging)
            try FileManager.default.createDirectory(atPath: staging, withIntermediateDirectories: true)
            try write(outputs, stamp: stamp, into: staging)
            try faults.reach(.runPublishStaged)
            let parent = (destination as NSString).deletingLastPathComponent
            try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
            try FileManager.default.moveItem(atPath: staging, toPath: destination)
            try synchronise(parent)
        } catch let error as CocoaError {
            throw HomeError.unwritable(path: destination, why: error.localizedDescription)
        }
        try faults.reach(.runPublished)
    }

    /// The stamp is one per run and lies beside every output: one file, linked.
    private func write(_ outputs: [Output], stamp: StampRecord, into folder: String) throws {
        let envelope = try objects.get(stamp.envelopeSHA256)
        var first: String?
        for output in outputs {
            let path = folder + "/" + output.name
            let parent = (path as NSString).deletingLastPathComponent
            try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
            try write(try objects.get(output.sha256), to: path)
            if let first {
                try FileManager.default.linkItem(atPath: first + ".stamp.json", toPath: path + ".stamp.json")
                try FileManager.default.linkItem(atPath: first + ".stamp.json.sig", toPath: path + ".stamp.json.sig")
            } else {
                try write(envelope, to: path + ".stamp.json")
                try write(stamp.signature, to: path + ".stamp.json.sig")
                first = path
            }
        }
        try synchronise(folder)
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let file = FileHandle(forWritingAtPath: path)
        else { throw HomeError.unwritable(path: path, why: String(cString: strerror(errno))) }
        defer { try? file.close() }
        try file.write(contentsOf: Data(bytes))
        try file.synchronize()
        // Read-only, so that an output is not edited by accident; a deliberate change is what `verify` finds.
        try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: path)
    }

    /// A rename is durable only once its folder is.
    private func synchronise(_ folder: String) throws {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY)
        guard descriptor >= 0 else { throw HomeError.unwritable(path: folder, why: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw HomeError.unwritable(path: folder, why: String(cString: strerror(errno)))
        }
    }
}

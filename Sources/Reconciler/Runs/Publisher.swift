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

    /// Lays out what the stamp is about: every output, or the record of a run without any.
    func publish(_ run: RunRow, stamp: StampRecord?) throws {
        let destination = Self.folder(of: run, in: home)
        guard let stamp, !FileManager.default.fileExists(atPath: destination) else { return }
        let staging = "\(home.work)/publish-\(run.id)"
        do {
            try? FileManager.default.removeItem(atPath: staging)
            try FileManager.default.createDirectory(atPath: staging, withIntermediateDirectories: true)
            try write(stamp, into: staging)
            try faults.reach(.runPublishStaged)
            let parent = (destination as NSString).deletingLastPathComponent
            try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
            try FileManager.default.moveItem(atPath: staging, toPath: destination)
            // The folders of deployment, period and entity may be new as well.
            let above = sequence(first: parent) { ($0 as NSString).deletingLastPathComponent }
            try FileSystem.syncTogether(folders: Array(above.prefix { $0.hasPrefix(home.outputs) }))
        } catch let error as CocoaError {
            throw HomeError.unwritable(path: destination, why: error.localizedDescription)
        }
        try faults.reach(.runPublished)
    }

    /// The stamp is one per run and lies beside every output: one file, linked.
    private func write(_ stamp: StampRecord, into folder: String) throws {
        let envelope = try objects.get(stamp.envelopeSHA256)
        var files = NewFiles()
        var folders: Set<String> = [folder]
        var first: String?
        for output in try StampReader(envelope, place: stamp.envelopeSHA256.hex).subjects {
            let path = folder + "/" + output.name
            let parent = (path as NSString).deletingLastPathComponent
            if folders.insert(parent).inserted {
                try FileSystem.makeDirectories(parent)
                folders.formUnion(sequence(first: parent) { ($0 as NSString).deletingLastPathComponent }.prefix { $0 != folder })
            }
            // Read-only, so that an output is not edited by accident; a deliberate change is what `verify` finds.
            try files.write(try objects.get(output.sha256), to: path, mode: 0o444)
            if let first {
                try FileManager.default.linkItem(atPath: first + ".stamp.json", toPath: path + ".stamp.json")
                try FileManager.default.linkItem(atPath: first + ".stamp.json.sig", toPath: path + ".stamp.json.sig")
            } else {
                try files.write(envelope, to: path + ".stamp.json", mode: 0o444)
                try files.write(stamp.signature, to: path + ".stamp.json.sig", mode: 0o444)
                first = path
            }
        }
        try files.sync()
        // A link and a rename are durable only once their folder is.
        try FileSystem.syncTogether(folders: folders)
    }
}

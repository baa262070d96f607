import Foundation
import Model
import Reconciler

extension Commands {
    static let backup = CommandDefinition(
        name: "backup", summary: "copy the home, also while a daemon works in it",
        arguments: [ArgumentDefinition(name: "DIR", help: "a new folder, or an earlier backup, which then gets what is new")],
        options: [.home, .json],
        details: "The copy is a home itself: to restore it, put it in place of the home and run 'assay doctor'. It holds keys and secrets, "
            + "so keep it as safe as the home. Documents and a data platform outside the home are not in it; what runs read of them is. "
            + "Exit 1: something in the home is damaged and was left out.",
        example: "assay backup /mnt/backup/alder"
    ) { invocation in
        let home = try home(invocation)
        let console = console
        let summary = try HomeBackup(home).copy(to: invocation.arguments[0]) { if console.interactive { console.progress($0) } }
        console.endProgress()
        let damaged = summary.objects.damaged
        if invocation.json {
            try print(json: [
                "at": .string(summary.at), "objects": .integer(Int64(summary.objects.copied)),
                "bytes": .integer(summary.objects.size), "files": .integer(Int64(summary.files)),
                "damaged": .array(damaged.map { .string($0.hex) }),
            ])
        } else {
            console.print(
                "copied the store as of \(summary.at), \(summary.objects.copied) new objects (\(summary.objects.size >> 20) MiB) and "
                    + "\(summary.files) other files to \(TenantHome(invocation.arguments[0]).path)")
        }
        for digest in damaged {
            console.message("assay: object \(digest) is damaged and was left out. Restore it from an earlier backup; 'assay verify RUN' names what it belongs to")
        }
        return damaged.isEmpty ? .done : .failed
    }
}

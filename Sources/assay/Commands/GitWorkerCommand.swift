import Foundation
import GitStore
import Model

extension Commands {
    /// Commands that the program gives to itself: neither help nor completion shows them.
    static let hidden: [CommandDefinition] = [gitWorker]

    private static let gitWorker = CommandDefinition(
        name: GitWorker.command, summary: "talk to a remote over the network, for another process of this program",
        details: "Reads one request from standard input and prints one answer.",
        example: "assay \(GitWorker.command)"
    ) { _ in
        let request = FileHandle.standardInput.readDataToEndOfFile()
        let answer = try GitWorker.serve(Array(request), faults: FaultInjection.points(environment))
        console.print(String(decoding: answer, as: UTF8.self), terminator: "")
        return .done
    }
}

import Digests
import Foundation
import Model

/// What `scripts/bench` passes on.
struct Settings {
    var quick = CommandLine.arguments.contains("--quick")
    var json = CommandLine.arguments.contains("--json")
    /// Only the comparisons whose group is named: `runs`, `reconcile`, `load`, `push`, `hash`.
    var groups = Set(CommandLine.arguments.dropFirst(2).filter { !$0.hasPrefix("--") })

    func wants(_ group: String) -> Bool { groups.isEmpty || groups.contains(group) }
    func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
}

func measure(_ settings: Settings, scratch: String) async throws -> Report {
    let host = Host(scratch: scratch)
    let root = FileManager.default.currentDirectoryPath
    let example = root + "/example-repo", program = root + "/.build/release/assay"
    var comparisons: [Comparison] = []
    var notes: [String] = []
    if settings.wants("runs") {
        let single = settings.quick ? 3 : 15, many = settings.quick ? 12 : 200
        settings.say("preparing \(single + many) entities")
        let fleet = try await Fleet.make(single + many, example: example, host: host)
        let runs = try await RunBenchmark.make(
            fleet, program: program, script: root + "/Benchmarks/bare.py")
        settings.say("closing entities, each as a process of its own")
        comparisons.append(try await runs.command(fleet.entities.prefix(single)))
        settings.say("closing entities one after another")
        comparisons.append(try await runs.sequence(fleet.entities.dropFirst(single)))
    }
    if settings.wants("reconcile") {
        settings.say("preparing 10,000 manifests")
        let reconcile = try await ReconcileBenchmark.make(10_000, example: example, host: host)
        comparisons.append(try await reconcile.nothing(settings.quick ? 100 : 500))
        comparisons += try await reconcile.oneChange(settings.quick ? 5 : 15)
    }
    if settings.wants("load") {
        settings.say("loading 1,000 and 10,000 deployments")
        let load = try LoadBenchmark.run(
            1_000, program: program, example: example, rounds: settings.quick ? 1 : 5, host: host)
        comparisons.append(load.0)
        notes += load.notes
        comparisons.append(try await ReconcileBenchmark.flat(settings.quick ? 100 : 500, example: example, host: host))
    }
    if settings.wants("push") {
        settings.say("pushing beside a daemon")
        comparisons.append(
            try await PushBenchmark.run(settings.quick ? 10 : 50, program: program, example: example, host: host))
    }
    if settings.wants("hash") {
        comparisons.append(try await HashBenchmark.run(bytes: 256 << 20, rounds: settings.quick ? 3 : 7, host: host))
    }
    return Report(comparisons: comparisons, notes: notes)
}

guard CommandLine.arguments.count > 1, CommandLine.arguments[1].hasPrefix("/") else {
    FileHandle.standardError.write(Data("usage: assay-bench SCRATCH-FOLDER [--quick] [--json] [runs|reconcile|load|push|hash]…\n".utf8))
    exit(2)
}
let settings = Settings()
do {
    let report = try await measure(settings, scratch: CommandLine.arguments[1])
    print(settings.json ? try CanonicalJSON.string(report.json) : report.text)
} catch {
    settings.say("assay-bench: \((error as? any AssayError)?.description ?? "\(error)")")
    exit(1)
}

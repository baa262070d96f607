import Foundation
import Model

/// `assay reconcile` of a whole workspace of many deployments into an empty home: load, plan and apply, a process from start
/// to end.
struct LoadBenchmark {
    /// Against the same with a tenth of the deployments: what is linear costs ten times as much.
    static func run(_ small: Int, program: String, example: String, rounds: Int, host: Host) throws -> (Comparison, notes: [String]) {
        let large = small * 10
        var comparison = Comparison(
            "load, plan and apply of \(large)", what: "'assay reconcile' of \(large) deployments into an empty home",
            floor: "the same of \(small); linear is 10", goal: 12)
        var peaks: [Int: Int] = [:]
        let sources = try [small, large].map { ($0, try workspace($0, example: example, host: host)) }
        for round in 0..<rounds {
            for (count, source) in sources {
                let home = host.path("load-\(count)-\(round)")
                try host.run(program, ["init", home, "--repo", source, "--tenant", Fleet.tenant])
                let start = ContinuousClock.now
                let peak = try peakKiB(program, ["reconcile", "--home", home], host: host)
                let took = ContinuousClock.now - start
                peaks[count] = max(peaks[count] ?? 0, peak)
                if count == large { comparison.measured.add(took) } else { comparison.bare.add(took) }
            }
        }
        let notes = peaks.sorted { $0.key < $1.key }.map { "\($0.key) deployments: peak memory \($0.value / 1024) MiB" }
        return (comparison, notes)
    }

    /// A repository with the example's workspace and so many more deployments.
    static func workspace(_ count: Int, example: String, host: Host) throws -> String {
        let folder = host.path("load-workspace-\(count)")
        if FileManager.default.fileExists(atPath: folder) { return folder }
        try host.copy(example + "/workspace", to: folder)
        let deployments = "\(folder)/tenants/\(Fleet.tenant)/deployments"
        let model = try host.read("\(deployments)/\(Fleet.deployment).yaml")
        for index in 0..<count {
            let manifest = model.replacingOccurrences(of: "name: \(Fleet.deployment)\n", with: "name: d\(index)\n")
            try host.write(manifest, to: "\(deployments)/d\(index).yaml")
        }
        try host.git("init", "-q", "-b", "main", in: folder)
        try host.git("add", "-A", in: folder)
        try host.git("commit", "-q", "-m", "Workspace", in: folder)
        try host.git("repack", "-a", "-d", "-q", in: folder)
        return folder
    }

    /// Runs a program and gives the most memory that it held, in KiB, as the kernel counted it.
    private static func peakKiB(_ program: String, _ arguments: [String], host: Host) throws -> Int {
        let script = """
            import os, sys
            pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, 2, 1)])
            _, status, usage = os.wait4(pid, 0)
            if status: sys.exit("it failed")
            print(usage.ru_maxrss)
            """
        let text = try host.run("python3", ["-c", script, program] + arguments).outputText
        guard let peak = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw BenchmarkError(message: "the memory of \(program) could not be read")
        }
        return peak
    }
}

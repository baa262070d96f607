import ChildProcess
import Foundation

/// Which shared libraries a program or an extension module loads, as the host's own loader says.
struct SharedLibraries {
    /// Absolute path of the loader that the interpreter names.
    let loader: String
    /// Name under which a library is looked for → absolute path; the loader is among them.
    private(set) var found: [String: String] = [:]

    init(of executable: String) throws {
        // The loader prints and ends instead of starting the program.
        let command = Command(executable, environment: ["LD_TRACE_LOADED_OBJECTS": "1"])
        let lines = Listing(try ChildProcess.run(command, deadline: .seconds(10)).outputText)
        guard let loader = lines.loader else {
            throw ExecutorError.interpreterUnusable(path: executable, why: "it is not a dynamically linked program")
        }
        self.loader = loader
        guard lines.missing.isEmpty else {
            throw ExecutorError.interpreterUnusable(
                path: executable, why: "its libraries \(lines.missing.joined(separator: ", ")) are missing")
        }
        found = lines.libraries
        found[(loader as NSString).lastPathComponent] = loader
    }

    /// Adds what a module needs; `false`, with nothing added, where it could not be loaded on this host either.
    mutating func add(module: String) throws -> Bool {
        let result = try ChildProcess.run(Command(loader, ["--list", module]), deadline: .seconds(10))
        let lines = Listing(result.outputText)
        guard result.succeeded, lines.missing.isEmpty else { return false }
        // The first that was found stays: one process has one library of a name.
        found.merge(lines.libraries) { first, _ in first }
        return true
    }

    /// Lines such as `libm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x…)` and `/lib64/ld-linux-x86-64.so.2 (0x…)`.
    private struct Listing {
        var libraries: [String: String] = [:]
        var missing: [String] = []
        var loader: String?

        init(_ text: String) {
            for line in text.split(separator: "\n") {
                let words = line.split(whereSeparator: \.isWhitespace)
                if words.count >= 3, words[1] == "=>" {
                    let name = (String(words[0]) as NSString).lastPathComponent
                    if words[2] == "not" { missing.append(name) } else { libraries[name] = String(words[2]) }
                } else if let first = words.first, first.hasPrefix("/"), first.contains("/ld") {
                    loader = String(first)
                }
            }
        }
    }
}

import Digests
import Foundation
import Model
import Testing

@Suite("One changed byte is found, and named")
struct TamperTests {
    let home: TestHome
    let run: JSONValue
    let id: String

    init() throws {
        home = try TestHome()
        try home.reconcile()
        run = try home.run()
        id = try #require(run["run"]?.string)
    }

    /// Neither command may pass; at least one of them must name the thing.
    private func refused(naming name: String, replayToo: Bool = true) throws {
        let verify = try home.assay("verify", id)
        #expect(verify.status == .exited(1), "verify accepted it")
        #expect(verify.outputText.contains(name), "verify does not name \(name): \(verify.outputText)\(verify.errorText)")
        guard replayToo else { return }
        let replay = try home.assay("replay", id)
        #expect(replay.status == .exited(1), "replay accepted it: \(replay.outputText)")
    }

    private func dependency(_ name: String) throws -> JSONValue {
        let statement = try CanonicalJSON.parse(
            Array(try home.assay("show", id, "--stamp", "--json").outputText.dropLast().utf8))
        let all = statement["predicate"]?["buildDefinition"]?["resolvedDependencies"]?.array ?? []
        return try #require(all.first { $0["name"]?.string == name })
    }

    private func object(of dependencyName: String) throws -> String {
        home.object(try #require(try dependency(dependencyName)["digest"]?["sha256"]?.string))
    }

    @Test("untouched, the run is valid and replays to identical")
    func untouched() throws {
        #expect(try home.json("verify", id)["verdict"] == "valid")
        #expect(try home.json("replay", id)["verdict"] == "identical")
    }

    @Test("an output file", arguments: ["interest.json", "lines.csv"])
    func output(name: String) throws {
        let path = try #require(run["outputs"]?.array?.first { $0["name"]?.string == name }?["path"]?.string)
        try home.flipByte(in: path)
        try refused(naming: name, replayToo: false)
    }

    @Test("the kept copy of an output")
    func keptOutput() throws {
        let digest = try #require(run["outputs"]?.array?.first { $0["name"] == "interest.json" }?["sha256"]?.string)
        try home.flipByte(in: home.object(digest))
        try refused(naming: "interest.json", replayToo: false)
    }

    @Test("an input document")
    func input() throws {
        try home.flipByte(in: try object(of: "document:bank/statement.csv"))
        try refused(naming: "bank/statement.csv")
    }

    @Test("the kept history")
    func history() throws {
        try home.flipByte(in: try object(of: "history"))
        try refused(naming: "history")
    }

    @Test("an event of the history in the store")
    func event() throws {
        try edit("UPDATE events SET request = replace(request, 'interest', 'Interest')")
        try refused(naming: "event", replayToo: false)
    }

    @Test("a journal line in the store")
    func journalLine() throws {
        try edit("UPDATE journal_lines SET minor_units = minor_units + CASE WHEN minor_units > 0 THEN 1 ELSE -1 END")
        try refused(naming: "ledger", replayToo: false)
    }

    /// Edits the store behind its own back, as somebody with the file would: the triggers go first.
    private func edit(_ sql: String) throws {
        let script = """
            import sqlite3, sys
            store = sqlite3.connect(sys.argv[1])
            for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                store.execute(f'DROP TRIGGER "{name}"')
            changed = store.execute(sys.argv[2]).rowcount
            assert changed > 0, "nothing was changed"
            store.commit()
            """
        try Program.output("python3", ["-c", script, home.path + "/state.db", sql])
    }

    @Test("the stamp")
    func stamp() throws {
        try home.flipByte(in: home.object(try #require(run["stamp"]?.string)))
        try refused(naming: "stamp")
    }

    @Test("the stamp file and the signature file beside an output", arguments: [".stamp.json", ".stamp.json.sig"])
    func stampFile(suffix: String) throws {
        let path = try #require(run["outputs"]?.array?.first?["path"]?.string)
        try home.flipByte(in: path + suffix)
        try refused(naming: suffix, replayToo: false)
    }

    @Test("a file of the interpreter closure")
    func closure() throws {
        let tree = try #require(try dependency("interpreter")["digest"]?["sha256"]?.string)
        try home.flipByte(in: try fileWithin(tree, named: "decimal.py"))
        try refused(naming: "interpreter")
    }

    @Test("a file of the guest package")
    func guest() throws {
        let tree = try #require(try dependency("guest")["digest"]?["sha256"]?.string)
        try home.flipByte(in: try fileWithin(tree, named: "_journal.py"))
        try refused(naming: "guest")
    }

    @Test("the mounted copy of the closure, even where it is a file of its own")
    func mountedClosure() throws {
        let tree = try #require(try dependency("interpreter")["digest"]?["sha256"]?.string)
        let path = try Program.output("find", [home.path + "/trees/" + tree, "-name", "decimal.py"]).split(separator: "\n")[0]
        try home.flipByte(in: String(path))
        try refused(naming: "decimal.py")
    }

    /// The object of a file in a kept tree: the tree's object is the list of them.
    private func fileWithin(_ tree: String, named name: String) throws -> String {
        let list = try String(contentsOfFile: home.object(tree), encoding: .utf8).split(separator: "\n")
        let line = try #require(list.first { $0.hasSuffix("/" + name) })
        return home.object(String(line.split(separator: " ")[1]))
    }

    @Test("the kept Git objects, loose or packed")
    func gitObject() throws {
        let pack = try Program.output("find", [home.path + "/mirror.git/objects", "-name", "*.pack"]).split(separator: "\n")
        let loose = try Program.output("find", [home.path + "/mirror.git/objects", "-type", "f", "-path", "*/??/*"])
            .split(separator: "\n")
        let blob = try home.workspace.git("rev-parse", "HEAD:runbooks/interest/interest.py")
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let file = loose.first { $0.hasSuffix(String(blob.dropFirst(2))) } ?? pack.first
        try home.flipByte(in: String(try #require(file)))
        try refused(naming: "code:runbooks/interest")
    }
}

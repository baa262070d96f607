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

    /// What every other command shows comes from these rows.
    static let rows: [(sql: String, check: String)] = [
        ("UPDATE outputs SET sha256 = (SELECT sha256 FROM outputs WHERE name = 'lines.csv') WHERE name = 'interest.json'", "outputs"),
        ("UPDATE outputs SET size = size + 1 WHERE name = 'lines.csv'", "outputs"),
        ("DELETE FROM outputs WHERE name = 'lines.csv'", "outputs"),
        ("UPDATE runs SET state = 'failed'", "outcome"),
        ("UPDATE runs SET mode = 'degraded'", "outcome"),
        ("UPDATE runs SET finished_at = '2026-01-01T00:00:00.000Z'", "outcome"),
        ("UPDATE runs SET spec = replace(spec, 'statement.csv', 'statement.txt')", "run"),
        ("UPDATE runs SET entity = 'oak-b'", "run"),
        ("UPDATE runs SET deployment = 'other'", "run"),
        ("UPDATE runs SET run_key = (SELECT sha256 FROM outputs LIMIT 1)", "run"),
        ("UPDATE runs SET superseded_by = id", "supersession"),
        ("UPDATE run_records SET logs = replace(logs, 'carried', 'Carried')", "steps and log"),
        ("UPDATE journal_entries SET entity = 'oak-b' WHERE number = 1", "ledger"),
        ("UPDATE journal_entries SET line = line + 1 WHERE number = 1", "ledger"),
    ]

    @Test("a row of the store")
    func row() throws {
        let store = URL(fileURLWithPath: home.path + "/state.db")
        let whole = try Data(contentsOf: store)
        for change in Self.rows {
            try edit(change.sql)
            let verify = try home.assay("verify", id)
            #expect(
                verify.status == .exited(1) && verify.outputText.contains("FAIL  \(change.check):"),
                "\(change.sql): \(verify.outputText)\(verify.errorText)")
            // Whoever closes it last leaves no log beside it, so the file is all there is.
            try whole.write(to: store)
        }
        #expect(try home.json("verify", id)["verdict"] == "valid")
    }

    @Test("the rows of a supersession: the reversal, who superseded whom, the run that came before")
    func supersession() throws {
        let file = home.documents + "/oak-a/2026-03/bank/statement.csv"
        try "reference,kind,amount\nM9,interest,5.00\n".write(toFile: file, atomically: true, encoding: .utf8)
        let second = try #require(try home.run()["run"]?.string)
        #expect(try home.json("verify", id)["verdict"] == "valid")
        #expect(try home.json("verify", second)["verdict"] == "valid")
        func refused(_ run: String, _ check: String) throws {
            let verify = try home.assay("verify", run)
            #expect(verify.status == .exited(1) && verify.outputText.contains("FAIL  \(check):"), "\(verify.outputText)")
        }
        try edit("UPDATE journal_entries SET description = 'x' WHERE reverses_run IS NOT NULL")
        try refused(second, "ledger")
        try edit("UPDATE runs SET superseded_by = id WHERE superseded_by IS NOT NULL")
        try refused(id, "supersession")
        try edit("UPDATE stamps SET envelope_sha256 = (SELECT envelope_sha256 FROM stamps WHERE run = '\(second)') WHERE run = '\(id)'")
        try refused(id, "run")
        try refused(second, "earlier runs")
        #expect(try home.assay("replay", id).status == .exited(1), "it replayed another run's stamp")
    }

    @Test("a changed copy of an output elsewhere, with the run's own stamp beside it")
    func givenFile() throws {
        let path = try #require(run["outputs"]?.array?.first { $0["name"] == "interest.json" }?["path"]?.string)
        let copy = home.scratch.path + "/interest.json"
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        try FileManager.default.copyItem(atPath: path + ".stamp.json", toPath: copy + ".stamp.json")
        #expect(try home.json("verify", copy)["verdict"] == "valid")
        #expect(try home.json("verify", copy + ".stamp.json")["verdict"] == "valid")
        try home.flipByte(in: copy)
        let verify = try home.assay("verify", copy)
        #expect(verify.status == .exited(1) && verify.outputText.contains("FAIL  given file"), "\(verify.outputText)")
        // A stamp that was made longer is another file, although it still says the same.
        let stamp = copy + ".stamp.json"
        let text = try String(contentsOfFile: stamp, encoding: .utf8)
        try FileManager.default.removeItem(atPath: stamp)
        try (text + " ").write(toFile: stamp, atomically: true, encoding: .utf8)
        #expect(try home.assay("verify", stamp).outputText.contains("FAIL  given stamp"))
    }

    @Test("a file that the run did not make, among its outputs")
    func stranger() throws {
        let path = try #require(run["outputs"]?.array?.first?["path"]?.string)
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        try "{}".write(toFile: folder + "/nav-statement.json", atomically: true, encoding: .utf8)
        try refused(naming: "nav-statement.json", replayToo: false)
    }

    @Test("a file of the trust root as it was")
    func trustRoot() throws {
        let list = try CanonicalJSON.parse(Array(try Data(contentsOf: URL(fileURLWithPath: try object(of: "trust-root")))))
        try home.flipByte(in: home.object(try #require(list["roles.yaml"]?.string)))
        try refused(naming: "roles.yaml", replayToo: false)
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

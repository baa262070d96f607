import Digests
import Foundation
import Model
import Testing

@Suite("The transparency log")
struct LogTests {
    /// Changes the store as somebody would who knows how: without the triggers that guard it.
    private func tamper(_ home: TestHome, _ script: String) throws {
        let prelude = """
            import sqlite3, sys, hashlib
            c = sqlite3.connect(sys.argv[1]); c.isolation_level = None
            for (name,) in c.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                c.execute(f'DROP TRIGGER {name}')

            """
        try Program.output("python3", ["-c", prelude + script, home.path + "/state.db"])
    }

    private func failed(_ home: TestHome) throws -> [String] {
        let result = try home.assay("log", "check", "--json")
        let checks = try CanonicalJSON.parse(Array(result.outputText.trimmingCharacters(in: .newlines).utf8))["checks"]?.array
        return (checks ?? []).filter { $0["passed"] == false }.compactMap { $0["name"]?.string }
    }

    private func twoRuns() throws -> (home: TestHome, first: String, note: String) {
        let home = try TestHome()
        try home.reconcile()
        let first = try #require(try home.run("oak-a", "2026-03")["run"]?.string)
        let note = home.scratch.path + "/checkpoint"
        try home.assay("log", "checkpoint").outputText.write(toFile: note, atomically: true, encoding: .utf8)
        try home.run("oak-b", "2026-03")
        return (home, first, note)
    }

    @Test("holds every stamp, verdict and change of settings; verify shows inclusion, and that nobody else holds a head")
    func grows() throws {
        let (home, first, note) = try twoRuns()
        #expect(try home.json("replay", first)["verdict"] == "identical")
        let file = home.path + "/config.yaml"
        try (String(contentsOfFile: file, encoding: .utf8) + "workers: 1\n").write(toFile: file, atomically: true, encoding: .utf8)
        try home.run("oak-a", "2026-04")
        let leaves = try home.json("log")["leaves"]?.array ?? []
        let kinds = leaves.compactMap { $0["kind"]?.string }
        #expect(kinds == ["configuration", "trust-root", "stamp", "stamp", "verdict", "configuration", "stamp"])
        let checks = try home.json("verify", first)["checks"]?.array ?? []
        #expect(checks.first { $0["name"] == "log" }?["detail"] == "leaf 2 of 7")
        #expect(checks.first { $0["name"] == "witness" }?["detail"]?.string?.hasPrefix("unwitnessed") == true)
        #expect(try failed(home) == [])
        let proof = try home.json("log", "consistency", note)
        #expect(proof["consistent"] == true && proof["old"]?["size"] == 3 && proof["new"]?["size"] == 7)
        #expect(try home.json("log", "consistency", "1", "7")["consistent"] == true)
        #expect(try home.assay("log", "consistency", "9").errorText.contains("1 to 7"))
        #expect(try home.assay("log", "consistency", home.path + "/config.yaml").errorText.contains("no checkpoint"))
    }

    @Test("openssl verifies a checkpoint with the home's public key")
    func openssl() throws {
        let (home, _, note) = try twoRuns()
        let text = try String(contentsOfFile: note, encoding: .utf8)
        let parts = text.components(separatedBy: "\n\n")
        let folder = home.scratch.path
        try (parts[0] + "\n").write(toFile: folder + "/text", atomically: true, encoding: .utf8)
        let signature = try #require(parts[1].split(separator: " ").last).trimmingCharacters(in: .newlines)
        let bytes = try #require(Data(base64Encoded: signature))
        try bytes.dropFirst(4).write(to: URL(fileURLWithPath: folder + "/sig"))
        let verified = try Program.output(
            "openssl", ["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", home.path + "/keys/stamp.pub.pem", "-in", folder + "/text", "-sigfile", folder + "/sig"])
        #expect(verified.contains("Verified Successfully"))
    }

    @Test("a deleted run is missed")
    func deleted() throws {
        let (home, first, _) = try twoRuns()
        try tamper(
            home,
            """
            c.execute('PRAGMA foreign_keys = OFF')
            for table in ['stamps', 'outputs', 'events', 'attempts', 'run_records', 'journal_entries', 'carried_from']:
                c.execute(f"DELETE FROM {table} WHERE run = '\(first)'")
            c.execute("DELETE FROM runs WHERE id = '\(first)'")
            """)
        #expect(try failed(home) == ["runs"])
        #expect(try home.assay("log", "check").outputText.contains(first))
    }

    @Test("a changed leaf no longer gives the head")
    func changed() throws {
        let (home, first, _) = try twoRuns()
        try tamper(home, "c.execute(\"UPDATE log_leaves SET sha256 = replace(sha256, substr(sha256, 1, 1), 'f') WHERE position = 0\")")
        #expect(try failed(home).contains("tree"))
        try tamper(home, "c.execute(\"UPDATE log_nodes SET hash = (SELECT hash FROM log_nodes WHERE level = 0 AND place = 1) WHERE level = 0 AND place = 3\")")
        let verdict = try home.assay("verify", first)
        #expect(verdict.status == .exited(1) && verdict.outputText.contains("audit path"))
    }

    @Test("a log that was rewritten whole is sound in itself, and betrayed by a head that was kept")
    func rewritten() throws {
        let (home, first, note) = try twoRuns()
        try tamper(
            home,
            """
            c.execute('PRAGMA foreign_keys = OFF')
            for table in ['stamps', 'outputs', 'events', 'attempts', 'run_records', 'journal_entries', 'carried_from']:
                c.execute(f"DELETE FROM {table} WHERE run = '\(first)'")
            c.execute("DELETE FROM runs WHERE id = '\(first)'")
            leaves = [row for row in c.execute('SELECT kind, subject, sha256, at FROM log_leaves ORDER BY position').fetchall() if row[1] != '\(first)']
            c.execute('DELETE FROM log_leaves'); c.execute('DELETE FROM log_nodes')
            row = []
            for position, leaf in enumerate(leaves):
                c.execute('INSERT INTO log_leaves VALUES (?, ?, ?, ?, ?)', (position, *leaf))
                row.append(hashlib.sha256(b'\\0' + bytes.fromhex(leaf[2])).digest())
            level = 0
            while row:
                for place, value in enumerate(row):
                    c.execute('INSERT INTO log_nodes VALUES (?, ?, ?)', (level, place, value.hex()))
                row = [hashlib.sha256(b'\\1' + row[i] + row[i + 1]).digest() for i in range(0, len(row) - 1, 2)]
                level += 1
            """)
        #expect(try failed(home) == [])
        let result = try home.assay("log", "consistency", note)
        #expect(result.status == .exited(1) && result.outputText.contains("rewritten"))
    }
}

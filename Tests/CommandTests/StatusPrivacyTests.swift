import Digests
import Foundation
import Model
import Testing

@Suite("What is pushed holds no financial data")
struct StatusPrivacyTests {
    /// A close whose every name and number stands out, and which fails in April with an amount in its message.
    private static let runbook = """
        from runbook import Money, Run, fail, journal, log, output, query, step


        def close(run: Run) -> None:
            rows = list(run.documents.one("Kontoauszug/*.csv").csv())
            post(run, rows)
            rates = list(query("SELECT name, rate FROM rates WHERE rate > ?", [0]))
            total = Money.total((row["betrag"].money("GBP") for row in rows), "GBP")
            log(f"Summe {total} aus {len(rates)} Saetzen")
            if run.period.name == "2026-04":
                fail(f"Der Saldo {total} weicht vom Kontoauszug ab", at=rows[0]["betrag"])
            output("Ergebnis-vertraulich.json", {"Nettoinventarwert": total, "Kasse": journal.balance("KASSE-77191")})


        @step("Buchungen uebernehmen")
        def post(run, rows):
            for row in rows:
                betrag = row["betrag"].money("GBP")
                journal.post(
                    date=run.period.end, description="Zinsgutschrift " + row["kennung"].str(),
                    lines=[
                        journal.debit("KASSE-77191", betrag, memo="Notiz zu " + row["kennung"].str()),
                        journal.credit(run.config.income_account, betrag),
                    ])

        """

    private static let secrets = ["Losung-Sesam-oeffne-dich", "noch-ein-Geheimnis-4711"]

    private func home() throws -> TestHome {
        let home = try TestHome(runbook: Self.runbook)
        try home.workspace.write(
            "charts/small.yaml",
            SmallWorkspace.manifest(
                "ChartOfAccounts", "small",
                """
                accounts:
                  - {code: "KASSE-77191", name: Barmittelkonto, type: asset}
                  - {code: "KAPITAL-77192", name: Einlagen, type: equity}
                  - {code: "ZINSEN-77193", name: Zinsertraege, type: income}
                """))
        try home.workspace.write(
            "tenants/oak/deployments/interest.yaml",
            SmallWorkspace.manifest(
                "Deployment", "interest", "runbook: interest\nentities:\n  names: [oak-a, oak-b]\nconfig:\n  income_account: \"ZINSEN-77193\""))
        try home.workspace.commit("Names that stand out")
        try FileManager.default.removeItem(atPath: home.documents)
        for (place, csv) in [
            ("oak-a/2026-03", "kennung,betrag\nVorgang-8811,918273.64\nVorgang-8812,77665.55\n"),
            ("oak-a/2026-04", "kennung,betrag\nVorgang-9911,443322.11\n"), ("oak-b/2026-03", "kennung,betrag\nVorgang-7711,5566778.99\n"),
        ] {
            let folder = "\(home.documents)/\(place)/Kontoauszug"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try csv.write(toFile: folder + "/Hausbank-Auszug.csv", atomically: true, encoding: .utf8)
        }
        for (index, secret) in Self.secrets.enumerated() {
            try secret.write(toFile: "\(home.path)/secrets/token-\(index)", atomically: true, encoding: .utf8)
        }
        try """
            status: {push: on}
            hooks: {commitStatus: [/usr/bin/tee, -a, "\(home.scratch.path)/told"]}

            """.appended(toConfigurationOf: home)
        return home
    }

    @Test("no amount, document, account, output, digest of them or secret of the store occurs in any object that is pushed")
    func nothing() throws {
        let home = try home()
        try home.reconcile()
        try home.run("oak-a", "2026-03")
        #expect(try home.assay("run", "interest", "--entity", "oak-a", "--period", "2026-04").status == .exited(1))
        try home.run("oak-b", "2026-03")
        let csv = home.documents + "/oak-a/2026-03/Kontoauszug/Hausbank-Auszug.csv"
        try "kennung,betrag\nVorgang-8811,918274.65\n".write(toFile: csv, atomically: true, encoding: .utf8)
        try home.run("oak-a", "2026-03")
        let why = "Abgrenzung Vorgang-8811 noch offen"
        #expect(try home.assay("suspend", "interest", "--reason", why).status == .exited(0))
        try home.workspace.write("tenants/oak/tenant.yaml", "kind: [")
        try home.workspace.commit("Broken")
        #expect(try home.assay("reconcile").status == .exited(1))

        let pushed = try everythingPushed(home) + String(contentsOfFile: home.scratch.path + "/told", encoding: .utf8)
        for word in ["ManifestInvalid", "RunbookFailed", "oak-b", "2026-04", "superseded"] { #expect(pushed.contains(word), "\(word)") }
        let runs = try home.json("runs")["runs"]?.array ?? []
        #expect(runs.count == 4)
        for row in runs {
            let run = try #require(row["run"]?.string)
            let stamp = try #require(try home.json("show", run)["stamp"]?.string)
            #expect(pushed.contains(run) && pushed.contains(stamp), "the stamp of every run is told")
        }
        let kept = try Self.kept(home)
        // That the search is worth something: what it looks for is in there, each in the forms that people write.
        for sample in [
            "918273.64", "918,273.64", "91827364", "918274.65", "Vorgang-8811", "KASSE-77191", "Ergebnis-vertraulich.json",
            "Kontoauszug/Hausbank-Auszug.csv", "Notiz zu Vorgang-8811", "Nettoinventarwert", "Summe 995939.19 aus 2 Saetzen",
            try FileDigest.sha256(csv), why, Self.secrets[0], home.path, "user \(NSUserName())",
        ] {
            #expect(kept.contains(sample), "the search would not find \(sample)")
        }
        #expect(kept.count > 250)
        let found = kept.filter { pushed.contains($0) }
        #expect(found.isEmpty, "\(found)")
    }

    /// Every object on the remote that the workspace itself does not consist of, as text, without what is only encoding.
    private func everythingPushed(_ home: TestHome) throws -> String {
        let bare = home.workspace.bare
        func objects(_ arguments: String...) throws -> Set<String> {
            Set(try Program.output("git", ["-C", bare] + arguments).split(separator: "\n").map { String($0.prefix(40)) })
        }
        let ours = try objects("cat-file", "--batch-all-objects", "--batch-check=%(objectname)").subtracting(
            objects("rev-list", "--objects", "refs/heads/main"))
        #expect(try objects("rev-list", "--objects", "refs/assay/status/oak").isSubset(of: ours.union(objects("rev-list", "--objects", "refs/heads/main"))))
        var text = try Program.output("git", ["-C", bare, "for-each-ref"])
        for id in ours.sorted() {
            let type = try Program.output("git", ["-C", bare, "cat-file", "-t", id]).trimmingCharacters(in: .newlines)
            text += "\n" + (try Program.output("git", ["-C", bare, "cat-file"] + (type == "tree" ? ["-p", id] : [type, id])))
        }
        // A signature is base64 of random bytes.
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.filter { !$0.hasPrefix(" ") || $0.contains("\"") }.joined(separator: "\n")
    }

    /// Every text and number that the home keeps, in the forms that people write numbers in, but for what is public: names of
    /// the repository, commits, run ids, states, reasons and stamp digests.
    private static func kept(_ home: TestHome) throws -> Set<String> {
        let text = try Program.output("python3", ["-c", extraction, home.path, home.scratch.path])
        return Set(try CanonicalJSON.parse(Array(text.utf8)).array?.compactMap(\.string) ?? [])
    }

    private static let extraction = #"""
        import csv, getpass, io, json, os, re, socket, sqlite3, sys

        home, scratch = sys.argv[1:]
        store = sqlite3.connect("file:" + home + "/state.db?mode=ro", uri=True)
        leaves = set()

        def leaf(value):
            if isinstance(value, dict):
                for key, item in value.items():
                    leaf(key); leaf(item)
            elif isinstance(value, list):
                for item in value: leaf(item)
            elif isinstance(value, (int, float)) and not isinstance(value, bool):
                leaves.add(str(value)); leaves.add(f"{abs(value) / 100:.2f}"); leaves.add(f"{abs(value) / 100:,.2f}")
            elif isinstance(value, str):
                leaves.add(value)
                if re.fullmatch(r"-?\d+\.\d\d", value):
                    leaves.update((value.replace(".", ""), f"{float(value):,.2f}", value.replace(".", ",")))
                if value[:1] in "[{":
                    try: leaf(json.loads(value))
                    except ValueError: pass

        def document(data):
            try: text = data.decode()
            except UnicodeDecodeError: return
            if text[:1] in "[{": leaf(text)
            else:
                for row in csv.reader(io.StringIO(text)): leaf(row)

        public = set()
        for (table,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            if table in ("outbox", "report_marks", "report_state"): continue  # what is told already
            for row in store.execute(f"SELECT * FROM {table}"):
                for value in row: leaf(value.decode("utf-8", "replace") if isinstance(value, bytes) else value)

        digests = {text for text in leaves if re.fullmatch(r"[0-9a-f]{64}", text)}
        skip = set()
        for (spec,) in store.execute("SELECT spec FROM runs"):
            skip |= {json.loads(spec)["interpreter"], json.loads(spec)["guest"]}  # the Python that is the same everywhere
        for digest in digests - skip:
            path = f"{home}/objects/{digest[:2]}/{digest[2:]}"
            if os.path.exists(path): document(open(path, "rb").read())

        for folder in ("secrets", "keys", "trust"):
            for place, _, names in os.walk(f"{home}/{folder}"):
                for name in names:
                    data = open(os.path.join(place, name), errors="replace").read()
                    leaves.update([data.strip()] + [line.strip() for line in data.splitlines()])
        leaves.update((home, scratch, socket.gethostname()))

        def column(sql): public.update(str(row[0]) for row in store.execute(sql) if row[0] is not None)
        column("SELECT name FROM resources WHERE kind IN ('Tenant', 'Entity', 'Deployment', 'Runbook')")
        for name in ("id", "deployment", "entity", "period", "commit_id", "state", "mode"): column(f"SELECT {name} FROM runs")
        column("SELECT envelope_sha256 FROM stamps")
        column("SELECT json_extract(failure, '$.reason') FROM runs")
        column("SELECT kind FROM resources")
        column("SELECT commit_id FROM revisions")
        column("SELECT evidence FROM log_witnesses")  # commits of the status itself
        for path in ("reason", "outcome"): column(f"SELECT json_extract(status, '$.{path}') FROM reconcile_status")
        column("SELECT json_extract(value, '$.file') FROM reconcile_status, json_each(status, '$.problems')")

        # A text of fewer letters, or a number of fewer digits, is in any text by chance; a word in small letters is the name
        # of a field or a column, and a time says when and no more.
        def telling(text):
            if re.fullmatch(r"[a-z]{1,15}\d{0,3}|\d{4}-\d\d-\d\dT[\d:.]+Z", text): return False
            return len(text) >= 7 if re.fullmatch(r"[\d.,-]+", text) else len(text) >= 5
        print(json.dumps(sorted(text for text in leaves - public if telling(text))))
        """#
}

/// The SHA-256 of a file as the operating system's own program says it.
private enum FileDigest {
    static func sha256(_ path: String) throws -> String { String(try Program.output("sha256sum", [path]).prefix(64)) }
}

extension String {
    /// Adds these settings to the home's.
    func appended(toConfigurationOf home: TestHome) throws {
        let file = home.path + "/config.yaml"
        try (String(contentsOfFile: file, encoding: .utf8) + self).write(toFile: file, atomically: true, encoding: .utf8)
    }
}

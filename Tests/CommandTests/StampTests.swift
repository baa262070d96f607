import Digests
import Foundation
import Model
import Testing

@Suite("A stamp is checked by other people's programs")
struct StampTests {
    /// A home with one run, and the folder of its outputs.
    static func stamped() throws -> (home: TestHome, run: String, output: String) {
        let home = try TestHome()
        try home.reconcile()
        let run = try home.run()
        let path = try #require(run["outputs"]?.array?.first { $0["name"] == "interest.json" }?["path"]?.string)
        return (home, try #require(run["run"]?.string), path)
    }

    @Test("openssl alone verifies a stamp: DSSE over the pre-authentication encoding")
    func openssl() throws {
        let (home, _, output) = try Self.stamped()
        let stamp = try CanonicalJSON.parse(Array(try Data(contentsOf: URL(fileURLWithPath: output + ".stamp.json"))))
        let payload = try #require(stamp["payload"]?.string.flatMap { Data(base64Encoded: $0) })
        let signature = try #require(
            stamp["signatures"]?.array?.first?["sig"]?.string.flatMap { Data(base64Encoded: $0) })
        let type = "application/vnd.in-toto+json"
        let pae = Data("DSSEv1 \(type.utf8.count) \(type) \(payload.count) ".utf8) + payload
        let folder = home.scratch.path
        try pae.write(to: URL(fileURLWithPath: folder + "/pae.bin"))
        try signature.write(to: URL(fileURLWithPath: folder + "/sig.bin"))
        let arguments = [
            "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", home.path + "/keys/stamp.pub.pem", "-in",
            folder + "/pae.bin", "-sigfile", folder + "/sig.bin",
        ]
        #expect(try Program.output("openssl", arguments).contains("Signature Verified Successfully"))

        var changed = pae
        changed[pae.count - 3] ^= 1
        try changed.write(to: URL(fileURLWithPath: folder + "/pae.bin"))
        #expect(try Program.run("openssl", arguments).status != .exited(0))
    }

    @Test("ssh-keygen alone verifies the same stamp, in its namespace only")
    func sshKeygen() throws {
        let (home, _, output) = try Self.stamped()
        let key = try String(contentsOfFile: home.path + "/keys/stamp.pub", encoding: .utf8)
        let signers = home.scratch.path + "/signers"
        try "host \(key)".write(toFile: signers, atomically: true, encoding: .utf8)
        let stamp = try String(contentsOfFile: output + ".stamp.json", encoding: .utf8)
        func verify(_ namespace: String, _ input: String) throws -> Bool {
            try Program.run(
                "ssh-keygen",
                ["-Y", "verify", "-f", signers, "-I", "host", "-n", namespace, "-s", output + ".stamp.json.sig"],
                input: input
            ).status == .exited(0)
        }
        #expect(try verify("run@assay", stamp))
        #expect(try !verify("git", stamp))
        #expect(try !verify("run@assay", stamp + " "))
    }

    @Test("sha256sum agrees with the stamp's subject, which carries a SHA-256 only")
    func subject() throws {
        let (home, run, output) = try Self.stamped()
        let sum = try Program.output("sha256sum", [output]).prefix(64)
        let statement = try CanonicalJSON.parse(
            Array(try home.assay("show", run, "--stamp", "--json").outputText.dropLast().utf8))
        let subject = try #require(statement["subject"]?.array?.first { $0["name"] == "interest.json" })
        #expect(subject["digest"] == ["sha256": .string(String(sum))])
    }

    @Test("the statement validates with the public in-toto-attestation package")
    func inToto() throws {
        let python = Program.root + "/.venv-test/bin/python3"
        try #require(FileManager.default.isExecutableFile(atPath: python), "in-toto-attestation is not installed: run 'make test'")
        let (home, _, output) = try Self.stamped()
        defer { withExtendedLifetime(home) {} }
        let script = """
            import base64, json, sys
            from in_toto_attestation.v1.statement import Statement
            from google.protobuf.json_format import ParseDict
            from in_toto_attestation.v1 import statement_pb2
            from in_toto_attestation.v1.resource_descriptor import ResourceDescriptor
            from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
            envelope = json.load(open(sys.argv[1]))
            value = json.loads(base64.b64decode(envelope["payload"]))
            Statement.copy_from_pb(ParseDict(value, statement_pb2.Statement())).validate()
            known = {k: v for k, v in value["predicate"].items() if not k.startswith("assay_")}
            provenance = ParseDict(known, provenance_pb2.Provenance())
            for dependency in provenance.build_definition.resolved_dependencies:
                ResourceDescriptor.copy_from_pb(dependency).validate()
            assert provenance.build_definition.build_type and provenance.run_details.builder.id
            print("valid", len(provenance.build_definition.resolved_dependencies))
            """
        #expect(try Program.output(python, ["-c", script, output + ".stamp.json"]).hasPrefix("valid"))
    }

    @Test("securesystemslib verifies the DSSE envelope")
    func secureSystemsLib() throws {
        let python = Program.root + "/.venv-test/bin/python3"
        try #require(FileManager.default.isExecutableFile(atPath: python), "securesystemslib is not installed: run 'make test'")
        let (home, _, output) = try Self.stamped()
        let script = """
            import json, sys
            from cryptography.hazmat.primitives.serialization import load_pem_public_key
            from securesystemslib.dsse import Envelope
            from securesystemslib.signer import SSlibKey
            envelope = json.load(open(sys.argv[1]))
            key = SSlibKey.from_crypto(load_pem_public_key(open(sys.argv[2], "rb").read()), envelope["signatures"][0]["keyid"])
            parsed = Envelope.from_dict(envelope)
            parsed.verify([key], 1)
            print("verified")
            """
        let printed = try Program.output(python, ["-c", script, output + ".stamp.json", home.path + "/keys/stamp.pub.pem"])
        #expect(printed.contains("verified"))
    }

    @Test("a verifier's own trust root decides, not the home's")
    func trust() throws {
        let (home, run, output) = try Self.stamped()
        let folder = home.scratch.path
        #expect(try home.json("verify", run)["trust"] == "self-asserted")

        let key = try String(contentsOfFile: home.path + "/keys/stamp.pub", encoding: .utf8)
        try "host namespaces=\"run@assay\" \(key)".write(toFile: folder + "/mine", atomically: true, encoding: .utf8)
        let given = try home.json("verify", output, "--trust", folder + "/mine")
        #expect(given["trust"] == "given" && given["verdict"] == "valid")

        try Program.output("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", folder + "/other"])
        let other = try String(contentsOfFile: folder + "/other.pub", encoding: .utf8)
        try "someone \(other)".write(toFile: folder + "/others", atomically: true, encoding: .utf8)
        #expect(try home.assay("verify", run, "--trust", folder + "/others").status == .exited(1))

        // The first line of the key is for something else; the second one counts.
        try "host namespaces=\"git\" \(key)stamper namespaces=\"run@assay\" \(key)"
            .write(toFile: folder + "/two", atomically: true, encoding: .utf8)
        #expect(try home.json("verify", run, "--trust", folder + "/two")["verdict"] == "valid")

        try "host namespaces=\"git\" \(key)".write(toFile: folder + "/wrong", atomically: true, encoding: .utf8)
        #expect(try home.assay("verify", run, "--trust", folder + "/wrong").status == .exited(1))
    }

    @Test("a failed run is stamped as a record, and later stamps list it")
    func failedRun() throws {
        let home = try TestHome()
        try home.reconcile()
        let file = home.documents + "/oak-a/2026-03/bank/statement.csv"
        let good = try String(contentsOfFile: file, encoding: .utf8)
        try "reference,kind,amount\nM1,interest,8.001\n".write(toFile: file, atomically: true, encoding: .utf8)
        let failed = try home.assay("run", "interest", "--entity", "oak-a", "--period", "2026-03", "--json")
        #expect(failed.status == .exited(1))
        let record = try CanonicalJSON.parse(Array(failed.outputText.dropLast().utf8))
        #expect(record["state"] == "failed")
        let id = try #require(record["run"]?.string)
        #expect(try home.json("verify", id)["verdict"] == "valid")
        #expect(try home.json("replay", id)["verdict"] == "identical")
        #expect(try home.json("ledger", "journal", "--entity", "oak-a")["entries"] == [])

        try good.write(toFile: file, atomically: true, encoding: .utf8)
        let next = try #require(try home.run()["run"]?.string)
        let statement = try CanonicalJSON.parse(
            Array(try home.assay("show", next, "--stamp", "--json").outputText.dropLast().utf8))
        let earlier = try #require(statement["predicate"]?["assay_earlierRuns"]?.array)
        #expect(earlier.map { $0["run"]?.string } == [id])
        #expect(earlier[0]["state"] == "failed" && earlier[0]["stamp"] == record["stamp"])
    }

    @Test("a run that only posts is stamped by its record, published, verified and replayed")
    func withoutOutputs() throws {
        let runbook = """
            from runbook import Money, Run, journal


            def close(run: Run) -> None:
                run.documents.ignore("bank/*", why="a test")
                amount = Money("5.00", "GBP")
                journal.post(date=run.period.end, description="Interest",
                             lines=[journal.debit("1200", amount), journal.credit("4000", amount)])

            """
        let home = try TestHome(runbook: runbook)
        try home.reconcile()
        let run = try home.run()
        #expect(run["outputs"] == [])
        let id = try #require(run["run"]?.string)
        let folder = "\(home.path)/outputs/oak-a/2026-03/interest/\(id)"
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
                == ["run-record.json", "run-record.json.stamp.json", "run-record.json.stamp.json.sig"])
        #expect(try home.json("verify", folder + "/run-record.json")["verdict"] == "valid")
        #expect(try home.json("replay", id)["verdict"] == "identical")
    }
}

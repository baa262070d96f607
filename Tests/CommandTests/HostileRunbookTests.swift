import Digests
import Foundation
import Model
import Testing

@Suite("What a runbook does cannot depend on the host, and cannot reach it")
struct HostileRunbookTests {
    /// Prints everything that differs between two runs of plain Python.
    static let curious = """
        import asyncio, datetime, glob, os, platform, random, secrets, socket, sys, time, uuid
        from runbook import Run, documents, output


        class Thing:
            pass


        def close(run: Run) -> None:
            documents.one("bank/*.csv").csv()
            seen = {}
            seen["strings"] = list({f"account-{i}" for i in range(200)})
            things = [Thing() for _ in range(2000)]
            seen["objects"] = [things.index(thing) for thing in set(things)][:200]
            seen["random"] = [str(random.random()) for _ in range(5)] + [str(uuid.uuid4()), secrets.token_hex(8), os.urandom(8).hex()]
            seen["now"] = [str(datetime.datetime.now()), str(time.time_ns()), str(time.monotonic_ns()), str(time.perf_counter_ns())]
            before = time.monotonic_ns()
            asyncio.run(asyncio.sleep(3600))
            seen["slept"] = str(time.monotonic_ns() - before)
            os.makedirs("/tmp/d/e")
            for name in ("z", "a", "m", "b", "y"):
                open(f"/tmp/d/{name}", "w").close()
            seen["listing"] = os.listdir("/tmp/d") + glob.glob("/work/**/*", recursive=True) + [e.name for e in os.scandir("/")]
            seen["environment"] = dict(os.environ)
            seen["host"] = [socket.gethostname() if False else platform.node(), platform.release(), platform.version(), str(os.cpu_count()),
                            str(os.getuid()), str(os.getpid()), str(os.uname()), str(os.getcwd()), sys.executable, str(time.tzname)]
            seen["ids"] = [str(id(seen)), str(hash("a")), repr(object())]
            output("seen.json", seen)

        """

    @Test("ten runs that print sets, chance, clocks, folders and the host agree to the byte")
    func tenRuns() throws {
        var digests: Set<String> = []
        for _ in 0..<5 {
            // A home of its own each time, and a replay beside it: ten executions.
            let home = try TestHome(runbook: Self.curious)
            try home.reconcile()
            let run = try home.run()
            digests.insert(try #require(run["outputs"]?.array?.first?["sha256"]?.string))
            #expect(try home.json("replay", try #require(run["run"]?.string))["verdict"] == "identical")
        }
        #expect(digests.count == 1)
    }

    struct Deed: CustomTestStringConvertible, Sendable {
        var name: String
        var code: String
        /// A word that the message must hold: the call.
        var names: String
        var testDescription: String { name }
    }

    static let deeds = [
        Deed(name: "a socket", code: "import socket; socket.socket()", names: "socket"),
        Deed(name: "a connection", code: "import urllib.request; urllib.request.urlopen('http://127.0.0.1:1/')", names: "urllib.Request"),
        Deed(name: "a subprocess", code: "import subprocess; subprocess.run(['/usr/bin/python3', '-c', ''])", names: "subprocess"),
        Deed(name: "a shell", code: "import os; os.system('true')", names: "os.system"),
        Deed(name: "a fork", code: "import os; os.fork()", names: "fork"),
        Deed(name: "a spawn", code: "import os; os.posix_spawn('/usr/bin/python3', ['python3'], {})", names: "posix_spawn"),
        Deed(name: "an exec", code: "import os; os.execv('/usr/bin/python3', ['python3'])", names: "exec"),
        Deed(
            name: "a fork below the audit hooks",
            code: "import _posixsubprocess, os; r, w = os.pipe(); _posixsubprocess.fork_exec([b'/usr/bin/python3'], [b'/usr/bin/python3'], True, (), None, [], -1, -1, -1, -1, -1, -1, r, w, False, False, 0, None, None, None, -1, None, False)",
            names: "fork_exec"),
        Deed(name: "a multiprocessing pool", code: "import multiprocessing; multiprocessing.Process(target=print).start()", names: "fork"),
        Deed(name: "a file outside its space", code: "open('/work/evil', 'w')", names: "open"),
        Deed(name: "a file in the root", code: "open('/evil', 'w')", names: "open"),
        Deed(name: "a removal outside its space", code: "import os; os.remove('/guest/main.py')", names: "remove"),
    ]

    @Test("a denied deed fails the run with the call and the line named, also when the runbook catches the exception", arguments: deeds, [false, true])
    func denied(deed: Deed, caught: Bool) throws {
        let body = caught
            ? "    try:\n        " + deed.code + "\n    except BaseException:\n        pass\n"
            : "    " + deed.code + "\n"
        let runbook = "from runbook import Run, documents, output\n\n\ndef close(run: Run) -> None:\n"
            + "    documents.one('bank/*.csv').csv()\n" + body + "    output('x.txt', 'done')\n"
        let home = try Self.shared(runbook)
        let result = try home.assay("run", "interest", "--entity", "oak-a", "--period", "2026-03", "--json")
        #expect(result.status == .exited(1), "it was allowed: \(result.outputText)\(result.errorText)")
        let run = try CanonicalJSON.parse(Array(result.outputText.dropLast().utf8))
        #expect(run["state"] == "failed")
        let failure = try #require(run["failure"])
        #expect(failure["reason"] == "SandboxViolation", "\(failure)")
        #expect(failure["message"]?.string?.contains(deed.names) == true, "\(failure)")
        #expect(failure["file"] == "runbooks/interest/interest.py", "\(failure)")
        #expect(failure["line"] == .integer(caught ? 7 : 6), "\(failure)")
        #expect(run["outputs"] == [])
    }

    private static func shared(_ runbook: String) throws -> TestHome {
        let home = try TestHome(runbook: runbook)
        try home.reconcile()
        return home
    }
}

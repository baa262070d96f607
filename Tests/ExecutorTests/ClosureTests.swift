import Digests
import Foundation
import Model
import Synchronization
import Testing

@testable import Executor

@Suite("Interpreter closure")
struct ClosureTests {
    /// Other interpreters of this machine, the oldest and the newest that are supported.
    static let others: [String] = {
        let root = FileManager.default.homeDirectoryForCurrentUser.appendingPathComponent(".pyenv/versions")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
        let supported = names.compactMap { name -> (Int, String)? in
            let numbers = name.split(separator: ".").compactMap { Int($0) }
            guard numbers.count == 3, numbers[0] == 3, numbers[1] >= 9 else { return nil }
            return (numbers[1], root.appendingPathComponent("\(name)/bin/python3").path)
        }.sorted { $0.0 < $1.0 }
        let all = ProcessInfo.processInfo.environment["ASSAY_ALL_INTERPRETERS"] != nil
        return all ? supported.map(\.1) : Set([supported.first, supported.last].compactMap { $0?.1 }).sorted()
    }()

    private func build(
        _ python: String?, _ shared: Shared, in vault: FolderVault? = nil
    ) async throws -> InterpreterClosure {
        try await InterpreterClosure.build(
            from: python, support: shared.support, sandbox: shared.sandbox, vault: vault ?? shared.vault,
            progress: { _ in })
    }

    @Test("The same interpreter gives the same digest in another home, and a script there prints the same bytes")
    func sameDigest() async throws {
        let shared = try await Shared.ready()
        let elsewhere = try FolderVault(parent: FileManager.default.temporaryDirectory.path)
        defer { elsewhere.remove() }
        let again = try await build(nil, shared, in: elsewhere)
        let other = Shared(vault: elsewhere, sandbox: shared.sandbox, support: shared.support, closure: again)
        let here = try await shared.script(DeterminismTests.curious), there = try await other.script(DeterminismTests.curious)
        for (line, otherLine) in zip(here.output.split(separator: "\n"), there.output.split(separator: "\n")) {
            #expect(line == otherLine)
        }
        #expect(here == there)
        if again != shared.closure {
            let old = try TreeDigest.parse(try shared.vault.get(shared.closure.tree))
            let new = Set(try TreeDigest.parse(try elsewhere.get(again.tree)))
            Issue.record("differs in \(old.filter { !new.contains($0) }.map(\.path).prefix(10))")
        }
    }

    @Test("What is kept describes itself")
    func description() async throws {
        let shared = try await Shared.ready()
        #expect(try InterpreterClosure.load(shared.closure.tree, vault: shared.vault) == shared.closure)
        #expect(shared.closure.description.implementation == "CPython")
        let other = try shared.vault.putTree([TreeFile(path: "a", content: .bytes([1]))])
        #expect(throws: ExecutorError.self) { try InterpreterClosure.load(other, vault: shared.vault) }
    }

    @Test("The closure holds the library with its byte code, and no tests, editors or sites")
    func content() async throws {
        let shared = try await Shared.ready()
        let paths = try TreeDigest.parse(try shared.vault.get(shared.closure.tree)).map(\.path)
        let version = shared.closure.description.version.split(separator: ".")
        let library = "usr/lib/python\(version[0]).\(version[1])"
        for path in [
            "usr/bin/python3", "\(library)/os.py", "\(library)/__pycache__/os.cpython-\(version[0])\(version[1]).pyc",
            "usr/lib/libc.so.6", "usr/lib/assay/libdeterminism.so", "usr/share/zoneinfo/Europe/London", "etc/passwd",
        ] { #expect(paths.contains(path), "\(path)") }
        for word in ["/test/", "/tests/", "idlelib", "tkinter", "ensurepip", "site-packages", "dist-packages"] {
            #expect(!paths.contains { $0.contains(word) }, "\(word)")
        }
    }

    @Test(
        "Interpreters of other versions and other places run the same, twice the same",
        .enabled(if: !others.isEmpty, "no other CPython from 3.9 on was found in ~/.pyenv/versions"),
        arguments: others)
    func otherInterpreter(python: String) async throws {
        let shared = try await Shared.ready()
        let closure = try await build(python, shared)
        #expect(closure.tree != shared.closure.tree)
        let first = try await shared.script(DeterminismTests.curious, closure: closure)
        #expect(first.exit == .exited(0), "\(first.errors)")
        #expect(first.errors == "")
        #expect(try await shared.script(DeterminismTests.curious, closure: closure) == first)
        let imports = try await shared.script(ClosureTests.imports, closure: closure)
        #expect(imports.output == "ok\n", "\(imports.errors)")

        let guest = try await GuestPackage.store(
            shared.support, closure: closure, sandbox: shared.sandbox, vault: shared.vault)
        let code = try Scratch(["runbooks/r/r.py": SessionTests.runbook, "runbooks/r/runbook.md": "---\nslug: r\n---\n"])
        defer { code.remove() }
        let request = try shared.request(guest: guest, code: code.path, closure: closure)
        let outcome = try await shared.run(request, live: DocumentHost(documents: SessionTests.documents))
        let record = try #require(outcome.succeeded, "\(outcome)")
        #expect(try await shared.run(request, recorded: record.events, live: nil).succeeded == record)
    }

    /// Extension modules with libraries of their own, and what a runbook is likely to import.
    static let imports = """
        import asyncio, bz2, csv, ctypes, datetime, decimal, hashlib, json, lzma, math, sqlite3, ssl, statistics, xml.etree.ElementTree, zlib, zoneinfo
        assert hashlib.sha256(b"").hexdigest().startswith("e3b0")
        print("ok")
        """

    @Test("The guest package built twice has one digest")
    func guestTwice() async throws {
        let shared = try await Shared.ready()
        #expect(try await shared.guest() == (try await shared.guest()))
    }

    @Test("What is not a Python, or too old a one, is refused with its path")
    func refused() async throws {
        for path in ["/bin/true", "/bin/cat", "/nonexistent/python3"] {
            let error = #expect(throws: ExecutorError.self) { try PythonInterpreter.find(path) }
            #expect(error?.message.contains(path) == true)
        }
        let folder = try Scratch(["python": "#!/bin/sh\necho '{\"executable\":\"/x\",\"library\":\"/y\",\"implementation\":\"CPython\",\"version\":\"3.8.18\",\"platform\":\"p\",\"libc\":\"l\"}'\n"])
        defer { folder.remove() }
        chmod(folder.path + "/python", 0o755)
        let error = #expect(throws: ExecutorError.self) { try PythonInterpreter.find(folder.path + "/python") }
        #expect(error?.message.contains("it is CPython 3.8.18, and CPython 3.9 or later is needed") == true)
    }

    @Test("A shim that is a shell script is resolved to the real interpreter")
    func shim() throws {
        let real = try PythonInterpreter.find(nil)
        let folder = try Scratch(["python": "#!/bin/sh\nexec \(real.executable) \"$@\"\n"])
        defer { folder.remove() }
        chmod(folder.path + "/python", 0o755)
        #expect(try PythonInterpreter.find(folder.path + "/python").executable == real.executable)
    }
}

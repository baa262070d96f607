import ChildProcess
import Digests
import Foundation
import Model
import Testing

@testable import Executor

@Suite("Sandbox")
struct SandboxTests {
    struct Deed: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var text: String
        init(_ name: String, _ text: String) { (testDescription, self.text) = (name, text) }
    }

    /// Each raises `PermissionError` (or another `OSError` where named) at its line.
    static let denied: [Deed] = [
        Deed("a TCP socket", "import socket; socket.socket(socket.AF_INET, socket.SOCK_STREAM)"),
        Deed("a TCP socket of version 6", "import socket; socket.socket(socket.AF_INET6, socket.SOCK_STREAM)"),
        Deed("a UDP socket", "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)"),
        Deed("a Unix socket", "import socket; socket.socket(socket.AF_UNIX)"),
        Deed("a netlink socket", "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)"),
        Deed("a packet socket", "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)"),
        Deed("a vsock", "import socket; socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)"),
        Deed("an encryption socket", "import socket; socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)"),
        Deed("a pair of another family", "import socket; socket.socketpair(socket.AF_INET)"),
        Deed("fork", "os.fork()"),
        Deed("subprocess", "import subprocess; subprocess.run(['/usr/bin/python3', '-V'])"),
        Deed("posix_spawn", "os.posix_spawn('/usr/bin/python3', ['python3', '-V'], {})"),
        Deed("execve", "os.execve('/usr/bin/python3', ['python3', '-V'], {})"),
        Deed("execveat", "os.execve(os.open('/usr/bin/python3', os.O_RDONLY), ['python3', '-V'], {})"),
        Deed("_posixsubprocess", """
            import _posixsubprocess
            r, w = os.pipe()
            arguments = [[b"x"], [b"/usr/bin/python3"], True, (w,), None, None, -1, -1, -1, -1, -1, -1, r, w, False, False]
            _posixsubprocess.fork_exec(*arguments, -1, None, None, None, -1, None, True) if sys.version_info >= (3, 11) else None
            """),
        Deed("setuid", "os.setuid(0)"),
        Deed("chroot", "os.chroot('/tmp')"),
        Deed("mknod", "os.mknod('/tmp/node', 0o60600, 8)"),
        Deed("memfd_create", "os.memfd_create('x')"),
        Deed("setsid", "os.setsid()"),
        Deed("nice", "os.setpriority(os.PRIO_PROCESS, 0, 5)"),
        Deed("statvfs", "os.statvfs('/')"),
        Deed("writing the code", "open('/work/x', 'w')"),
        Deed("writing the root", "open('/x', 'w')"),
        Deed("writing the interpreter", "open('/usr/lib/x', 'w')"),
        Deed("writing to /dev", "open('/dev/x', 'w')"),
        Deed("changing the code", "os.chmod('/work/script.py', 0o777)"),
        Deed("linking out", "os.link('/work/script.py', '/tmp/x')"),
    ]

    @Test("What the sandbox denies raises an error at its line", arguments: denied)
    func denies(_ deed: Deed) async throws {
        let shared = try await Shared.ready()
        let body = deed.text.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n")
        let result = try await shared.script(
            "import os, sys\ntry:\n\(body)\nexcept OSError as e:\n    print('denied', e.errno)\nelse:\n    print('ALLOWED')\n")
        #expect(result.exit == .exited(0), "\(result.errors)")
        // EPERM, EROFS, EXDEV, EACCES, or EAFNOSUPPORT for a family that has no pairs.
        let said = result.output.split(separator: "\n").last.map(String.init) ?? ""
        #expect(["denied 1", "denied 30", "denied 18", "denied 13"].contains(said), "\(said) \(result.errors)")
    }

    @Test("A thread cannot be started")
    func threads() async throws {
        let shared = try await Shared.ready()
        let result = try await shared.script(
            "import threading\ntry: threading.Thread(target=print).start()\nexcept RuntimeError as e: print('denied', e)\n")
        #expect(result.output.hasPrefix("denied can't start new thread"), "\(result)")
    }

    @Test("System calls made through ctypes are denied or answered by the shim")
    func foreignCalls() async throws {
        let shared = try await Shared.ready()
        let result = try await shared.script(
            """
            import ctypes, os, platform
            libc = ctypes.CDLL(None, use_errno=True)
            x86 = platform.machine() == "x86_64"
            calls = dict(ptrace=101, unshare=272, mount=165, bpf=321, perf_event_open=298, keyctl=250, add_key=248,
                         userfaultfd=323, memfd_create=319, io_uring_setup=425, process_vm_readv=310, setns=308,
                         personality=135, kexec_load=246, socket=41, fork=57, vfork=58, setitimer=38, settimeofday=164)
            if x86:
                for name, number in calls.items():
                    result = libc.syscall(number, 0, 0, 0, 0, 0, 0)
                    print(name, result, ctypes.get_errno())
                print("clone3", libc.syscall(435, 0, 0), ctypes.get_errno())
                print("unknown", libc.syscall(999, 0, 0), ctypes.get_errno())
            class timespec(ctypes.Structure): _fields_ = [("s", ctypes.c_long), ("n", ctypes.c_long)]
            now = timespec()
            libc.clock_gettime(0, ctypes.byref(now)); print(now.s)
            if x86: libc.syscall(228, 0, ctypes.byref(now)); print(now.s)
            """)
        #expect(result.exit == .exited(0), "\(result.errors)")
        let lines = result.output.split(separator: "\n").map(String.init)
        for line in lines.dropLast(2) {
            let code = line.hasPrefix("clone3") || line.hasPrefix("unknown") ? "38" : "1"
            #expect(line.hasSuffix(" -1 \(code)"), "\(line)")
        }
        #expect(lines.suffix(2) == ["1774997999", "1774997999"])
    }

    @Test("The guest's root holds the closure, the code and nothing of the host")
    func root() async throws {
        let shared = try await Shared.ready()
        let result = try await shared.script(
            """
            import os
            print(os.listdir("/"), os.listdir("/dev"), os.listdir("/etc"), os.listdir("/work"), os.listdir("/tmp"))
            print(sorted(os.listdir("/usr")), [fd for fd in range(64) if os.path.exists(f"/dev/fd/{fd}")])
            def is_open(fd):
                try: os.fstat(fd); return True
                except OSError: return False
            print([fd for fd in range(256) if is_open(fd)])
            """)
        #expect(
            result.output == """
                ['dev', 'etc', 'lib', 'lib64', 'tmp', 'usr', 'work'] ['null', 'random', 'urandom', 'zero'] \
                ['group', 'passwd'] ['script.py'] []
                ['bin', 'lib', 'share'] []
                [0, 1, 2]

                """, "\(result.output) \(result.errors)")
    }

    @Test("The environment is exactly the six variables")
    func environment() async throws {
        let shared = try await Shared.ready()
        let result = try await shared.script("import os\nprint(sorted(os.environ.items()))\n")
        let expected = Surroundings.standard.environment.sorted { $0.key < $1.key }.map { "('\($0.key)', '\($0.value)')" }
        #expect(result.output == "[" + expected.joined(separator: ", ") + "]\n")
    }

    @Test("Another seed gives other chance and the same addresses; another time another clock")
    func seeds() async throws {
        let shared = try await Shared.ready()
        let text = "import os, random, time\nprint(os.urandom(8).hex(), random.random())\nprint(id(object()), hash('a'), time.time())\n"
        let one = try await shared.script(text), other = try await shared.script(text, seed: SHA256.digest([1]))
        let first = one.output.split(separator: "\n"), second = other.output.split(separator: "\n")
        #expect(first.count == 2 && first[0] != second[0] && first[1] == second[1])
    }

    @Test("Folders that only we can reach are run all the same")
    func unreachable() async throws {
        let shared = try await Shared.ready()
        let folder = try Scratch(["script.py": "print(open('/work/script.py').read())"])
        defer { folder.remove() }
        chmod(folder.path, 0o700)
        #expect(!Reachability.byEverybody(folder.path) && Reachability.byEverybody("/usr"))
        let result = try await shared.sandbox.runScript(
            "script.py", in: folder.path, closure: shared.closure, vault: shared.vault, seed: Shared.seed,
            logicalTime: Shared.time, limits: .standard)
        #expect(result.exit == .exited(0), "\(result.errors)")
    }

    @Test("The mathematical functions do not depend on what the processor has")
    func processorFeatures() async throws {
        let shared = try await Shared.ready()
        let text = "import math, random\nr = random.Random(1)\nprint(sum(hash(math.exp(r.uniform(0, 50))) for _ in range(5000)))\n"
        let inside = try await shared.script(text).output
        let root = try shared.vault.materialise(shared.closure.tree)
        let loader = try #require(
            try FileManager.default.contentsOfDirectory(atPath: root + "/usr/lib").first { $0.hasPrefix("ld-linux") })
        let plain = Command(
            "\(root)/usr/lib/\(loader)",
            ["--library-path", root + "/usr/lib", "--argv0", root + "/usr/bin/python3", root + "/usr/bin/python3", "-S", "-c", text])
        let outside = try await ChildProcess.run(plain).outputText
        let processor = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
        // The plain start takes the fused variants where there are any: then the two differ, which shows the switch works.
        #expect((inside == outside) == !processor.contains(" fma "))
    }

    @Test("The degraded mode says so, and still denies and repeats")
    func degraded() async throws {
        let shared = try await Shared.ready()
        let sandbox = try Sandbox.degraded()
        #expect(sandbox.mode == .degraded)
        let text = """
            import os, random, socket, time
            print(random.random(), time.time(), id(object()), hash("a"), sorted(os.environ), os.uname().nodename)
            try: socket.socket()
            except PermissionError: print("denied")
            try: os.fork()
            except PermissionError: print("denied")
            """
        let first = try await shared.script(text, sandbox: sandbox)
        #expect(first.exit == .exited(0), "\(first.errors)")
        #expect(first.output.hasSuffix("denied\ndenied\n"))
        let hermetic = try await shared.script(text)
        #expect(first.output.split(separator: " ")[0] == hermetic.output.split(separator: " ")[0])
        #expect(first.output.contains("1774997999.0"))
    }

    @Test("Doctor's checks all pass where the other tests do")
    func probe() {
        let checks = Sandbox.probe(home: "/")
        for check in checks { #expect(check.passed, "\(check)") }
        #expect(checks.map(\.name) == ["system-call filter", "util-linux", "bubblewrap", "namespaces", "unprivileged guests"])
    }

    @Test("A missing program is named with the package that has it")
    func missing() throws {
        let error = ExecutorError.sandboxUnavailable(
            what: "the program bwrap is missing", fix: "Install it: apt-get install bubblewrap")
        #expect(error.reason == "SandboxUnavailable")
        #expect(error.description == "the sandbox is unavailable: the program bwrap is missing. Install it: apt-get install bubblewrap")
    }
}

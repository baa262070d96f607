import Digests
import Foundation
import Model
import Testing

@testable import Executor

@Suite("Determinism")
struct DeterminismTests {
    @Test("A script that looks at everything that could differ prints the same bytes ten times")
    func sameBytes() async throws {
        let shared = try await Shared.ready()
        let first = try await shared.script(DeterminismTests.curious)
        #expect(first.exit == .exited(0), "\(first.errors)")
        for _ in 2...10 {
            let again = try await shared.script(DeterminismTests.curious)
            #expect(again == first)
        }
        if ProcessInfo.processInfo.environment["SHOW"] != nil { print(first.output) }
    }

    /// Prints a line for each source of difference that runbooks were seen to trip over.
    static let curious = """
        import asyncio, datetime, getpass, locale, os, pathlib, platform, random, secrets, select, signal, socket, sys, tempfile, threading, time, uuid
        class Thing: pass
        things = [Thing() for _ in range(2000)]
        print([things.index(thing) for thing in set(things)][:40])
        print(hash("text"), {"a", "b", "c", "d", "e", "f"}, id(Thing), object())
        print(random.random(), random.sample(range(1000), 5), uuid.uuid4(), uuid.uuid1(), secrets.token_hex(8))
        print(os.urandom(8), os.getrandom(8), open("/dev/urandom", "rb").read(8))
        print(time.time(), time.monotonic(), time.perf_counter(), time.process_time(), time.thread_time())
        print(datetime.datetime.now(), datetime.datetime.now(datetime.timezone.utc), time.localtime(), time.ctime())
        before = time.monotonic()
        asyncio.run(asyncio.sleep(3600)); time.sleep(86400); select.select([], [], [], 60)
        threading.Event().wait(5)
        print(time.monotonic() - before, time.process_time())
        os.makedirs("/tmp/folder")
        for name in random.sample(["a", "b", "c", "d", "Z", "0"], 6):
            pathlib.Path("/tmp/folder", name).write_text(name)
        print(os.listdir("/tmp/folder"), [e.inode() for e in os.scandir("/tmp/folder")], os.stat("/tmp/folder/a"))
        print(os.listdir("/"), os.listdir("/dev"), sorted(os.listdir("/work")), os.stat("/"), os.stat("/work/script.py"))
        print(tempfile.mkdtemp(), tempfile.NamedTemporaryFile().name)
        print(dict(os.environ), os.getcwd(), sys.path, sys.flags, sys.executable, sys.argv)
        print(os.getuid(), os.getgid(), os.getpid(), os.getppid(), getpass.getuser(), os.getpgrp(), os.getgroups())
        print(os.uname(), socket.gethostname(), platform.platform(), os.cpu_count(), os.sched_getaffinity(0))
        print(os.getloadavg(), os.times(), locale.getlocale(), sys.getfilesystemencoding(), os.sysconf("SC_PHYS_PAGES"))
        import resource
        print(resource.getrusage(resource.RUSAGE_SELF), [resource.getrlimit(n) for n in range(10)])
        import zoneinfo
        print(datetime.datetime(2026, 7, 1, tzinfo=zoneinfo.ZoneInfo("America/New_York")).utcoffset())
        print([os.path.exists(p) for p in ("/proc", "/sys", "/root", "/home", "/etc/hostname", "/var")])
        """
}

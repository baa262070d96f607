"""What the guest itself denies, named with the call and the line. The kernel's part is tested with the sandbox."""

import unittest

from runcase import RunCase


class ViolationTests(RunCase):
    def denies(self, body, call, line=3):
        """The run fails with the call's name, whether or not the runbook catches the exception."""
        self.fails(body, "SandboxViolation", call, line=line)
        caught = "try:\n    " + body.replace("\n", "\n    ") + "\nexcept BaseException:\n    pass\noutput('x', 'y')"
        self.fails(caught, "SandboxViolation", call, line=line + 1)

    def test_network(self):
        """Sockets, look-ups and everything built on them are denied."""
        self.denies("import socket; socket.socket()", "socket.socket")
        self.denies("import socket; socket.getaddrinfo('localhost', 80)", "socket.getaddrinfo")
        self.denies("import _socket; _socket.socket(2, 1)", "socket.socket")
        self.denies("import urllib.request; urllib.request.urlopen('http://localhost:1/')", "urllib.Request")

    def test_processes(self):
        """No process is started, signalled or replaced."""
        self.denies("import subprocess; subprocess.run(['true'])", "subprocess.Popen")
        for body, call in [
            ("os.system('true')", "os.system"), ("os.fork()", "os.fork"), ("os.execv('/bin/true', ['true'])", "os.exec"),
            ("os.posix_spawn('/bin/true', ['true'], {})", "os.posix_spawn"), ("os.forkpty()", "os.forkpty"),
            ("os.popen('true')", "subprocess.Popen"), ("os.kill(os.getpid(), 9)", "os.kill"),
        ]:
            self.denies("import os; " + body, call)

    def test_threads(self):
        """No thread is started, by whatever module."""
        for body in ("import threading; threading.Thread(target=print).start()",
                     "import _thread; _thread.start_new_thread(print, ())",
                     "import threading; threading.Timer(0, print).start()"):
            self.denies(body, "_thread.start_new_thread")
        self.denies("from concurrent.futures import ThreadPoolExecutor as T; T(1).submit(print)", "_thread.start_new_thread")

    def test_files(self):
        """Files are written below /tmp only, and read only where code and interpreter lie."""
        inside = str(self.root / "runbooks" / "nav" / "nav.py")
        for body, call in [
            ("open('/var/tmp/x', 'w')", "open('/var/tmp/x') for writing"), ("open('/tmp/../var/x', 'a')", "for writing"),
            ("import os; os.open('/var/x', os.O_CREAT | os.O_RDONLY)", "for writing"),
            ("open('/etc/passwd')", "open('/etc/passwd')"), ("import pathlib; pathlib.Path('/etc/hosts').read_text()", "/etc/hosts"),
            ("import os; os.remove('/var/x')", "os.remove('/var/x')"), ("import os; os.rename('/tmp/x', '/var/x')", "os.rename('/var/x')"),
            ("import os; os.mkdir('/var/x')", "os.mkdir"), ("import os; os.symlink('/x', '/var/x')", "os.symlink"),
            ("import os; os.chmod('/var/x', 0)", "os.chmod"),
            ("import sqlite3; sqlite3.connect('/var/x.db')", "sqlite3.connect"),
        ]:
            self.denies(body, call)
        result = self.succeeds(f"""
            import os, sqlite3, tempfile
            assert "def close" in open({inside!r}).read()
            with tempfile.TemporaryDirectory() as folder:
                open(folder + "/x", "w").close()
                os.rename(folder + "/x", folder + "/y")
            open(os.devnull, "w").close()
            sqlite3.connect(":memory:").close()
        """)
        self.assertEqual(result.outcome, "succeeded")

    def test_native_code(self):
        """ctypes, and a second audit hook, are denied."""
        self.denies("import ctypes", "import ctypes")
        self.denies("import _ctypes", "import _ctypes")
        self.denies("import sys; sys.addaudithook(print)", "sys.addaudithook")

    def test_first_violation_counts(self):
        """Of several violations and a later exception the first violation is the failure."""
        self.fails("""
            import os
            try: os.system("true")
            except PermissionError: pass
            try: os.fork()
            except OSError: pass
            raise ValueError("afterwards")
        """, "SandboxViolation", "os.system", line=4)

    def test_denied_by_the_kernel(self):
        """An uncaught EPERM, as the system call filter gives it, is a violation at the runbook's line."""
        self.fails("import errno; raise PermissionError(errno.EPERM, 'Operation not permitted')",
                   "SandboxViolation", "Operation not permitted", line=3)

    def test_ordinary_libraries(self):
        """What a calculation may need imports and works."""
        self.succeeds("""
            import asyncio, collections, csv, dataclasses, datetime, decimal, enum, fractions, functools, hashlib, io, itertools
            import json, logging, math, pathlib, platform, random, re, statistics, string, textwrap, typing, uuid, zoneinfo
            import xml.etree.ElementTree
            datetime.datetime.strptime("2026-03-01", "%Y-%m-%d")
            zoneinfo.ZoneInfo("Europe/London").utcoffset(datetime.datetime(2026, 7, 1))
            async def main():
                await asyncio.sleep(0)
                return 5
            assert asyncio.run(main()) == 5
        """)


if __name__ == "__main__":
    unittest.main()

"""What happens to the files of a home, as it happens: so that a process can be killed at its n-th effect."""

import ctypes
import os
import select
import struct
import threading

from tools import Unfit

IN_MODIFY, IN_MOVED_FROM, IN_MOVED_TO, IN_CREATE, IN_DELETE = 0x2, 0x40, 0x80, 0x100, 0x200
IN_ISDIR, IN_Q_OVERFLOW, IN_CLOEXEC = 0x40000000, 0x4000, 0o2000000
MASK = IN_MODIFY | IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE
HEADER = struct.Struct("iIII")

libc = ctypes.CDLL(None, use_errno=True)


class FileEvents:
    """Counts changes of files below a folder, and calls something at the n-th."""

    def __init__(self, root, without=()):
        self.count = 0
        self._trap = None
        self._lock = threading.Lock()
        self._folders = {}
        self._fd = libc.inotify_init1(IN_CLOEXEC)
        if self._fd < 0:
            raise Unfit("inotify is not to be had: raise fs.inotify.max_user_instances")
        self._leash = os.pipe()
        self._watch(root, {os.path.join(root, name) for name in without})
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def arm(self, after, action):
        """Calls `action` once, as soon as `after` more changes have happened."""
        with self._lock:
            self._trap = (self.count + after, action)

    def disarm(self):
        with self._lock:
            self._trap = None

    def close(self):
        os.write(self._leash[1], b".")
        self._thread.join()
        for descriptor in (self._fd, *self._leash):
            os.close(descriptor)

    def _watch(self, top, without=frozenset()):
        for folder, folders, _ in os.walk(top):
            folders[:] = [name for name in folders if os.path.join(folder, name) not in without]
            number = libc.inotify_add_watch(self._fd, os.fsencode(folder), MASK)
            # A folder may be gone again by now; that it was there has been counted.
            if number >= 0:
                self._folders[number] = folder

    def _read(self):
        while True:
            readable, _, _ = select.select([self._fd, self._leash[0]], [], [])
            if self._leash[0] in readable:
                return
            data = os.read(self._fd, 1 << 16)
            position = 0
            while position < len(data):
                number, mask, _, length = HEADER.unpack_from(data, position)
                name = os.fsdecode(data[position + HEADER.size:position + HEADER.size + length].rstrip(b"\0"))
                position += HEADER.size + length
                self._count()
                if mask & IN_ISDIR and mask & (IN_CREATE | IN_MOVED_TO) and number in self._folders:
                    self._watch(os.path.join(self._folders[number], name))

    def _count(self):
        action = None
        with self._lock:
            self.count += 1
            if self._trap and self.count >= self._trap[0]:
                action, self._trap = self._trap[1], None
        if action:
            action()

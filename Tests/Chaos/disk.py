"""The small disk on which the home lies: it can be full, read-only, or lose its power.

A file system image on a loop device where this user may have one, else a tmpfs of limited size; both are mounted in a
mount namespace of the campaign's own, so that nothing is left behind however it ends.
"""

import errno
import fcntl
import os
import shutil
import tempfile

from tools import Unfit, run

#: _IOR('X', 125, __u32) of the kernel: the file system stops at once.
EXT4_IOC_SHUTDOWN = 0x8004587D
WITHOUT_FLUSHING_THE_JOURNAL = 2
NO_RIGHT = "this user may not mount a file system here"


class Disk:
    def __init__(self, folder, megabytes, mounted=None):
        self.path = os.path.abspath(mounted) if mounted else f"{folder}/disk"
        self._ballast = f"{self.path}/ballast"
        # In memory where there is room: what counts is what the file system was told to keep, not how long that takes.
        memory = "/dev/shm"
        roomy = os.path.isdir(memory) and shutil.disk_usage(memory).free > 4 * megabytes << 20
        self._images = tempfile.TemporaryDirectory(prefix="assay-chaos-", dir=memory if roomy else folder)
        self._image = f"{self._images.name}/disk.img"
        self.kind = "tmpfs" if mounted else self._mount(megabytes)

    def _mount(self, megabytes):
        os.mkdir(self.path)
        if os.geteuid() != 0:
            return "none"
        with open(self._image, "wb") as image:
            image.truncate(megabytes << 20)
        try:
            run("mkfs.ext4", "-q", "-F", "-m", "0", self._image)
            run("mount", "-o", "loop", self._image, self.path)
            return "ext4"
        except (Unfit, FileNotFoundError):
            os.unlink(self._image)
        try:
            run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", self.path)
            return "tmpfs"
        except Unfit:
            return "none"

    @property
    def why_not_full(self):
        return NO_RIGHT if self.kind == "none" else ""

    @property
    def why_not_read_only(self):
        # Root writes whatever the modes say.
        return NO_RIGHT if self.kind == "none" and os.geteuid() == 0 else ""

    @property
    def why_not_power(self):
        return "" if self.kind == "ext4" else "there is no loop device to be had"

    def close(self):
        if self.kind == "ext4":
            run("umount", self.path)
        self._images.cleanup()

    # Full.

    def fill(self, spare=0):
        """Leaves about `spare` bytes."""
        descriptor = os.open(self._ballast, os.O_CREAT | os.O_WRONLY, 0o600)
        try:
            size = 1 << 24
            while size >= 512:
                try:
                    # Written, not only reserved: a file system may promise blocks that it does not have.
                    if os.write(descriptor, b"\0" * size) < size:
                        size //= 2
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    size //= 2
            os.ftruncate(descriptor, max(0, os.fstat(descriptor).st_size - spare))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def free(self):
        os.unlink(self._ballast)

    # Read-only.

    def cover(self, path):
        """Makes what is below a path read-only for whoever opens it from now on."""
        if os.geteuid() != 0:
            return _forbid_writing(path)
        run("mount", "--bind", path, path)
        run("mount", "-o", "remount,bind,ro", path)

    def uncover(self, path):
        if os.geteuid() != 0:
            return _allow_writing(path)
        # Somebody may still be in there.
        run("umount", "--lazy", path)

    # Without power.

    def cut_power(self):
        """What was not on the disk is gone. Nobody may be at work on it when the power comes back."""
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, EXT4_IOC_SHUTDOWN, WITHOUT_FLUSHING_THE_JOURNAL.to_bytes(4, "little"))
        finally:
            os.close(descriptor)

    def restore_power(self):
        run("umount", self.path)
        run("mount", "-o", "loop", self._image, self.path)


def _forbid_writing(path):
    """For a user who is not root the modes say it as well."""
    for folder, _, names in os.walk(path, topdown=False):
        for name in names:
            if name.startswith("state.db") or name == "lock":
                os.chmod(f"{folder}/{name}", 0o400)
        os.chmod(folder, os.stat(folder).st_mode & ~0o200)


def _allow_writing(path):
    for folder, _, names in os.walk(path):
        os.chmod(folder, os.stat(folder).st_mode | 0o200)
        for name in names:
            if name.startswith("state.db") or name == "lock":
                os.chmod(f"{folder}/{name}", 0o644)

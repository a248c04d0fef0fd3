# SPDX-License-Identifier: GPL-2.0-only
"""Write the VM's initramfs: the firmware table, init, and what init is to do."""

import stat

ALIGN = 4


class Cpio:
    """A cpio archive in the format "newc", as the kernel unpacks it."""

    def __init__(self, out):
        self.out = out
        self.inode = 0

    def _pad(self):
        self.out.write(b"\0" * (-self.out.tell() % ALIGN))

    def _entry(self, name, mode, data=b""):
        self.inode += 1
        encoded = name.encode() + b"\0"
        # inode, mode, uid, gid, links, mtime, size, device, special device, name
        fields = (self.inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0)
        self.out.write(b"070701" + b"".join(b"%08x" % field for field in fields))
        self.out.write(encoded)
        self._pad()
        self.out.write(data)
        self._pad()

    def directory(self, name):
        """Add a directory."""
        self._entry(name, stat.S_IFDIR | 0o755)

    def file(self, name, data, mode=0o644):
        """Add a regular file."""
        self._entry(name, stat.S_IFREG | mode, data)

    def end(self):
        """Close the archive; another one may follow in the same file."""
        self.inode = 0
        self._entry("TRAILER!!!", 0)


def job_conf(records):
    """The text of /job.conf: (name, value) pairs."""
    return b"".join(f"{name}={value}".encode() + b"\0" for name, value in records)


def write(path, init, firmware, conf):
    """Write the initramfs.

    The kernel looks for ACPI tables in the first, uncompressed archive before
    it unpacks anything, hence two archives.
    """
    with open(path, "wb") as out:
        if firmware:
            tables = Cpio(out)
            for directory in ("kernel", "kernel/firmware", "kernel/firmware/acpi"):
                tables.directory(directory)
            tables.file("kernel/firmware/acpi/nvdimm.aml", firmware)
            tables.end()
        root = Cpio(out)
        for directory in ("dev", "proc", "sys", "new"):
            root.directory(directory)
        root.file("init", init, 0o755)
        root.file("job.conf", conf)
        root.end()

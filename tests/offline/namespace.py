"""``python namespace.py COMMAND…`` runs it where Linux knows no network but loopback, its children and C code included.

Exit status `UNABLE` where the kernel does not allow that: no Linux, or a container that forbids namespaces.
"""

import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import sys
from functools import cache

UNABLE = 77
NEW_USER, NEW_NETWORK = 0x10000000, 0x40000000  # <sched.h>
SET_FLAGS, UP = 0x8914, 1  # <linux/sockios.h>, <linux/if.h>


def enter() -> None:
    """Leave the network behind, for good. Raises OSError where that is not allowed."""
    user, group = os.getuid(), os.getgid()
    unshare = ctypes.CDLL(None, use_errno=True).unshare
    if unshare(NEW_NETWORK):  # root may; others may as the root of a world of their own
        if unshare(NEW_USER | NEW_NETWORK):
            raise OSError(ctypes.get_errno(), "unshare")
        for name, line in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(line)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sh14x", b"lo", UP))


@cache
def command() -> list[str] | None:
    """What to put before a command, or None where the kernel does not allow it."""
    words = [sys.executable, "-S", __file__]
    done = subprocess.run([*words, sys.executable, "-S", "-c", ""], capture_output=True, check=False)
    return words if done.returncode == 0 else None


if __name__ == "__main__":
    try:
        enter()
    except (OSError, AttributeError):  # the latter: a C library without unshare
        sys.exit(UNABLE)
    os.execvp(sys.argv[1], sys.argv[1:])

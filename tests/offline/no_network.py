"""Refuse every connection and every question for a name that would leave this machine, and write it down.

An audit hook sees all of Python's sockets, whoever opens them, and cannot be taken away again. Children have it too,
through ``sitecustomize.py`` beside this file. What libraries in C connect to is not seen; :mod:`namespace` stops that.
"""

import ipaddress
import os
import socket
import sys

#: Names the file that gets a line for every attempt. No hook without it.
VARIABLE = "FER_TEST_OFFLINE"
FAMILIES = (socket.AF_INET, socket.AF_INET6)
ADDRESSED = ("socket.connect", "socket.sendto", "socket.sendmsg")
NAMED = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")
MARK = "fer_no_network"  # in ``sys``: this file is also loaded as a module of the tests


def install() -> None:
    """Calling it again changes nothing."""
    if os.environ.get(VARIABLE) and not hasattr(sys, MARK):
        setattr(sys, MARK, True)
        sys.addaudithook(_refuse)


def _refuse(event: str, given: tuple) -> None:
    if not event.startswith("socket."):  # every opened file comes by here
        return
    if event in ADDRESSED and given[0].family in FAMILIES and given[1] and not _stays(given[1][0]):
        _write_down(event, given[1][:2])
        raise OSError(101, "the tests block the network")  # as without one: ENETUNREACH
    if event in NAMED and not _stays(given[0]) and not (event == "socket.getaddrinfo" and _address(given[0])):
        _write_down(event, given[0])
        raise socket.gaierror(socket.EAI_AGAIN, "the tests block the network")


def _stays(host: object) -> bool:
    """Whether this machine answers itself."""
    host = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if host is None or host in ("", "localhost", "<broadcast>", socket.gethostname()):
        return True
    address = _address(host)
    return address is not None and (address.is_loopback or address.is_unspecified)


def _address(host: object) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:  # a name
        return None


def _write_down(event: str, what: object) -> None:
    line = f"{event} {what!r} by {' '.join(sys.orig_argv)[:200]!r}\n"
    handle = os.open(os.environ[VARIABLE], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        os.write(handle, line.encode("utf-8", "backslashreplace"))
    finally:
        os.close(handle)

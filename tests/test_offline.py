"""The suite itself runs without network: what blocks it does block, and what was tried is told."""

import os
import subprocess
import sys

import pytest

from .offline import no_network
from .offline.namespace import command

REACH = "import socket; socket.create_connection(('{host}', 9), timeout=2)"
ADDRESS = REACH.format(host="192.0.2.1")  # one that is kept for documentation
ECHO = """
import socket
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname(), timeout=5)
client.sendall(b"heard"); print(server.accept()[0].recv(5).decode())
"""


def python(code: str, *before: str, **environment: str) -> subprocess.CompletedProcess:
    words = [*before, sys.executable, "-c", code]
    return subprocess.run(words, env={**os.environ, **environment}, capture_output=True, text=True, check=False)


def test_this_process_and_its_children_are_guarded():
    assert no_network.VARIABLE in os.environ and hasattr(sys, no_network.MARK)
    assert python(f"import sys; print(hasattr(sys, {no_network.MARK!r}))").stdout == "True\n"


@pytest.mark.parametrize(
    ("code", "event"),
    [
        (ADDRESS, "socket.connect ('192.0.2.1', 9)"),
        (REACH.format(host="2001:db8::1"), "socket.connect ('2001:db8::1', 9)"),
        (REACH.format(host="example.org"), "socket.getaddrinfo 'example.org'"),
        ("import urllib.request; urllib.request.urlopen('http://example.org')", "socket.getaddrinfo 'example.org'"),
        ("import requests; requests.get('http://192.0.2.1', timeout=2)", "socket.connect ('192.0.2.1', 80)"),
        (
            "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'', ('192.0.2.1', 9))",
            "socket.sendto ('192.0.2.1', 9)",
        ),
        (
            f"import subprocess, sys; subprocess.run([sys.executable, '-c', {ADDRESS!r}], check=True)",
            "socket.connect ('192.0.2.1', 9)",
        ),
    ],
)
def test_attempts_are_refused_and_written_down(code, event, tmp_path):
    done = python(code, **{no_network.VARIABLE: str(tmp_path / "tried")})
    assert done.returncode and "the tests block the network" in done.stderr
    assert (tmp_path / "tried").read_text().startswith(f"{event} by ")


@pytest.mark.parametrize("namespace", [False, True])
def test_loopback_is_left(namespace, tmp_path):
    before = command() if namespace else []
    if before is None:
        pytest.skip("this kernel does not let these tests leave the network")
    done = python(ECHO, *before, **{no_network.VARIABLE: str(tmp_path / "tried")})
    assert done.stdout == "heard\n", done.stderr
    assert not (tmp_path / "tried").exists()


def test_outside_of_python_too():
    """Where the hook is off, the kernel says no."""
    if command() is None:
        pytest.skip("this kernel does not let these tests leave the network")
    done = python(ADDRESS, *command(), **{no_network.VARIABLE: ""})
    assert "Network is unreachable" in done.stderr


def test_an_attempt_fails_the_run(tmp_path):
    """Also where whoever tried took the refusal well."""
    (tmp_path / "conftest.py").write_text("from tests.conftest import *\n")
    (tmp_path / "test_one.py").write_text(
        f"def test_one():\n    try:\n        {ADDRESS}\n    except OSError:\n        pass\n"
    )
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(tmp_path)]
    environment = {key: value for key, value in os.environ.items() if key != no_network.VARIABLE}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "1 passed" in done.stdout
    assert "network: socket.connect ('192.0.2.1', 9) by " in done.stdout


def test_the_smoke_study_needs_no_network(smoke_project):
    """:mod:`.study_fixtures` runs it where there is none."""
    if command() is None:
        pytest.skip("this kernel does not let these tests leave the network; the hook saw no attempt")
    assert (smoke_project / "network.txt").read_text() == "none"

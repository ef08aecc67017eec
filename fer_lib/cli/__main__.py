"""An open study of facial expression recognition: data, guidance, notebooks, their book, and a recogniser."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import InputError, refusal
from . import data, export, guidance, predict, report, study, train, verify
from .parsing import Parser


def parser() -> Parser:
    """All commands. Nothing heavy is imported here: each command imports what it needs when it runs."""
    top = Parser(
        prog="fer",
        description=__doc__,
        examples=(
            "study run --profile demo --cores 2",
            "study status --profile demo",
            "data describe synthetic --option images=420",
            "guidance make soft dilated --dataset synthetic",
            "book --profile demo",
            "predict photo.jpg --model reports/demo/runs/RUN",
        ),
    )
    commands = top.add_subparsers(dest="group", required=True, metavar="command", title="commands")
    for part in (data, guidance, study, report, train, verify, predict, export):
        part.add_commands(commands)
    return top


def main(words: list[str] | None = None) -> int:
    """Exit status 0, 1 after one line that says what is wrong, or 2 where the command itself is not understood."""
    given, left_over = parser().parse_known_args(words)
    name = given.parser.prog
    if left_over:
        given.parser.refuse(left_over)
    try:
        with _stopped_by_sigterm():
            given.run(given)
    except InputError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        sentence = refusal(error.errno, error.filename)
        if sentence is None:
            raise
        print(f"{name}: {sentence}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        kept = "; finished work is kept, the same command goes on" if name == "fer study run" else ""
        print(f"{name}: stopped{kept}", file=sys.stderr)
        sys.stderr.flush()
        os._exit(130)  # the usual way out would wait for the kernel that Ctrl-C has just broken, and say so at length
    return 0


@contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    """SIGTERM, which clusters and containers send, tidies up like Ctrl-C. Its name tells the two apart."""

    def stop(*_):
        raise KeyboardInterrupt("SIGTERM")

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


if __name__ == "__main__":
    sys.exit(main())

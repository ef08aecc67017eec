"""An open study of facial expression recognition: data, guidance, notebooks, their book, and a recogniser."""

import errno
import os
import sys

from ..errors import InputError
from . import data, export, guidance, predict, report, study, train
from .parsing import Parser

#: What the file system refuses for reasons that whoever called can do something about, and what it wants.
REFUSED = {
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "a place that you may read and write"),
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "more free space"),
    **dict.fromkeys((errno.ENOTDIR, errno.EEXIST), "a folder"),
    errno.EISDIR: "a file",
}


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
    for part in (data, guidance, study, report, train, predict, export):
        part.add_commands(commands)
    return top


def main(words: list[str] | None = None) -> int:
    """Exit status 0, 1 after one line that says what is wrong, or 2 where the command itself is not understood."""
    given, left_over = parser().parse_known_args(words)
    name = given.parser.prog
    if left_over:
        given.parser.refuse(left_over)
    try:
        given.run(given)
    except InputError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno not in REFUSED:
            raise
        where = f"{error.filename}: " if error.filename else ""
        print(f"{name}: {where}{error.strerror.lower()}, expected {REFUSED[error.errno]}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        kept = "; finished work is kept, the same command goes on" if name == "fer study run" else ""
        print(f"{name}: stopped{kept}", file=sys.stderr)
        sys.stderr.flush()
        os._exit(130)  # the usual way out would wait for the kernel that Ctrl-C has just broken, and say so at length
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What all commands share: parsers that show examples and name the nearest word, options as key=value."""

import argparse
import json
import re
from collections.abc import Sequence

from ..errors import InputError
from ..registry import nearest


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose help ends with examples; words are never completed by guessing.

    Args:
        examples: commands without the leading ``fer``.
    """

    def __init__(self, *args, examples: Sequence[str] = (), **options):
        epilog = "examples:\n" + "".join(f"  fer {line}\n" for line in examples)
        super().__init__(
            *args, epilog=epilog, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **options
        )

    def _check_value(self, action, value):
        """argparse's own sentence lists the choices and differs between Python versions."""
        if action.choices is not None and value not in action.choices:
            known = ", ".join(map(str, action.choices))
            what = action.metavar or action.dest
            raise argparse.ArgumentError(
                None, f"unknown {what} {value!r}{nearest(value, action.choices)} (known: {known})"
            )

    def error(self, message):
        super().error(f"{message}; see {self.prog} --help")

    def refuse(self, words: Sequence[str]) -> None:
        """End with status 2 and a sentence about words that no argument takes."""
        options = re.findall(r"--[a-z-]+", self.format_usage())
        hint = nearest(words[0], options) if words[0].startswith("-") else ""
        self.error(f"unexpected {words[0]!r}{hint}")


def group(commands, name: str, sentence: str, examples: Sequence[str]):
    """A command that has commands of its own; returns where they are added."""
    parser = commands.add_parser(name, help=_help(sentence), description=sentence, examples=examples)
    return parser.add_subparsers(dest="command", required=True, metavar="command", title="commands")


def command(commands, name: str, sentence: str, examples: Sequence[str], run) -> Parser:
    """A command that does something: ``run(given)`` with its parsed arguments."""
    parser = commands.add_parser(name, help=_help(sentence), description=sentence, examples=examples)
    parser.set_defaults(run=run, parser=parser)
    return parser


def _help(sentence: str) -> str:
    """The first sentence, as it stands in the list of commands."""
    first = sentence.split(". ")[0].rstrip(".")
    return first[0].lower() + first[1:]


def add_data_dir(parser: Parser) -> None:
    parser.add_argument(
        "--data-dir", default="data", metavar="DIR", help="folder with raw/, prepared/, guidance/ (default: data)"
    )


def add_options(parser: Parser, name: str, what: str) -> None:
    """A repeatable ``--<name> key=value``; :func:`options` makes a dictionary of what was given."""
    parser.add_argument(
        f"--{name}", type=key_value, action="append", default=[], metavar="KEY=VALUE", help=f"{what}; repeatable"
    )


def key_value(word: str) -> tuple[str, object]:
    """``"images=420"`` → ``("images", 420)``. The value is JSON, or else the text itself."""
    key, equals, text = word.partition("=")
    if not (equals and key):
        raise argparse.ArgumentTypeError(f"{word!r} is not of the form key=value")
    try:
        return key, json.loads(text)
    except (ValueError, RecursionError):  # the latter: brackets without end
        return key, text


def options(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    """Raises InputError where a key is given twice."""
    chosen: dict[str, object] = {}
    for key, value in pairs:
        if key in chosen:
            raise InputError(f"option {key!r} is given twice, as {chosen[key]!r} and as {value!r}")
        chosen[key] = value
    return chosen


def json_object(text: str) -> dict:
    """A JSON object, such as ``{"epochs": 2}``."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not JSON ({error})") from None
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError(f'{text!r} is not a JSON object such as {{"epochs": 2}}')
    return value


def table(rows: Sequence[dict], missing: str = "–") -> str:
    """Rows with equal keys as aligned text; None becomes `missing`, "_" in a key becomes a space."""
    from tabulate import tabulate

    shown = [{key.replace("_", " "): missing if value is None else value for key, value in row.items()} for row in rows]
    return tabulate(shown, headers="keys", tablefmt="simple", disable_numparse=True)

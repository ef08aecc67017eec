"""``fer <command>``: run a study, run one notebook, build the book, publish a report."""

import argparse
import json
import os
import sys
from pathlib import Path

from ..errors import InputError

EXAMPLES = """examples:
  fer study --profile demo --cores 2
  fer notebook notebooks/03_guided_spatial_transformers.ipynb /tmp/03.ipynb --parameters '{"epochs": 2}'
  fer book reports/demo
  fer publish reports/fer2013-quick
"""


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="fer", description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="command")

    study = commands.add_parser("study", help="run every notebook of a profile and build its book")
    study.add_argument("--profile", default="demo", help="a file of notebooks/profiles (default: demo)")
    study.add_argument("--cores", type=int, default=os.cpu_count(), help="default: all")

    notebook = commands.add_parser("notebook", help="execute one notebook with parameters")
    notebook.add_argument("source", type=Path)
    notebook.add_argument("executed", type=Path, help="where the executed copy goes")
    notebook.add_argument("--parameters", type=json.loads, default={}, metavar="JSON")

    book = commands.add_parser("book", help="render the executed notebooks of a profile as HTML")
    book.add_argument("reports", type=Path, help="reports/<profile>")

    publish = commands.add_parser("publish", help="copy the numbers and plots of a report to reports/published")
    publish.add_argument("reports", type=Path, help="reports/<profile>")
    return top


def main(words: list[str] | None = None) -> int:
    """Exit status 0, or 1 after one line that says what is wrong."""
    given = parser().parse_args(words)
    # imported late: `fer --help` answers at once
    try:
        if given.command == "notebook":
            from .notebook import run_notebook

            run_notebook(given.source, given.executed, given.parameters)
        elif given.command == "book":
            from ..reporting.book import build_book

            print(build_book(given.reports))
        elif given.command == "publish":
            from ..reporting.publish import publish

            print(publish(given.reports))
        else:
            from .study import run_study
            from .summary import summary

            print(summary(run_study(given.profile, given.cores)))
    except InputError as error:
        print(f"fer {given.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        if given.command == "study":
            print("fer study: stopped; finished work is kept, the same command goes on", file=sys.stderr)
        sys.stderr.flush()
        os._exit(130)  # the usual way out would wait for the kernel that Ctrl-C has just broken, and say so at length
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""``fer notebook``, ``book``, ``compare``, ``publish``: a notebook, its pages, runs side by side, what may be shown."""

from pathlib import Path

from .parsing import Parser, command, json_object


def add_commands(commands) -> None:
    notebook = command(
        commands,
        "notebook",
        "Execute one notebook with parameters. The executed copy is kept, up to the cell that failed if one fails.",
        [
            "notebook notebooks/01_data_preparation.ipynb 01.ipynb",
            "notebook notebooks/03_guided_spatial_transformers.ipynb 03.ipynb --parameters '{\"epochs\": 2}'",
        ],
        _notebook,
    )
    notebook.add_argument("source", type=Path, help="the notebook as it is stored, without outputs")
    notebook.add_argument("executed", type=Path, help="where the executed copy goes")
    notebook.add_argument(
        "--parameters", type=json_object, default={}, metavar="JSON", help="values for its parameters cell"
    )

    book = command(
        commands,
        "book",
        "Render the executed notebooks of a profile as HTML. Prints the path of the first page.",
        ["book --profile demo", "book reports/demo"],
        _book,
    )
    _add_reports(book)

    compare = command(
        commands,
        "compare",
        "Compare finished runs, whatever study they are of: tables, intervals, paired differences. Nothing is trained.",
        [
            "compare reports/demo/runs/synthetic-polarity-*-honest-* --out reports/comparison",
            "compare reports/*/runs/fer2013-* --out reports/comparison --baseline none --baseline shuffled",
        ],
        _compare,
    )
    compare.add_argument("runs", type=Path, nargs="+", help="folders of complete runs")
    compare.add_argument("--out", type=Path, required=True, help="folder for tables, figures and cards")
    compare.add_argument(
        "--baseline", action="append", metavar="VARIANT", help="repeatable (default: none, shuffled, noise)"
    )
    compare.add_argument("--note", default="", help="what readers have to know; kept in the card")

    publish = command(
        commands,
        "publish",
        "Copy the numbers and plots of a complete report to reports/published. Faces, labels and weights stay behind.",
        ["publish --profile fer2013-quick", "publish reports/fer2013-quick"],
        _publish,
    )
    _add_reports(publish)


def _add_reports(parser: Parser) -> None:
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("reports", type=Path, nargs="?", help="the report's folder, reports/<profile>")
    which.add_argument("--profile", help="the same by its profile's name")


def _reports(given) -> Path:
    from ..parameters import project_root

    return given.reports or project_root() / "reports" / given.profile


def _notebook(given) -> None:
    from .notebook import run_notebook

    run_notebook(given.source, given.executed, given.parameters)


def _book(given) -> None:
    from ..reporting.book import build_book

    print(build_book(_reports(given)))


def _compare(given) -> None:
    from ..reporting.tables import paired_for_readers, result_table
    from ..studies.comparing import compare_runs

    results, paired = compare_runs(
        given.runs, given.out, baselines=given.baseline or ["none", "shuffled", "noise"], note=given.note
    )
    print(result_table(results).to_markdown(index=False))
    if len(paired):
        print("\n" + paired_for_readers(paired).to_markdown())
    print(f"\n{given.out}")


def _publish(given) -> None:
    from ..reporting.publish import publish

    print(publish(_reports(given)))

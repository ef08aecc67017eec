"""``fer notebook``, ``fer book``, ``fer publish``: one notebook, the rendered pages, what may be shown to everyone."""

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


def _publish(given) -> None:
    from ..reporting.publish import publish

    print(publish(_reports(given)))

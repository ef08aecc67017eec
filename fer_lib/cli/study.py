"""``fer study``: run a profile's notebooks, see how far they are, delete what is to be made again."""

import os
import sys
from pathlib import Path

from ..errors import InputError, require
from .parsing import Parser, command, group, table
from .sizes import size


def add_commands(commands) -> None:
    inside = group(
        commands,
        "study",
        "Run the notebooks of a profile, see how far they are, or clear them away.",
        ["study run --profile demo --cores 2", "study status", "study clean --profile demo --notebook 03"],
    )
    run = command(
        inside,
        "run",
        "Run every notebook of a profile that is not up to date and render the book. Finished work is not made again.",
        [
            "study run --profile demo --cores 2",
            "study run --profile fer2013-quick --dry-run",
            "study run --profile fer2013 --executor slurm --cores 16",
        ],
        _run,
    )
    _add_profile(run)
    run.add_argument(
        "--cores",
        type=int,
        default=os.cpu_count(),
        metavar="N",
        help="of this machine or a node (default: all of this)",
    )
    run.add_argument(
        "--executor",
        choices=("local", "slurm"),
        default="local",
        help="here, or each notebook as a job (default: local)",
    )
    run.add_argument(
        "--cluster", type=Path, metavar="DIR", help="Snakemake's settings for SLURM (default: notebooks/slurm)"
    )
    run.add_argument("--dry-run", action="store_true", help="say what would run and why, and run nothing")

    status = command(
        inside,
        "status",
        "Say which notebooks and runs are complete, what the next run would do, and which results are stale: made by "
        "other code, of other data or with other parameters. Changes nothing.",
        ["study status", "study status --profile fer2013-quick", "study status --profile fer2013-quick --published"],
        _status,
    )
    _add_profile(status)
    status.add_argument(
        "--published", action="store_true", help="only what is stale among the results in reports/published"
    )

    clean = command(
        inside,
        "clean",
        "Delete results of a profile, so that the next run makes them again. Training runs stay unless --runs is "
        "given, data and reports/published always. Lists what goes and asks first.",
        [
            "study clean --profile demo --dry-run",
            "study clean --profile demo --notebook 03 --runs --yes",
        ],
        _clean,
    )
    _add_profile(clean)
    clean.add_argument(
        "--notebook",
        action="append",
        default=[],
        metavar="NAME",
        help="only this one (03 will do) and the book, which shows it; repeatable",
    )
    clean.add_argument("--runs", action="store_true", help="training runs too: hours of work on real data")
    clean.add_argument("--dry-run", action="store_true", help="list what would be deleted, and delete nothing")
    clean.add_argument("--yes", action="store_true", help="do not ask")


def _add_profile(parser: Parser) -> None:
    parser.add_argument("--profile", default="demo", help="a file of notebooks/profiles (default: demo)")


def _run(given) -> None:
    from .graph import planned_jobs, run_study
    from .summary import summary

    if not given.dry_run:
        print(summary(run_study(given.profile, given.cores, _cluster(given))))
    elif jobs := planned_jobs(given.profile):
        print(table([{"would_run": name, "why": reason} for name, reason in jobs.items()]))
    else:
        print(f"{given.profile}: everything is up to date")


def _cluster(given) -> Path | None:
    from ..parameters import project_root

    if given.executor == "local":
        require(given.cluster is None, "--cluster goes with --executor slurm")
        return None
    return given.cluster or project_root() / "notebooks" / "slurm"


def _status(given) -> None:
    from .graph import checked_root
    from .stale import stale_rows
    from .status import notebook_rows, run_rows

    reports = checked_root(given.profile) / "reports"
    if given.published:
        reports = reports / "published" / given.profile
        require(reports.is_dir(), f"{reports}: nothing is published; fer publish --profile {given.profile} does it")
    else:
        reports = reports / given.profile
        rows = notebook_rows(given.profile)
        print(table(rows))
        if runs := run_rows(given.profile):
            print(f"\n{table(runs)}")
        waiting = sum(row["next_run"] is not None for row in rows)
        print(f"\nfer study run --profile {given.profile} would run {waiting} of {len(rows)}")
    if stale := stale_rows(given.profile, reports):
        print(f"\n{table(stale)}")
    if any(row["stale_against"] == "code" for row in stale):
        print("\nChanged code makes no notebook run again by itself; fer study clean deletes what is to be made anew")


def _clean(given) -> None:
    from .clean import delete, doomed, report_folder, sizes

    reports = report_folder(given.profile)
    paths = doomed(reports, given.notebook, given.runs)
    if not paths:
        print(f"{reports}: nothing to delete")
        return
    weights = sizes(paths)
    print(table([{"deletes": _below(path, reports), "size": size(weight)} for path, weight in weights.items()]))
    total = f"{len(paths)} items, {size(sum(weights.values()))}"
    if given.dry_run:
        print(f"\nwould delete {total} in {reports}")
        return
    if not given.yes:
        _ask(f"\ndelete {total} in {reports}? [y/N] ")
    delete(reports, paths)
    print(f"deleted {total} in {reports}")


def _below(path: Path, reports: Path) -> str:
    return path.relative_to(reports).as_posix() + ("/" if path.is_dir() else "")


def _ask(question: str) -> None:
    """Raises InputError unless the answer is yes."""
    print(question, end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline().strip().lower()
    if answer not in ("y", "yes"):
        print(file=sys.stderr)
        raise InputError("nothing was deleted; answer y, or give --yes")

"""``fer verify``: train a report's runs again from their cards, and say whether the same comes out."""

import tempfile
from contextlib import nullcontext
from pathlib import Path

from ..errors import InputError
from .parsing import add_data_dir, command


def add_commands(commands) -> None:
    verify = command(
        commands,
        "verify",
        "Train runs of a report again, from their cards, and say whether the same comes out. Each is identical (bit "
        "for bit), within the stated spread (its accuracy lies in the 95 % interval that the report's folds state), or "
        "different. The first difference is named, and so is what is otherwise than then: code, packages, device. "
        "Runs of notebooks 03, 04 and 06 can be made from their cards. Exit status 1 where a run is different.",
        [
            "verify reports/published/fer2013-quick --run '*-soft-*' --fold 0",
            "verify reports/demo --seed 2020",
            "verify reports/demo/runs/RUN/card.json --out reports/again",
        ],
        _verify,
    )
    verify.add_argument("report", type=Path, help="a report's folder, a notebook's or a run's in it, or a card.json")
    verify.add_argument(
        "--run",
        dest="names",
        action="append",
        default=[],
        metavar="NAME",
        help="only this one; * stands for anything; repeatable",
    )
    verify.add_argument("--seed", action="append", type=int, default=[], metavar="N", help="of runs; repeatable")
    verify.add_argument("--fold", action="append", type=int, default=[], metavar="N", help="of each run; repeatable")
    verify.add_argument("--device", default="auto", metavar="NAME", help="default: the card's kind, where it is here")
    verify.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="keep the new runs here, and go on with those that are (default: nowhere)",
    )
    verify.add_argument("--dry-run", action="store_true", help="compare the data, and train nothing")
    add_data_dir(verify)


def _verify(given) -> None:
    from ..studies.rerunning import NotSupportedError
    from ..studies.verifying import DIFFERENT, plan, stated_runs, verify

    runs = stated_runs(given.report, given.names, given.seed)
    known: set[str] = set()  # told once
    different, left_out = 0, []
    with nullcontext(given.out) if given.out else tempfile.TemporaryDirectory(prefix="fer-verify-") as out:
        for stated in runs:
            try:
                rerun = plan(stated, Path(out), Path(given.data_dir), given.device)
            except NotSupportedError as error:
                left_out.append(str(error))
                print(f"not verified: {error}", flush=True)
                continue
            for line in rerun.circumstances():
                if line not in known:
                    print(f"otherwise than then: {line}", flush=True)
                    known.add(line)
            if given.dry_run:
                difference = rerun.data_difference()
                print(f"{stated.name}: {difference or 'the same data'}", flush=True)
                different += difference is not None
                continue
            verdict = verify(rerun, given.fold)
            print(_line(verdict), flush=True)
            different += verdict.word == DIFFERENT
    if len(left_out) == len(runs):
        raise InputError(f"none of {len(runs)} runs could be verified; {left_out[0]}")
    if different:
        raise InputError(f"{different} of {len(runs)} runs are different from their cards")


def _line(verdict) -> str:
    folds = f"fold{'s' * (len(verdict.folds) > 1)} {', '.join(map(str, verdict.folds))}"
    said = f"{verdict.run}, {folds}: {verdict.word}"
    if verdict.first is None:
        return f"{said} ({', '.join(verdict.compared)})"
    if verdict.accuracy:
        stated, spread, found = verdict.accuracy
        said += f" ({stated:.2f} ± {spread:.2f} % stated, {found:.2f} % found)"
    return f"{said}; first difference: {verdict.first}"

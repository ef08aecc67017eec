"""Which results are out of date: made by other code, of other data, or with other parameters."""

from collections import Counter
from functools import cache
from pathlib import Path

from ..artifacts import read_card
from ..artifacts.differences import NOTHING, as_text, first_unequal
from ..artifacts.revisions import code_change
from ..datasets.raw_files import raw_digest
from .asked import asked_parameters, profile_parameters
from .graph import checked_root, notebooks_of

CODE = ("fer_lib", "pyproject.toml", "requirements.lock")
#: Where things are, which is nobody's result.
PLACES = ("profile", "data_dir", "reports_dir")


def stale_rows(profile: str, reports: Path) -> list[dict]:
    """A row for each reason why a complete result of `profile` is not what would be made today.

    Data are those of the prepared sets that a notebook's card names, and the raw files under them; runs are compared
    by code alone, because other data or parameters are another run.

    Args:
        reports: ``reports/<profile>`` or its published part.

    Returns:
        ``result`` (a notebook, the book, or how many runs), ``stale_against`` ("code", "data", "parameters"), ``why``.

    Raises:
        InputError: unknown profile.
    """
    rows, root = [], checked_root(profile)
    for name in notebooks_of(profile):
        if (card := read_card(reports / name)) is None:
            continue
        reasons = [("code", code_change(card, (*CODE, f"notebooks/{name}.ipynb")))]
        reasons += [("data", why) for why in _data_changes(card, root)]
        reasons += [("parameters", why) for why in _parameter_changes(card, profile, name)]
        rows += [_row(name, against, why) for against, why in reasons if why]
    book = read_card(reports / "book")
    if book and (why := code_change(book, CODE)):
        rows.append(_row("book", "code", why))
    cards = [read_card(path.parent) for path in sorted(reports.glob("runs/*/card.json"))]
    changes = Counter(why for card in cards if (why := code_change(card, CODE)))
    return rows + [_row(f"{count} of {len(cards)} runs", "code", why) for why, count in changes.items()]


def _row(result: str, against: str, why: str) -> dict:
    return {"result": result, "stale_against": against, "why": why}


def _data_changes(card: dict, root: Path) -> list[str]:
    """A sentence for each prepared set that is not what it was."""
    # cards that were written before they named contents: that of notebook 01 did
    stated = card.get("data") or ({card["prepared"]: card["content"]} if "content" in card else {})
    changes = []
    for name, content in stated.items():
        data = root / card["parameters"]["data_dir"]
        if (prepared := read_card(data / "prepared" / name)) is None:  # deleted, and made anew when it is needed
            continue
        if prepared["content"] != content:
            changes.append(f"{name} was {content}, it is {prepared['content']} now")
        raw = data / "raw" / prepared["parameters"]["dataset"]
        changes += [
            f"{raw / file} is not what {name} was made from"
            for file, digest in prepared.get("raw_files", {}).items()
            if (raw / file).exists() and _digest(raw / file) != digest
        ]
    return changes


_digest = cache(raw_digest)  # several notebooks read one set


def _parameter_changes(card: dict, profile: str, name: str) -> list[str]:
    """A sentence for each parameter that is otherwise now.

    One that the card lacks was added to the notebook later; it counts where the profile sets it.
    """
    used, own = card["parameters"], profile_parameters(profile, name)
    asked = asked_parameters(profile, name).items()
    now = {key: value for key, value in asked if key not in PLACES and (key in used or key in own)}
    unequal = [first_unequal(used.get(key, NOTHING), value, key) for key, value in now.items()]
    return [f"{where} was {as_text(then)}, it is {as_text(value)} now" for where, then, value in filter(None, unequal)]

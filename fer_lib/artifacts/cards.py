"""Cards: the ``card.json`` written last into a folder. No card, no result."""

import functools
import hashlib
import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ..errors import InputError
from .atomic import _plain, save_json
from .facts import AGAIN, read_facts
from .leftovers import remove_abandoned

CARD = "card.json"
CODE = ("fer_lib", "notebooks", "pyproject.toml", "requirements.lock")
PACKAGES = (
    *("fer-lib", "torch", "torchvision", "numpy", "pandas", "scikit-learn", "scipy"),
    *("dlib-bin", "facenet-pytorch"),
)


def fingerprint(content: object, length: int = 8) -> str:
    """Hex digest of `content` as canonical JSON: equal parameters, equal fingerprint."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=_plain)
    # surrogatepass: names of files may be bytes that are no text
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:length]


def file_sha256(path: str | Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@functools.cache
def revision() -> dict[str, object]:
    """``{"revision": commit, "dirty": bool | None}`` of the code that is running.

    ``FER_REVISION`` names it where there is no git checkout (a copied tree, a container).
    """
    if named := os.environ.get("FER_REVISION"):
        return {"revision": named, "dirty": None}
    root = Path(__file__).resolve().parents[2]
    try:
        commit = _git(root, "rev-parse", "HEAD")
        # code alone: results that nobody committed yet do not change what ran
        return {"revision": commit, "dirty": bool(_git(root, "status", "--porcelain", "--", *CODE))}
    except (OSError, subprocess.CalledProcessError):
        return {"revision": "unknown", "dirty": None}


def _git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def package_versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # optional on machines that only train
            continue
    return found


def provenance() -> dict[str, object]:
    """What ran, where and when: revision, dirty flag, package versions, machine, UTC time."""
    return {
        **revision(),
        "packages": package_versions(),
        "machine": {"system": platform.system(), "processor": platform.machine(), "cores": os.cpu_count()},
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def write_card(folder: str | Path, kind: str, parameters: dict, *, name: str = CARD, **fields: object) -> dict:
    """Write ``card.json`` into `folder`, completing it. Call it last. What killed writers left in the folder goes.

    Args:
        name: another file name where several things share a folder, e.g. ``soft.card.json``.
        kind: what the folder holds: "prepared", "guidance", "run", "stage", "book".
        parameters: everything that decides the content; compared by :func:`is_complete`.
        fields: anything a reader wants to know (counts, hashes of inputs, wall seconds).
    """
    remove_abandoned(folder)
    card = {"kind": kind, "parameters": parameters, **fields, **provenance()}
    save_json(Path(folder) / name, card)
    return read_card(folder, name)


def read_card(folder: str | Path, name: str = CARD) -> dict | None:
    """The card of a complete folder, or None where there is none yet.

    Raises:
        InputError: the card is not JSON, or no card (it was edited, or the disk is damaged). A key that is not in it
            raises InputError where it is asked for, see :class:`~.facts.Facts`.
    """
    path = Path(folder) / name
    try:
        card = read_facts(path)
    except FileNotFoundError:
        return None
    for key, kind in (("kind", str), ("parameters", dict)):
        if not isinstance(card[key], kind):
            raise InputError(f"{path}: {key} {card[key]!r} in it, as no card has; {AGAIN}")
    return card


def require_card(folder: str | Path, how: str) -> dict:
    """The card of `folder`, or InputError telling `how` to make it."""
    card = read_card(folder)
    if card is None:
        raise InputError(f"{folder}: no {CARD}, so nothing complete is there; {how}")
    return card


def is_complete(folder: str | Path, parameters: dict, name: str = CARD) -> bool:
    """Whether `folder` has a card made with exactly these parameters."""
    card = read_card(folder, name)
    return card is not None and fingerprint(card["parameters"]) == fingerprint(parameters)

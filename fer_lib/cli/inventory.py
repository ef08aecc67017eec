"""What is registered and what lies on disk, as tables."""

import inspect
import re
from pathlib import Path

import numpy as np
import pandas as pd

from ..artifacts import read_card
from ..datasets import FaceSet, list_datasets
from ..datasets.duplicates import groups_of
from ..datasets.folds import NEVER_TESTED
from ..datasets.near_duplicates import near_groups_of
from ..datasets.registry import DATASETS, resolve_options
from ..guidance import GUIDANCE, list_guidance
from .sizes import bytes_in


def data_sets(data_dir: Path) -> list[dict]:
    """A row per prepared set, and one per registered set of which none is prepared.

    Returns:
        rows of ``data_set``, ``options`` (those that are not the builder's defaults), ``prepared``
        (folder name), ``images``, ``size`` and ``raw`` in bytes (None where there is nothing), ``reads``.
    """
    cards = {card.parent: read_card(card.parent) for card in sorted((data_dir / "prepared").glob("*/card.json"))}
    rows = []
    for name in list_datasets():
        raw = data_dir / "raw" / name
        common = {"raw": bytes_in(raw.resolve()) if raw.is_dir() else None, "reads": _reads(name)}
        mine = {folder: card for folder, card in cards.items() if card["parameters"].get("dataset") == name}
        for folder, card in mine.items():
            rows.append(
                {
                    "data_set": name,
                    "options": _unusual(name, card["parameters"]),
                    "prepared": folder.name,
                    "images": f"{card['images']:,}",
                    "size": bytes_in(folder),
                    **common,
                }
            )
        if not mine:
            nothing = dict.fromkeys(("options", "prepared", "images", "size"))
            rows.append({"data_set": name, **nothing, **common})
    return rows


def _reads(name: str) -> str:
    """The first sentence of the builder's docstring, which says what it reads."""
    first = " ".join((inspect.getdoc(DATASETS[name]) or "").split("\n\n")[0].split()).rstrip(".")
    return re.sub(r":\w+:`~?([^`]*)`", r"\1", first).replace("`", "")  # as it reads without Sphinx


def _unusual(name: str, parameters: dict) -> str | None:
    usual = resolve_options(name, {})
    chosen = {key: value for key, value in parameters.items() if key in usual and value != usual[key]}
    return " ".join(f"{key}={value}" for key, value in chosen.items()) or None


def subject_counts(faces: FaceSet) -> pd.DataFrame:
    """How many people, and how many images of each."""
    subject = faces.samples["subject"].fillna("")
    images = subject[subject != ""].value_counts()
    rows = {"subjects": len(images), "images without a known subject": int((subject == "").sum())}
    if len(images):
        rows |= {"fewest images of a subject": images.min(), "most images of a subject": images.max()}
    return pd.DataFrame({"what": list(rows), "count": list(rows.values())})


def card_facts(faces: FaceSet) -> pd.DataFrame:
    """What the card says about the set's making: options, raw files, hash of the content, code, date."""
    card = faces.card
    facts = dict(card["options"])
    facts |= {f"raw file {name}": digest or "not there" for name, digest in card.get("raw_files", {}).items()}
    code = card["revision"] + (" (with local changes)" if card["dirty"] else "")
    facts |= {"content": card["content"], "code": code, "prepared": card["written"]}
    return pd.DataFrame({"fact": list(facts), "value": [str(value) for value in facts.values()]})


def fold_counts(faces: FaceSet, folds: np.ndarray) -> pd.DataFrame:
    """Tested images per fold (rows) and class (columns), with totals; what no fold tests has a row of its own."""
    names = pd.Categorical.from_codes(faces.labels, categories=list(faces.classes))
    counts = pd.crosstab(pd.Series(folds, name="fold"), names, margins=True, margins_name="all", dropna=False)
    return counts.rename(index={NEVER_TESTED: "never tested"}).rename_axis(columns=None)


def fold_leaks(faces: FaceSet, folds: np.ndarray) -> pd.DataFrame:
    """Tested images that the training part of their fold gives away: equal or nearly equal pixels, the same person."""
    subject = faces.samples["subject"].fillna("")
    rows = {
        "tested images with an equal image in another fold": _crossing(groups_of(faces), folds).sum(),
        "tested images with a nearly equal image in another fold": _crossing(near_groups_of(faces), folds).sum(),
        "tested images of a person who is in another fold too": (_crossing(subject, folds) & (subject != "")).sum(),
        "images without a known subject": (subject == "").sum(),
    }
    return pd.DataFrame({"leak": list(rows), "count": [int(count) for count in rows.values()]})


def _crossing(groups, folds: np.ndarray) -> np.ndarray:
    """bool (N,): a tested image whose group has an image in another fold."""
    varies = pd.Series(folds).groupby(np.asarray(groups)).transform("nunique").to_numpy() > 1
    return varies & (np.asarray(folds) != NEVER_TESTED)


def guidance_kinds() -> list[dict]:
    """A row per kind: ``kind``, ``drawn_from``, ``options`` with defaults, ``localization_sees``."""
    rows = []
    for name in list_guidance():
        kind = GUIDANCE[name]
        # a kind with a localization of its own replaces the image that is classified
        seen = "the image" if name == "none" else kind.localization or name
        rows.append(
            {
                "kind": name,
                "drawn_from": "networks" if kind.read else "landmarks" if kind.landmarks else "pixels",
                "localization_sees": seen,
                "classifier_sees": f"{name} image" if kind.localization else "the image",
                "options": " ".join(f"{key}={value}" for key, value in kind.options.items()) or None,
            }
        )
    return rows

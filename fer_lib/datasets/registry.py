"""Data sets by name, and their one way to disk: ``data/prepared/<name>/``."""

import inspect
import shutil
from collections.abc import Callable
from pathlib import Path

from ..artifacts import (
    file_sha256,
    fingerprint,
    in_turn,
    is_complete,
    read_array,
    read_card,
    read_table,
    save_array,
    save_table,
    write_card,
)
from ..errors import require
from ..registry import Registry, nearest
from .faceset import FaceSet
from .raw_files import raw_digest
from .streaming import FaceStream, streamed

DATASETS = Registry("data set")


def register_dataset(name: str):
    """Register a builder ``build(raw: Path, **options) -> FaceSet | FaceStream``.

    `raw` is ``data/raw/<name>``. The builder checks its files and raises InputError before
    anything is written; its keyword-only arguments are the options it takes, each with a default. A set
    with other than default options is stored under ``<name>-<hash of those options>``. ``FaceSet.card`` may
    carry further facts for the card; ``raw_files`` makes a change be noticed: {path from `raw`: its
    :func:`~.raw_files.raw_digest`, or None for what was not there and would be used if it were}.
    """
    return DATASETS.register(name)


def list_datasets() -> list[str]:
    return DATASETS.names()


def stored_name(name: str, options: dict) -> str:
    """The folder of a prepared set; only options that differ from the builder's defaults count."""
    changed = changed_options(name, options)
    return f"{name}-{fingerprint(changed)}" if changed else name


def changed_options(name: str, options: dict) -> dict:
    """The options that differ from the builder's defaults: one that is added later leaves stored sets valid."""
    defaults = resolve_options(name, {})
    return {key: value for key, value in options.items() if fingerprint(value) != fingerprint(defaults[key])}


def resolve_options(name: str, options: dict) -> dict:
    """The builder's defaults updated by `options`. Raises InputError for an unknown option."""
    arguments = inspect.signature(DATASETS[name]).parameters.values()
    defaults = {a.name: a.default for a in arguments if a.kind is a.KEYWORD_ONLY}
    for key in options:
        require(key in defaults, f"data set {name!r} has no option {key!r}{nearest(key, defaults)}")
    return {**defaults, **options}


def load_dataset(name: str, data_dir: str | Path = "data", **options) -> FaceSet:
    """Load a prepared set, preparing it first where that has not been done.

    Args:
        name: a registered name, see :func:`list_datasets`.
        data_dir: the folder with ``raw/`` and ``prepared/``.
        options: what the set's builder takes (size, seed, …).

    Returns:
        FaceSet with memory-mapped images and extras.

    Raises:
        InputError: unknown name or option; missing or malformed raw files.
    """
    data_dir = Path(data_dir)
    options = resolve_options(name, options)
    folder = data_dir / "prepared" / stored_name(name, options)
    parameters = {"dataset": name, **changed_options(name, options)}
    raw = data_dir / "raw" / name
    if not _is_current(folder, parameters, options, raw):
        build: Callable[..., FaceSet] = DATASETS[name]
        made = build(raw, **options)  # bad files end here, before anything is written
        with in_turn(folder):
            if not _is_current(folder, parameters, options, raw):  # nobody else has stored it meanwhile
                _store(made, folder, parameters, options)
    return read_prepared(folder)


def _is_current(folder: Path, parameters: dict, options: dict, raw: Path) -> bool:
    if not is_complete(folder, parameters):
        return False
    card = read_card(folder)
    stored = card.get("options", {})  # all of them: a default that changed makes another set under the same name
    same = all(key in options and fingerprint(options[key]) == fingerprint(value) for key, value in stored.items())
    return same and not _raw_files_changed(card.get("raw_files", {}), raw)


def _raw_files_changed(known: dict[str, str | None], raw: Path) -> bool:
    """Whether something named in the card is there with another content, or is there now and was not.

    A raw file that is gone is no change: prepared sets work without it.
    """
    return any((raw / name).exists() and raw_digest(raw / name) != digest for name, digest in known.items())


def _store(made: FaceSet | FaceStream, folder: Path, parameters: dict, options: dict) -> None:
    if isinstance(made, FaceStream):
        with streamed(made, folder) as faces:
            _complete(faces, folder, parameters, options)
        return
    if folder.exists():  # no valid card: left-overs of an interrupted or older preparation
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    save_array(folder / "images.npy", made.images)
    for key, array in made.extras.items():
        save_array(folder / f"{key}.npy", array)
    _complete(made, folder, parameters, options)


def _complete(faces: FaceSet, folder: Path, parameters: dict, options: dict) -> None:
    """The table and the card of a set whose arrays are in `folder`."""
    save_table(folder / "samples.parquet", faces.samples)
    stored = sorted(path for path in folder.iterdir() if path.suffix != ".partial")
    write_card(
        folder,
        "prepared",
        parameters,
        options=options,
        classes=list(faces.classes),
        images=len(faces),
        shape=list(faces.images.shape[1:]),
        class_counts={name: int((faces.labels == label).sum()) for label, name in enumerate(faces.classes)},
        extras=sorted(faces.extras),
        # same content, same hash, whenever it was prepared: what is computed from the set depends on this
        content=fingerprint({path.name: file_sha256(path) for path in stored}, length=16),
        **faces.card,
    )


def read_prepared(folder: str | Path) -> FaceSet:
    """A complete prepared folder as a FaceSet; arrays are memory-mapped read-only."""
    folder = Path(folder)
    card = read_card(folder)
    return FaceSet(
        name=folder.name,
        images=read_array(folder / "images.npy"),
        samples=read_table(folder / "samples.parquet"),
        classes=tuple(card["classes"]),
        card=card,
        extras={key: read_array(folder / f"{key}.npy") for key in card["extras"]},
        folder=folder,
    )

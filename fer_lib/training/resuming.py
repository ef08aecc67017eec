"""Where a training in progress is kept, so that it goes on exactly after being killed at any time."""

import hashlib
import os
import time
import warnings
from collections.abc import Iterable, Mapping
from glob import escape
from math import inf
from pathlib import Path

import torch
from safetensors import SafetensorError

from ..artifacts import fingerprint
from ..errors import InputError
from .config import TrainConfig
from .device import NAMES, choose_device, choose_precision
from .parallel import world_size
from .state_files import read_facts, read_state, save_state

#: Environment variable that takes the place of ``TrainConfig.checkpoint_seconds``.
SECONDS = "FER_CHECKPOINT_SECONDS"
#: A checkpoint that takes long is written less often than asked for: this share of the time is spent on writing.
SHARE = 0.02
#: Code that decides what a training does, under the package's folder.
CODE = ("training", "models", "datasets/folds.py")
TOLD = {"code": "code", "torch": "version of torch", "device": "type of device", "precision": "number format"}


class Checkpoint:
    """One file, replaced as a whole; it goes when what came of the training is complete on disk.

    It is used again by a training of the same parameters, code, version of torch, number format and type of device;
    any other leaves it aside with a warning that says why.

    Args:
        path: ``.safetensors``; None keeps nothing.
        models: what decides the result of each model in training, by a name that stays the same.
        config: of the training; ``checkpoint_seconds`` is the time from one checkpoint to the next, 0 for one after
            every step. ``FER_CHECKPOINT_SECONDS`` takes its place.
    """

    def __init__(self, path: Path | None, models: Mapping[str, dict], config: TrainConfig):
        self.path = path if world_size() == 1 else None  # several processes draw several random numbers
        self.models = {name: fingerprint(parameters, 32) for name, parameters in models.items()}
        self._facts = _facts(config) if self.path else {}
        self._interval = _interval(config) if self.path else inf
        self._began = time.perf_counter()
        self._earlier = 0.0
        self._next = self._began + self._interval

    @property
    def seconds(self) -> float:
        """Spent on this training until now, with those of earlier attempts that led to the checkpoint."""
        return self._earlier + time.perf_counter() - self._began

    def read(self) -> object | None:
        """What :meth:`save` was given last; None where there is nothing to go on from."""
        if self.path is None:
            return None
        for unfinished in self.path.parent.glob(f".{escape(self.path.stem)}-*{self.path.suffix}"):
            unfinished.unlink(missing_ok=True)  # a kill while it was written left it
        if not self.path.is_file():
            return None
        try:
            facts = read_facts(self.path)
            differing = self._differing(facts)
            state = None if differing else read_state(self.path)
        except InputError as error:
            warnings.warn(f"{error}; the training starts anew", stacklevel=2)
            return None
        if differing:
            warnings.warn(
                f"{self.path}: checkpoint of a training with other {', '.join(differing)}; it is not used, and the "
                "training starts anew",
                stacklevel=2,
            )
            return None
        self._earlier = facts.get("seconds", 0.0)
        return state

    def _differing(self, facts: dict) -> list[str]:
        """Names of what does not fit."""
        found = {name: own for name, own in facts.get("models", {}).items() if name in self.models}
        what = {"models": found.keys() != self.models.keys()}
        what["data or parameters"] = any(own != self.models[name] for name, own in found.items())
        what |= {told: facts.get(name) != self._facts[name] for name, told in TOLD.items()}
        return [told for told, differs in what.items() if differs]

    def waits(self) -> bool:
        """Whether a training can go on from here."""
        try:
            return self.path is not None and self.path.is_file() and not self._differing(read_facts(self.path))
        except InputError:
            return False

    def due(self) -> bool:
        return time.perf_counter() >= self._next

    def save(self, state: object, models: Iterable[str] | None = None) -> None:
        """Replace what was kept. Where that cannot be written (a full disk), a warning says so, what was kept before
        stays, and the training goes on.

        Args:
            models: names of those that `state` is of; None: all.
        """
        if self.path is None:
            return
        began = time.perf_counter()
        names = self.models if models is None else models
        facts = {**self._facts, "models": {name: self.models[name] for name in names}, "seconds": self.seconds}
        try:
            save_state(self.path, state, facts)
        except (OSError, SafetensorError, InputError) as error:
            warnings.warn(
                f"{self.path}: no checkpoint could be written ({error}); the training goes on, and if it is "
                "interrupted it starts from the checkpoint before, or anew where there is none",
                stacklevel=2,
            )
        now = time.perf_counter()
        self._next = now + (max(self._interval, (now - began) / SHARE) if self._interval else 0.0)

    def remove(self) -> None:
        """What came of the training is complete."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)


def _interval(config: TrainConfig) -> float:
    text = os.environ.get(SECONDS)
    if text is None:
        return config.checkpoint_seconds
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < inf:
        raise InputError(f"{SECONDS} = {text!r}, expected a number of seconds from 0")
    return seconds


def _facts(config: TrainConfig) -> dict[str, str]:
    device = choose_device(config.device)
    precision = NAMES[choose_precision(config.precision, device)]
    return {"code": RUNNING_CODE, "torch": torch.__version__, "device": device.type, "precision": precision}


def code_fingerprint() -> str:
    """Of the files in :data:`CODE`: half a training by one code and half by another would be neither's result."""
    package, digest = Path(__file__).resolve().parents[1], hashlib.sha256()
    for name in CODE:
        found = [package / name] if name.endswith(".py") else sorted((package / name).rglob("*.py"))
        for path in found:
            digest.update(path.relative_to(package).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


#: Read when this module is: files may be edited while a process goes on with what it has imported.
RUNNING_CODE = code_fingerprint()
#: For trainings that are not kept.
NOWHERE = Checkpoint(None, {}, TrainConfig())

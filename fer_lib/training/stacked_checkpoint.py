"""Where a stack in training is kept: beside the runs that its models belong to."""

import os
from collections.abc import Sequence
from pathlib import Path

from ..artifacts import fingerprint
from ..errors import InputError
from .job import Job
from .resuming import Checkpoint
from .state_files import read_facts

PATTERN = ".stack-*.safetensors"


def stack_names(jobs: Sequence[Job]) -> list[str]:
    """Where each job's card will be, as seen from the folder of the checkpoint."""
    return [Path(os.path.relpath(job.card_folder, _folder(jobs))).as_posix() for job in jobs]


def stack_checkpoint(jobs: Sequence[Job]) -> Checkpoint:
    """Of a stack of `jobs`: the one that a stack which had all of them left behind, or else some of them, if there is
    one."""
    folder, models = _folder(jobs), dict(zip(stack_names(jobs), (job.card_parameters for job in jobs), strict=True))
    left = {path: models.keys() & _covered(path) for path in sorted(folder.glob(PATTERN))}
    path = max((path for path, common in left.items() if common), key=lambda path: len(left[path]), default=None)
    return Checkpoint(path or folder / PATTERN.replace("*", fingerprint(sorted(models))), models, jobs[0].config)


def remove_stacks(runs: Sequence[Path]) -> None:
    """Remove checkpoints of stacks that had none but models of `runs`, all of which are complete: a kill after the last
    card leaves them."""
    done = {run.name for run in runs}
    for path in {path for run in runs for path in run.parent.glob(PATTERN)}:
        covered = {Path(name).parts[0] for name in _covered(path)}
        if covered and covered <= done:
            path.unlink(missing_ok=True)


def _folder(jobs: Sequence[Job]) -> Path:
    return jobs[0].experiment.folder.parent


def _covered(path: Path) -> set[str]:
    """Names of the models in the checkpoint `path`, none where it cannot be read."""
    try:
        return set(read_facts(path).get("models", {}))
    except InputError:
        return set()

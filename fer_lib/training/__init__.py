"""Floor 3: models + tensors in, runs on disk out."""

from .complete import fit_complete
from .config import TrainConfig
from .cross_validation import cross_validate
from .experiment import Experiment
from .loop import fit
from .stacked import fit_stacked

__all__ = ["Experiment", "TrainConfig", "cross_validate", "fit", "fit_complete", "fit_stacked"]

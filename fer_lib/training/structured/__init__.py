"""What FERAtt learns by beside the cross-entropy: a structured embedding, a clean face, batches with all classes."""

from .attention import attention_loss, reconstruction_target
from .cycling import ClassCycling
from .gaussian import batch_probabilities, class_centres, gaussian_structured_loss, nearest_centre_accuracy
from .mixing import MIXINGS, mixed

__all__ = [
    "MIXINGS",
    "ClassCycling",
    "attention_loss",
    "batch_probabilities",
    "class_centres",
    "gaussian_structured_loss",
    "mixed",
    "nearest_centre_accuracy",
    "reconstruction_target",
]

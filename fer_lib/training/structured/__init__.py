"""What FERAtt learns by beside the cross-entropy: a structured embedding, a clean face, batches with all classes."""

from .attention import ATTENTION, attention_error
from .cycling import ClassCycling
from .gaussian import batch_probabilities, class_centres, gaussian_structured_loss, nearest_centre_accuracy
from .mixing import MIXINGS, mixed

__all__ = [
    "ATTENTION",
    "MIXINGS",
    "ClassCycling",
    "attention_error",
    "batch_probabilities",
    "class_centres",
    "gaussian_structured_loss",
    "mixed",
    "nearest_centre_accuracy",
]

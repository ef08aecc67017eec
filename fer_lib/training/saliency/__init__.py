"""Training MSI-Net on fixations (SALICON, or a folder like it), for whoever has them."""

from .config import SaliencyConfig
from .training import train_saliency

__all__ = ["SaliencyConfig", "train_saliency"]

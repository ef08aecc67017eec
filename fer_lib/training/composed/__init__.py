"""Networks that learn from faces laid over backgrounds, and are tested on such compositions and on faces as they are
(FERAtt; Marrero Fernández et al., CVPR Workshops 2019)."""

from .config import NOISE, ComposedConfig
from .runs import COMPOSED_TABLES, cross_validate_composed, load_composed_table
from .task import Backgrounds, ComposedTask

__all__ = [
    "COMPOSED_TABLES",
    "NOISE",
    "Backgrounds",
    "ComposedConfig",
    "ComposedTask",
    "cross_validate_composed",
    "load_composed_table",
]

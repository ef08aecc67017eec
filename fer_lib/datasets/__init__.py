"""Floor 1: raw files in, :class:`FaceSet` out."""

from . import fer2013 as fer2013  # importing it registers the data set
from . import synthetic as synthetic
from .faceset import FaceSet
from .registry import list_datasets, load_dataset, register_dataset

__all__ = ["FaceSet", "list_datasets", "load_dataset", "register_dataset"]

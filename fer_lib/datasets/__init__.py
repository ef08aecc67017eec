"""Floor 1: raw files in, :class:`FaceSet` out."""

from . import affectnet as affectnet  # importing them registers the data sets
from . import bu3dfe as bu3dfe
from . import ckplus as ckplus
from . import fer2013 as fer2013
from . import ferg as ferg
from . import ferplus as ferplus
from . import folder as folder
from . import jaffe as jaffe
from . import kdef as kdef
from . import london as london
from . import mmi as mmi
from . import rafdb as rafdb
from . import synthetic as synthetic
from .faceset import FaceSet
from .registry import list_datasets, load_dataset, register_dataset

__all__ = ["FaceSet", "list_datasets", "load_dataset", "register_dataset"]

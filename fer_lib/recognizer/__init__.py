"""Floor 6: faces in photographs and videos, and what they express; method names and results of the ``rmn`` package.

``from fer_lib.recognizer import RMN`` instead of ``from rmn import RMN`` is all that its users change.
"""

from .images import read_frame
from .recognizer import Recognizer

RMN = Recognizer

__all__ = ["RMN", "Recognizer", "read_frame"]

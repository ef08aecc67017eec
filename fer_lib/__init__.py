"""An open, reproducible study of attention in facial expression recognition."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("fer-lib")
except PackageNotFoundError:  # used from a checkout that was never installed (FER_REVISION names it)
    __version__ = "0+unknown"

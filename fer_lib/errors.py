"""The one exception a user is meant to read: what is wrong, where, what was expected."""


class InputError(ValueError):
    """Bad input, told in one sentence such as
    ``data/raw/fer2013/fer2013.csv, row 17: 2303 pixel values, expected 2304 (48 × 48)``.

    Raised before anything is written; the command line and the notebook runner print the
    sentence alone, without a traceback.
    """


def require(condition: bool, message: str) -> None:
    """Raise :class:`InputError` with `message` unless `condition` holds."""
    if not condition:
        raise InputError(message)

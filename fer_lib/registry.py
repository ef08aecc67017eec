"""One table of named builders; data sets, models and guidance kinds each keep one."""

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

from .errors import InputError


def nearest(name: str, known) -> str:
    """``"; did you mean 'soft'?"`` when a known name is close to `name`, else ``""``."""
    close = get_close_matches(str(name), list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


class Registry:
    """Names mapped to builders. A name registered twice is an error at import.

    Args:
        kind: what is registered, for messages: "model", "data set", "guidance kind".
    """

    def __init__(self, kind: str):
        self.kind = kind
        self._builders: dict[str, Callable[..., Any]] = {}

    def register(self, name: str):
        """Class or function decorator."""

        def add(builder):
            if name in self._builders:
                raise ValueError(f"{self.kind} {name!r} is registered twice: {self._builders[name]} and {builder}")
            self._builders[name] = builder
            return builder

        return add

    def __getitem__(self, name: str) -> Callable[..., Any]:
        """The builder of `name`. Raises InputError naming the closest known name."""
        if name not in self._builders:
            raise InputError(
                f"unknown {self.kind} {name!r}{nearest(name, self._builders)} (known: {', '.join(self.names())})"
            )
        return self._builders[name]

    def __contains__(self, name: str) -> bool:
        return name in self._builders

    def names(self) -> list[str]:
        return sorted(self._builders)

"""Strict notebook parameters: a wrong name or type stops the notebook before any work."""

import ast
import re
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .errors import InputError
from .registry import nearest

INJECTED = "# Parameters"  # papermill's first line of the cell that it adds
CHOICE = re.compile(r"'([^']*)'")  # in pydantic's "Input should be 'honest' or 'reference'"


class Parameters(BaseModel):
    """Base of every notebook's parameter object; subclasses add typed fields.

    Types are strict ("5" is not 5) and unknown names are refused, because papermill itself only
    warns about them.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    profile: str = Field("demo", pattern=r"^[A-Za-z0-9._-]+$")
    data_dir: str = "data"
    reports_dir: str = "reports"

    @classmethod
    def check(cls, values: dict[str, Any]) -> Self:
        """Validate plain values.

        Raises:
            InputError: one sentence per problem, naming the key and the nearest valid one.
        """
        try:
            return cls(**values)
        except ValidationError as error:
            raise InputError("; ".join(cls._sentence(problem) for problem in error.errors())) from None

    @classmethod
    def _sentence(cls, problem: dict) -> str:
        key = ".".join(str(part) for part in problem["loc"]) or cls.__name__
        if problem["type"] == "extra_forbidden":
            return f"unknown parameter {key!r}{nearest(key, cls.model_fields)} (known: {', '.join(cls.model_fields)})"
        message = problem["msg"].removeprefix("Value error, ")
        value = problem["input"]
        hint = nearest(value, CHOICE.findall(message)) if problem["type"] == "literal_error" else ""
        return f"parameter {key!r} = {value!r} ({type(value).__name__}): {message}{hint}"

    @classmethod
    def from_notebook(cls, namespace: dict[str, Any]) -> Self:
        """Validate the values that the notebook has set.

        Call it as ``from_notebook(globals())``. Every variable named like a parameter is taken,
        however it was computed. Names that are no parameters are looked for in the parameter cells:
        the one papermill injects, and cells that do nothing but assign constants or a parameter. A
        cell that was corrected and run again counts as it reads now.
        """
        latest = {}  # the history keeps a misspelt name after its cell was corrected: the last of either kind counts
        for cell in namespace.get("In", []):
            names, constant = _assigned_names(cell)
            if names and (constant or names & cls.model_fields.keys()):
                latest[cell.lstrip().startswith(INJECTED)] = names
        unknown = set().union(*latest.values()) - cls.model_fields.keys()
        return cls.check({name: namespace[name] for name in (*cls.model_fields, *sorted(unknown)) if name in namespace})

    @property
    def data(self) -> Path:
        return project_root() / self.data_dir

    @property
    def reports(self) -> Path:
        """``reports/<profile>``"""
        return project_root() / self.reports_dir / self.profile

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><th>{key}</th><td>{value}</td></tr>" for key, value in self.model_dump().items())
        return f"<table><caption>Parameters</caption>{rows}</table>"


def project_root() -> Path:
    """The folder with ``notebooks/`` and ``data/``: the working directory or one of its parents.

    A notebook opened in JupyterLab runs inside ``notebooks/``, under papermill at the root.
    """
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "notebooks" / "Snakefile").is_file():
            return folder
    return here


def _assigned_names(source: str) -> tuple[set[str], bool]:
    """Names assigned in a cell that holds nothing but assignments to names, else none, and whether
    the values are written without other names or calls."""
    try:
        body = ast.parse(source).body
    except SyntaxError:  # a cell with magics is no parameter cell
        return set(), False
    names, constant = set(), True
    for statement in body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        if not isinstance(statement, (ast.Assign, ast.AnnAssign)) or not all(isinstance(t, ast.Name) for t in targets):
            return set(), False
        names |= {target.id for target in targets}
        if statement.value is not None:
            constant &= not any(isinstance(node, (ast.Name, ast.Call)) for node in ast.walk(statement.value))
    return names, constant

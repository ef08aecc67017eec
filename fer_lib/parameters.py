"""Strict notebook parameters: a wrong name or type stops the notebook before any work."""

import ast
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .errors import InputError
from .registry import nearest

INJECTED = "# Parameters"  # papermill's first line of the cell that it adds


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
        return f"parameter {key!r} = {value!r} ({type(value).__name__}): {message}"

    @classmethod
    def from_notebook(cls, namespace: dict[str, Any]) -> Self:
        """Validate the values set in the notebook's parameter cells.

        Call it as ``from_notebook(globals())``. Parameter cells are the executed cells made of
        nothing but constant assignments: the notebook's own, and the one papermill injects. A cell
        that was corrected and run again counts as it reads now.
        """
        cells = [(cell.lstrip().startswith(INJECTED), _assigned_constants(cell)) for cell in namespace.get("In", [])]
        cells = [(injected, names) for injected, names in cells if names]
        # The history keeps a misspelt name after its cell was corrected, until the kernel ends: names that
        # are no parameters count only in the last run of either kind of cell.
        latest = set().union(*dict(cells).values())
        names = {name for _, cell in cells for name in cell if name in cls.model_fields or name in latest}
        return cls.check({name: namespace[name] for name in names if name in namespace})

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


def _assigned_constants(source: str) -> set[str]:
    """Names assigned in a cell that holds only assignments without names or calls, else the empty set.

    ``epochs = 2 * 10`` and ``epochs: int = 20`` count: a cell skipped for them would leave its
    parameters at their defaults without a word.
    """
    try:
        body = ast.parse(source).body
    except SyntaxError:  # a cell with magics is no parameter cell
        return set()
    names = set()
    for statement in body:
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets = [statement.target]
        else:
            return set()
        if not all(isinstance(target, ast.Name) for target in targets):
            return set()
        if any(isinstance(node, (ast.Name, ast.Call)) for node in ast.walk(statement.value)):
            return set()
        names |= {target.id for target in targets}
    return names

"""Profiles that were edited by hand."""

from hypothesis import given
from hypothesis import strategies as st

from fer_lib.cli.graph import notebooks_of

from ..study_fixtures import new_project
from . import accepted, bounded, damaged

ODD_LINES = [
    "notebooks:",
    "  - a",
    "  03_guided_spatial_transformers:",
    "    resources: {cpus: -1}",
    "\t",
    "a: &a [*a]",
    "}",
]
ODD_LINES += [
    "---",
    "!!python/object/apply:os.mkdir [owned]",
    "    needs: 3",
    "    parameters: []",
    "? [",
    "\x00",
    "3",
    "''",
]


def test_profiles_are_read_or_refused(tmp_path, monkeypatch):
    new_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "notebooks" / "profiles" / "smoke.yaml"
    valid = path.read_bytes()
    lines = valid.decode().splitlines()

    @st.composite
    def edited(draw):
        found = list(lines)
        for _ in range(draw(st.integers(1, 4))):
            at = draw(st.integers(0, len(found)))
            found[at : at + draw(st.integers(0, 2))] = draw(st.lists(st.sampled_from(ODD_LINES), max_size=2))
        return "\n".join(found).encode()

    @bounded(60)
    @given(edited() | damaged(valid))
    def every(content):
        path.write_bytes(content)
        names = accepted(lambda: notebooks_of("smoke"))
        assert names is None or all((tmp_path / "notebooks" / f"{name}.ipynb").is_file() for name in names)

    assert accepted(lambda: notebooks_of("smoke"))
    every()
    assert not (tmp_path / "owned").exists()

"""Under each figure and table of the book: the card of what made it, and the runs that it shows."""

import json
import re

import nbformat
import pytest

from fer_lib.artifacts import read_card, save_text, write_card
from fer_lib.reporting.book import build_book
from fer_lib.reporting.provenance import PROVENANCE, Provenance

FIRST, SECOND, THIRD = "01_first", "02_second", "03_third"
TABLE = nbformat.v4.new_output("execute_result", data={"text/html": "<table><tr><td>1</td></tr></table>"})
FIGURE = nbformat.v4.new_output("display_data", data={"image/png": "iVBORw0KGgo=", "text/plain": "<Figure>"})
TEXT = nbformat.v4.new_output("stream", name="stdout", text="1 run")
LINE = re.compile(r'<p class="provenance">(.*?)</p>')


def executed(*outputs):
    cells = [nbformat.v4.new_markdown_cell("# Title")]
    cells += [nbformat.v4.new_code_cell("1", outputs=[output], execution_count=1) for output in outputs]
    return nbformat.v4.new_notebook(cells=cells)


@pytest.fixture
def reports(tmp_path, monkeypatch):
    """Four runs: the first notebook trained two, the second needs them and trained one, the third failed."""
    monkeypatch.chdir(tmp_path)
    save_text(tmp_path / "notebooks" / "Snakefile", "")
    needs = f"notebooks: {{{FIRST}: , {SECOND}: {{needs: [{FIRST}]}}}}"
    save_text(tmp_path / "notebooks" / "profiles" / "mine.yaml", needs)
    folder = tmp_path / "reports" / "mine"
    for name in ("a", "b", "c", "d"):
        write_card(folder / "runs" / name, "run", {"content": f"hash-of-{name}"}, device=["cpu (x86_64)"])
    write_card(folder / FIRST, "stage", {}, runs={"none": ["a"], "soft": {"2020": "b"}}, data={"faces": "0123"})
    write_card(folder / SECOND, "stage", {}, trained=["c"])
    return folder


@pytest.fixture
def found(reports):
    return Provenance(reports, [FIRST, SECOND, THIRD])


def test_runs_are_those_of_the_card_and_of_the_notebooks_it_needs(found):
    assert found.runs_of(FIRST) == ["a", "b"]
    assert found.runs_of(SECOND) == ["a", "b", "c"]
    assert found.runs_of(THIRD) == []


def test_the_line_links_card_and_runs_and_names_code_and_day(found, reports):
    card = read_card(reports / FIRST)
    code = card["revision"][:10] + " with local changes" * bool(card["dirty"])
    assert found.line(FIRST) == (
        f'<p class="provenance"><a href="_static/cards/{FIRST}.json">Card of {FIRST}</a> · code {code} · '
        f'{card["written"][:10]} · <a href="provenance.html#{FIRST}">cards of 2 runs</a></p>'
    )


def test_a_notebook_without_card_says_so(found):
    assert found.line(THIRD) == '<p class="provenance">No card: this notebook did not come to its end.</p>'


def test_a_line_under_each_figure_and_table_and_nowhere_else(found):
    made = found.add_lines(executed(TEXT, TABLE, TEXT, FIGURE), FIRST)
    lines = [bool(LINE.match(cell.source)) for cell in made.cells]
    assert lines == [False, False, False, True, False, False, True]


def test_without_the_profile_a_notebook_has_the_runs_of_its_card_alone(reports, tmp_path):
    (tmp_path / "notebooks" / "profiles" / "mine.yaml").unlink()
    found = Provenance(reports, [FIRST, SECOND])
    assert found.runs_of(FIRST) == ["a", "b"] and found.runs_of(SECOND) == ["c"]


def test_every_link_of_a_book_leads_to_a_card(reports):
    for name, *outputs in ((FIRST, TABLE, FIGURE), (SECOND, TABLE)):
        (reports / "notebooks").mkdir(exist_ok=True)
        nbformat.write(executed(*outputs), reports / "notebooks" / f"{name}.ipynb")
    html = build_book(reports).parent
    pages = {name: (html / f"{name}.html").read_text() for name in (FIRST, SECOND, PROVENANCE)}
    assert [len(LINE.findall(pages[name])) for name in (FIRST, SECOND, PROVENANCE)] == [2, 1, 2]
    links = {link for page in pages.values() for link in re.findall(r'href="(_static/cards/[^"]*)"', page)}
    assert {json.loads((html / link).read_text())["kind"] for link in links} == {"stage", "run"}
    assert {f"_static/cards/runs/{name}.json" for name in ("a", "b", "c")} <= links
    assert "_static/cards/runs/d.json" not in links  # no notebook names it
    anchors = {link for name in (FIRST, SECOND) for link in re.findall(r'href="provenance.html#([^"]*)"', pages[name])}
    assert anchors == {FIRST, SECOND} and all(f'id="{anchor}"' in pages[PROVENANCE] for anchor in anchors)
    assert "hash-of-a" in pages[PROVENANCE] and "0123" in pages[PROVENANCE]
    assert f'href="{PROVENANCE}.html"' in (html / "index.html").read_text()


def test_every_figure_and_table_of_the_study_has_its_line(smoke_project):
    reports = smoke_project / "reports" / "smoke"
    for path in sorted((reports / "notebooks").glob("*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        shown = [
            cell for cell in cells
            if any(kind.startswith("image/") or "<table" in str(text)
                   for output in cell.get("outputs", []) for kind, text in output.get("data", {}).items())
        ]  # fmt: skip
        lines = LINE.findall((reports / "book" / "html" / f"{path.stem}.html").read_text())
        assert len(lines) == len(shown) > 0, path.stem
        assert all(f'href="_static/cards/{path.stem}.json"' in line for line in lines), path.stem
        if path.stem[:2] >= "03":
            assert all(" runs</a>" in line for line in lines), path.stem

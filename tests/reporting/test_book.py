"""The rendered book: complete, without errors, and without the network."""

import re
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import nbformat
import pytest

from fer_lib.artifacts import read_card
from fer_lib.errors import InputError
from fer_lib.reporting.book import PAGES, build_book


class Links(HTMLParser):
    """What a page loads (scripts, styles, images) and the images' alternative texts."""

    def __init__(self, page: Path):
        super().__init__()
        self.loaded, self.images = [], []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag in ("script", "img", "iframe", "source"):
            self.loaded.append(given.get("src"))
        if tag == "link" and given.get("rel") in ("stylesheet", "icon", "preload"):
            self.loaded.append(given.get("href"))
        if tag == "img":
            self.images.append(given)


def write_executed(folder: Path, name: str, *cells) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=list(cells)), folder / f"{name}.ipynb")


def heading(text: str):
    return nbformat.v4.new_markdown_cell(f"# {text}")


@pytest.fixture
def reports(tmp_path):
    table = nbformat.v4.new_output("execute_result", data={"text/html": "<table><tr><td>1</td></tr></table>"})
    code = nbformat.v4.new_code_cell("epochs = 1", outputs=[table], metadata={"tags": ["injected-parameters"]})
    write_executed(tmp_path / "demo" / "notebooks", "01_first", heading("First"), code)
    return tmp_path / "demo"


def test_page_per_notebook_and_a_first_page_that_links_them(reports):
    index = build_book(reports)
    text = index.read_text()
    assert (index.parent / "01_first.html").is_file() and 'href="01_first.html"' in text
    card = read_card(reports / "book")
    assert card["error_cells"] == 0 and card["pages"] == 3 + len(PAGES)  # and that of the cards


def test_pages_of_reference_are_in_every_book(reports):
    index = build_book(reports)
    for name in PAGES:
        assert f'href="{name}.html"' in index.read_text()
    page = (index.parent / "bad_input.html").read_text()
    assert "When something is wrong" in page and "csv-short-row" in page
    # a wide table scrolls in its box
    assert page.count("<table") == page.count('<div class="table-wrapper') > 5
    assert "bad_input" not in (reports / "book" / "sphinx.log").read_text()


def test_every_page_of_reference_is_in_the_book():
    folder = files("fer_lib.reporting") / "pages"
    assert {path.name for path in folder.iterdir()} == {f"{name}.md" for name in PAGES}


def test_failed_cells_are_counted_in_the_card(reports):
    error = nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=[])
    write_executed(reports / "notebooks", "02_bad", heading("Bad"), nbformat.v4.new_code_cell("x", outputs=[error]))
    build_book(reports)
    assert read_card(reports / "book")["error_cells"] == 1


def test_old_pages_stay_when_rendering_fails(reports, monkeypatch):
    index = build_book(reports)
    monkeypatch.setattr("fer_lib.reporting.book.first_page", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        build_book(reports)
    assert index.is_file() and not list((reports / "book").glob(".building-*"))


def test_no_notebooks_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match="no executed notebook; run make study PROFILE=empty first"):
        build_book(tmp_path / "empty")


def test_study_book_needs_no_network(smoke_project):
    pages = sorted((smoke_project / "reports" / "smoke" / "book" / "html").glob("*.html"))
    assert len(pages) >= 4
    for page in pages:
        remote = [address for address in Links(page).loaded if address and re.match(r"(https?:)?//", address)]
        assert not remote, f"{page.name} loads {remote}"


def test_every_picture_in_the_study_book_has_an_alternative_text(smoke_project):
    html = smoke_project / "reports" / "smoke" / "book" / "html"
    pictures = [image for page in html.glob("0*.html") for image in Links(page).images]
    assert len(pictures) >= 8 and all(len(image.get("alt", "")) > 10 for image in pictures)


def test_first_page_of_the_study_shows_results_and_names_the_substitute(smoke_project):
    text = (smoke_project / "reports" / "smoke" / "book" / "html" / "index.html").read_text()
    assert "majority class" in text and "synthetic faces" in text and "inner validation" in text

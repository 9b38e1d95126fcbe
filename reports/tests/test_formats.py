"""Each format of each report, as a reader opens it: nothing that a user wrote is markup or code anywhere."""

import io
import re
import zipfile
from html.parser import HTMLParser

import docx
import pypdfium2
import pytest

from itn.tests.test_runs import artefact, rows_of
from reports.tests.conftest import HOSTILE, PLAN, SESSION, WARDS

REPORTS = ("risk_en", "risk_fr", "plan_en", "plan_fr", "comparison_en", "comparison_fr")
MOST_BYTES = 3_000_000


def pdf_of(rose, written, name):
    return artefact(rose.api, written[name], "report.pdf")


def text_of(content: bytes) -> str:
    pdf = pypdfium2.PdfDocument(content)
    try:
        pages = [page.get_textpage().get_text_range() for page in pdf]
    finally:
        pdf.close()
    return re.sub(r"[\u200b\ufffe]", "", "\n".join(pages))


@pytest.mark.parametrize("name", REPORTS)
def test_the_pdf_is_tagged_small_and_shows_names_as_they_are(rose, written, committed, name):
    content = pdf_of(rose, written, name)
    assert content.startswith(b"%PDF-") and len(content) < MOST_BYTES
    assert b"/MarkInfo" in content and b"pdfuaid" in content
    language = b"fr" if name.endswith("fr") else b"en"
    assert re.search(rb"/Lang\s*\(" + language, content)
    # Every font that is named is embedded.
    assert content.count(b"/FontFile") >= 2
    text = re.sub(r"\s+", "", text_of(content))
    for hostile in HOSTILE[:2]:
        assert re.sub(r"\s+", "", hostile) in text
    assert "root:x:" not in text
    assert re.sub(r"\s+", "", SESSION) in text


class Collected(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text: list[str] = []
        self.sources: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.sources += [value for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data):
        self.text.append(data)


@pytest.mark.parametrize("name", REPORTS)
def test_the_html_holds_no_script_and_fetches_nothing(rose, written, committed, name):
    content = artefact(rose.api, written[name], "report.html").decode()
    page = Collected()
    page.feed(content)
    assert page.tags.isdisjoint({"script", "iframe", "object", "link", "form", "b"})
    assert not [name for name in page.attributes if name.startswith("on")]
    assert all(source.startswith(("data:image/svg+xml;base64,", "#c")) for source in page.sources)
    assert "default-src 'none'" in content
    text = " ".join(page.text)
    for hostile in HOSTILE:
        assert hostile in text
    assert SESSION in text


@pytest.mark.parametrize("name", REPORTS)
def test_the_word_document_holds_names_as_text(rose, written, committed, name):
    content = artefact(rose.api, written[name], "report.docx")
    book = docx.Document(io.BytesIO(content))
    cells = {cell.text for table in book.tables for row in table.rows for cell in row.cells}
    assert set(HOSTILE) <= cells
    assert len(book.inline_shapes) >= 1
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        body = parts.read("word/document.xml").decode()
        assert not [part for part in parts.namelist() if "vba" in part.lower() or "embeddings" in part]
    # The only field is ours, in the footer.
    assert "w:instrText" not in body and "<script" not in body
    assert all('descr="' in tag and 'descr=""' not in tag for tag in re.findall(r"<wp:docPr [^>]*>", body))


def test_every_ward_stands_in_the_annex_and_numbers_are_those_of_the_rows(rose, written, committed):
    rows = rows_of(rose.api, rose.risk)
    book = docx.Document(io.BytesIO(artefact(rose.api, written["risk_en"], "report.docx")))
    annex = max(book.tables, key=lambda table: len(table.rows))
    assert len(annex.rows) == WARDS + 1 == len(rows) + 1
    shown = [[cell.text for cell in row.cells] for row in annex.rows[1:]]
    ranked = [row for row in rows if row["composite_rank"] is not None]
    assert [row[0] for row in shown[: len(ranked)]] == [str(row["composite_rank"]) for row in ranked]
    assert [row[4] for row in shown[: len(ranked)]] == [f"{row['composite_score']:.3f}" for row in ranked]
    text = "\n".join(paragraph.text for paragraph in book.paragraphs)
    assert f"{len(ranked)} of {WARDS} wards are ranked" in text
    high = sum(row["composite_tier"] == "High" for row in rows)
    assert f"{high} wards are in the high tier" in text


def test_a_plan_in_words_adds_up(rose, written, committed):
    rows = rows_of(rose.api, rose.plans[0])
    allocated = sum(row["nets_allocated"] for row in rows)
    covered, people = (sum(row[name] or 0 for row in rows) for name in ("people_covered", "population"))
    book = docx.Document(io.BytesIO(artefact(rose.api, written["plan_en"], "report.docx")))
    text = "\n".join(paragraph.text for paragraph in book.paragraphs)
    assert f"{allocated:,} of 100,000 nets are given" in text
    assert f"They cover {covered:,} of {people:,} people" in text
    french = "\n".join(
        p.text
        for p in docx.Document(io.BytesIO(artefact(rose.api, written["plan_fr"], "report.docx"))).paragraphs
    )
    second = sum(row["nets_allocated"] for row in rows_of(rose.api, rose.plans[1]))
    assert f"{second:,}".replace(",", "\u202f") + " moustiquaires sur 150\u202f000 sont attribuées" in french
    assert PLAN not in french


def test_both_languages_say_the_same_in_the_same_order(rose, written, committed):
    english, french = (
        docx.Document(io.BytesIO(artefact(rose.api, written[name], "report.docx")))
        for name in ("risk_en", "risk_fr")
    )
    styles = [[paragraph.style.name for paragraph in book.paragraphs] for book in (english, french)]
    assert styles[0] == styles[1]
    headings = [
        [p.text for p in book.paragraphs if p.style.name == "Heading 1"] for book in (english, french)
    ]
    assert headings[0][0] == "Summary" and headings[1][0] == "Résumé"
    assert not set(headings[0]) & (set(headings[1]) - {"Variables"})

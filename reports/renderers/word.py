"""A report as a Word document, A4, with headings, repeated table heads and alternative texts."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import Any

import docx
import vl_convert
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from analysis.readers.text import strip_controls
from reports.core.document import Bullets, Heading, Paragraph, Picture, Report, Signatures, Table

_WIDTH, _HEIGHT = 17.0, 22.0
_SCALE = 1.6
_FONT = "Arial"
_CELL = "Table text"
_LOCALES = {"en": "en-GB", "fr": "fr-FR"}


def write_docx(report: Report, path: Path, made: dt.datetime) -> Path:
    """Write a report as a Word document.

    Parameters
    ----------
    made : datetime
        Stands in the properties of the document.
    """
    book = docx.Document()
    section = book.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(2)
    _styled(book, report)
    core = book.core_properties
    core.title, core.author, core.language = (
        _text(f"{report.title} – {report.subtitle}"),
        "ChatMRPT",
        report.language,
    )
    core.created = core.modified = made.replace(tzinfo=None)
    book.add_heading(_text(report.title), 0)
    book.add_paragraph(_text(report.subtitle), style="Subtitle")
    if report.warning:
        book.add_paragraph().add_run(_text(report.warning)).bold = True
    facts = book.add_table(rows=0, cols=2)
    for row in report.facts:
        _fill(facts.add_row().cells, row, 9)
    book.add_page_break()
    for block in report.blocks:
        _draw(book, block)
    _numbered(section, report)
    book.save(str(path))
    return path


def _text(text: str) -> str:
    """Return text that XML can hold, on one line."""
    return " ".join(strip_controls(text).replace("\x0b", " ").split("\n"))


def _styled(book: Document, report: Report) -> None:
    normal = book.styles["Normal"]
    normal.font.name, normal.font.size = _FONT, Pt(10)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), _LOCALES[report.language])
    normal.element.get_or_add_rPr().append(language)
    cell = book.styles.add_style(_CELL, WD_STYLE_TYPE.PARAGRAPH)
    cell.base_style = normal
    cell.paragraph_format.space_before = cell.paragraph_format.space_after = Pt(1)


def _numbered(section: Any, report: Report) -> None:
    """Page numbers at the foot: a field of ours, no text of a user in it."""
    paragraph = section.footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    paragraph.add_run(f"{report.page} ")
    run = paragraph.add_run()
    for kind, content in (("begin", ""), ("", "PAGE"), ("end", "")):
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = content
        run._r.append(mark)


def _draw(book: Document, block: Any) -> None:
    match block:
        case Heading():
            if block.new_page:
                book.add_page_break()
            book.add_heading(_text(block.text), block.level)
        case Paragraph():
            book.add_paragraph().add_run(_text(block.text)).font.size = Pt(8.5 if block.small else 10)
        case Bullets():
            for item in block.items:
                book.add_paragraph(_text(item), style="List Bullet")
        case Table():
            _table(book, block)
        case Picture():
            _picture(book, block)
        case Signatures():
            table = book.add_table(rows=1, cols=len(block.columns), style="Table Grid")
            _fill(table.rows[0].cells, block.columns, 9, bold=True)
            for who in block.people:
                row = table.add_row()
                row.height = Cm(1.2)
                _fill(row.cells, (who,), 9)
        case _:
            raise TypeError(type(block).__name__)


def _table(book: Document, block: Table) -> None:
    if block.caption:
        book.add_paragraph(style="Caption").add_run(_text(block.caption))
    rows = [*block.rows, *([block.total] if block.total else [])]
    table = book.add_table(rows=1 + len(rows), cols=len(block.columns))
    _ruled(table)
    _shared_out(table, [column.share for column in block.columns])
    sides = [WD_ALIGN_PARAGRAPH.RIGHT if column.side == "right" else None for column in block.columns]
    size = 7.5 if block.small else 8.5
    # Row by row from the XML: python-docx looks a cell up by walking the whole table.
    for number, (row, texts) in enumerate(
        zip(table.rows, [tuple(c.title for c in block.columns), *rows], strict=True)
    ):
        _fill(row.cells, texts, size, sides, bold=number == 0 or bool(block.total and number == len(rows)))
    repeated = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(repeated)
    book.add_paragraph()


def _ruled(table: Any) -> None:
    """Thin grey lines between the rows and nothing else: readable in print, and little ink."""
    borders = OxmlElement("w:tblBorders")
    for side, size in (("top", "8"), ("bottom", "8"), ("insideH", "2")):
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", size), ("space", "0"), ("color", "808080")):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    table._tbl.tblPr.append(borders)


def _shared_out(table: Any, shares: list[float]) -> None:
    """Columns as wide as the report says; word processors read the widths of cells, too."""
    table.autofit = False
    widths = [Cm(_WIDTH * share / sum(shares)) for share in shares]
    for column, width in zip(table._tbl.tblGrid.gridCol_lst, widths, strict=True):
        column.w = width
    for row in table._tbl.tr_lst:
        for cell, width in zip(row.tc_lst, widths, strict=True):
            cell.width = width


def _fill(cells: Any, texts: Any, size: float, sides: Any = None, *, bold: bool = False) -> None:
    for position, (cell, text) in enumerate(zip(cells, texts, strict=False)):
        paragraph = cell.paragraphs[0]
        paragraph.style = _CELL
        run = paragraph.add_run(_text(text))
        run.font.size, run.bold = Pt(size), bold
        if sides and sides[position] is not None:
            paragraph.alignment = sides[position]


def _picture(book: Document, block: Picture) -> None:
    png = vl_convert.svg_to_png(block.svg, scale=_SCALE)
    width = min(block.share * _WIDTH, _HEIGHT / block.ratio)
    shape = book.add_picture(io.BytesIO(png), width=Cm(width))
    about = shape._inline.docPr
    about.set("descr", _text(block.alt))
    about.set("name", block.name)
    book.add_paragraph(style="Caption").add_run(_text(block.caption))

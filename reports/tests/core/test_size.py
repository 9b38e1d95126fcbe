"""The report of a state of 275 wards: small enough to mail, nothing beyond the margins, in both languages."""

import datetime as dt
import json

import pandas as pd
import pypdfium2
import pytest

from analysis.figures.charts import figure_specs
from analysis.headless import Inputs, compute
from analysis.synthetic import make_state, write_state
from reports.core.facts import Origin, Setting
from reports.core.language import LANGUAGES
from reports.core.ranking import Ranking, ranking_report
from reports.renderers.pdf import write_pdf
from reports.runs import _shown

WARDS = 275
MOST_BYTES = 3_000_000
# Points: A4 is 595 wide with margins of 2 cm = 56.7; the ink of a letter may stand a little over.
WIDTH, MARGIN, OVER = 595.3, 56.7, 3
LONG = "A name that goes on and on without an end " * 4 + "Ŋ" * 60


@pytest.fixture(scope="module")
def ranking(tmp_path_factory):
    table, boundaries = make_state(seed=7, wards=WARDS, lgas=21)
    found = compute(Inputs(*write_state((table, boundaries), tmp_path_factory.mktemp("state"))))
    result = found.result
    figures, drawn = {}, []
    for name, figure in figure_specs(result).items():
        if _shown(name):
            figures[name] = figure.svg()
            drawn.append({"name": name, "title": figure.title, "alt": figure.alt})
    summary = result.summary() | {
        "parameters": result.parameters, "figures": drawn, "pca": result.pca.as_dict(),
        "comparison": result.comparison.as_dict(),
    }  # fmt: skip
    wards = pd.DataFrame(result.wards.drop(columns="geometry"))
    wards.loc[3, "ward_name"] = LONG
    origin = Origin(
        "0" * 36, "risk", "", {}, summary, "0.1.0", dt.datetime(2026, 8, 1, tzinfo=dt.UTC), figures
    )
    return Ranking(origin, wards, len(result.models), result.imputation)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_small_and_keeps_its_margins(ranking, tmp_path, language):
    dataset = {"rows": WARDS, "accepted": WARDS, "review": 0, "unmatched_table": 0, "unmatched_boundaries": 0}
    setting = Setting("A session", dt.datetime(2026, 8, 2, tzinfo=dt.UTC), "0.1.0", dataset, 0, ())
    report = ranking_report(language, setting, ranking)
    (tmp_path / "setting").mkdir()
    path = write_pdf(report, tmp_path / "report.pdf", tmp_path / "setting")
    assert path.stat().st_size < MOST_BYTES
    pdf = pypdfium2.PdfDocument(path)
    pages = [rectangles(page) for page in pdf]
    pdf.close()
    assert 10 < len(pages) < 40
    for number, boxes in enumerate(pages, 1):
        beyond = [box for box in boxes if box[0] < MARGIN - OVER or box[2] > WIDTH - MARGIN + OVER]
        assert not beyond, (number, beyond)


def rectangles(page) -> list[tuple[float, float, float, float]]:
    texts = page.get_textpage()
    return [texts.get_rect(k) for k in range(texts.count_rects())]


def test_nothing_outside_its_folder_and_no_package_can_be_read(tmp_path):
    """What the template could do at worst: Typst itself refuses."""
    import typst

    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    for source in ('#read("../secret.txt")', '#read("/../secret.txt")'):
        (root / "main.typ").write_text(source)
        compiler = typst.Compiler(root / "main.typ", root=root, ignore_system_fonts=True)
        with pytest.raises(typst.TypstError):
            compiler.compile(format="pdf")


def test_the_template_imports_and_evaluates_nothing():
    from reports.renderers.pdf import TEMPLATE

    code = TEMPLATE.read_text()
    assert not [
        word for word in ("#import", "#include", "eval(", "read(", "plugin(", "@preview") if word in code
    ]
    assert json.dumps("report.json") in code

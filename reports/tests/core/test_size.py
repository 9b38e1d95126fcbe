"""Reports of a state of 275 wards: small enough to mail, nothing beyond the margins or too small, fonts embedded."""

import datetime as dt
import json
import math
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pypdfium2
import pypdfium2.raw as raw
import pytest

from analysis.figures.charts import figure_specs
from analysis.figures.map_svg import prepare
from analysis.headless import Inputs, compute
from analysis.synthetic import make_state, write_state
from itn.core.curves import coverage_by_rank, lorenz, stock_curve
from itn.core.plan import make_plan
from itn.core.settings import PlanSettings
from itn.figures.allocation import draw_allocation
from itn.figures.curves import coverage_chart, lorenz_chart, stock_chart
from itn.figures.difference import difference_map
from itn.selectors import MOST_COMPARED
from reports.core.comparison import comparison_report
from reports.core.facts import Origin, Setting
from reports.core.language import LANGUAGES
from reports.core.nets import Planned, nets_report
from reports.core.ranking import Ranking, ranking_report
from reports.renderers.pdf import write_pdf
from reports.runs import _shown

WARDS = 275
MOST_BYTES = 3_000_000
# The annex of twenty plans has every ward in four tables.
MOST_PAGES = 60
# Points: A4 is 595 wide with margins of 2 cm = 56.7; the ink of a letter may stand a little over.
WIDTH, HEIGHT, MARGIN, OVER = 595.3, 841.9, 56.7, 3
# Head and foot stand beyond the text; printers leave a centimetre. [pt]
EDGE, PAPER = 28.3, 250
# As small as the smallest print of a newspaper. [pt]
SMALLEST = 5.3
LONG = "A name that goes on and on without an end " * 4 + "Ŋ" * 60


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    table, boundaries = make_state(seed=7, wards=WARDS, lgas=21)
    return compute(Inputs(*write_state((table, boundaries), tmp_path_factory.mktemp("state")))).result


@pytest.fixture(scope="module")
def ranking(result):
    found = ranking_of(result)
    found.wards.loc[3, "ward_name"] = LONG
    return found


def ranking_of(result) -> Ranking:
    """A ranking with the figures that a worker draws for its report."""
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
    origin = Origin(
        "0" * 36, "risk", "", {}, summary, "0.1.0", dt.datetime(2026, 8, 1, tzinfo=dt.UTC), figures
    )
    return Ranking(origin, wards, len(result.models), result.imputation)


@pytest.fixture(scope="module")
def plans(result):
    """A plan by each strategy, as many as can be compared, with the figures that a worker draws."""
    wards = result.wards.rename(columns={"composite_rank": "rank", "composite_tier": "tier"})
    frame = pd.DataFrame(wards.drop(columns="geometry")).assign(population=range(9_000, 9_000 + len(wards)))
    frame["ward_name"] = frame["ward_name"].where(frame.index != 3, LONG)
    made = []
    for number in range(MOST_COMPARED):
        strategy = ("proportional", "sequential", "weighted")[number % 3]
        settings = PlanSettings(400_000 + 40_000 * number, strategy=strategy)
        made.append(planned(frame, settings, result.wards, drawn=number == 0))
    return made


def planned(frame, settings, shapes, *, drawn: bool) -> Planned:
    plan, source = (
        make_plan(frame, settings),
        "Population: column population of the ward table (2026); unknown: left out",
    )
    figures: dict[str, str] = {}
    more = settings.nets + 50_000
    curve = stock_curve(frame, settings, also=(more,)) if drawn else None
    if drawn:
        located = gpd.GeoDataFrame(plan.wards, geometry=shapes.geometry.array, crs=shapes.crs)
        drawing = prepare(located)
        for measure in ("coverage", "nets"):
            figures[f"map_{measure}"] = draw_allocation(
                located, plan.wards, measure, source=source, drawing=drawing
            )
        figures["curve_stock"] = stock_chart(curve, settings.nets, True, source)
        figures["curve_coverage"] = coverage_chart(coverage_by_rank(plan), source)
        figures["curve_lorenz"] = lorenz_chart(lorenz(plan), source)
    asked = {"risk": "1" * 36, "nets": settings.nets, "strategy": settings.strategy,
             "population": {"source": "column", "column": "population"}}  # fmt: skip
    summary = plan.summary() | {
        "settings": settings.as_dict(), "source": {"population": "", "population_year": "2026"}, "notes": [],
        "figures": [{"name": name, "title": "Nets by ward", "alt": name} for name in figures], "gini": 0.1,
        "curve": [] if curve is None else curve.to_dict("records"), "more_nets": more, "lgas": [], "split": None,
    }  # fmt: skip
    origin = Origin(
        "2" * 36, "itn_plan", f"{settings.nets:,} nets, {settings.strategy}", asked, summary, "0.1.0",
        dt.datetime(2026, 8, 1, tzinfo=dt.UTC), figures,
    )  # fmt: skip
    return Planned(origin, plan.wards)


def written(kind: str, language: str, ranking, plans):
    dataset = {"rows": WARDS, "accepted": WARDS, "review": 0, "unmatched_table": 0, "unmatched_boundaries": 0}
    setting = Setting("A session", dt.datetime(2026, 8, 2, tzinfo=dt.UTC), "0.1.0", dataset, 0, ())
    if kind == "ranking":
        return ranking_report(language, setting, ranking)
    if kind == "plan":
        return nets_report(language, setting, plans[0])
    first, second = (plan.wards.set_index("ward_code")["coverage_percent"] for plan in plans[:2])
    drawn = difference_map(
        plans[0].origin.figures["map_coverage"], (second - first).to_dict(), "From one to another"
    )
    return comparison_report(language, setting, plans, drawn)


@pytest.fixture(scope="module")
def pdf_of(ranking, plans, tmp_path_factory):
    made: dict[tuple[str, str], Path] = {}

    def pdf(kind: str, language: str) -> Path:
        if (kind, language) not in made:
            folder = tmp_path_factory.mktemp("setting")
            target = tmp_path_factory.mktemp("pdf") / "report.pdf"
            made[kind, language] = write_pdf(written(kind, language, ranking, plans), target, folder)
        return made[kind, language]

    return pdf


CASES = [(kind, language) for kind in ("ranking", "plan", "comparison") for language in LANGUAGES]


@pytest.mark.parametrize(("kind", "language"), CASES)
def test_it_is_small_and_every_font_is_embedded(pdf_of, kind, language):
    small_with_fonts(pdf_of(kind, language))


def small_with_fonts(path: Path) -> None:
    content = path.read_bytes()
    assert len(content) < MOST_BYTES
    described = re.findall(rb"/Type\s*/FontDescriptor.*?>>", content, re.DOTALL)
    assert described and all(re.search(rb"/FontFile[23]?\b", one) for one in described)


@pytest.mark.parametrize(("kind", "language"), CASES)
def test_texts_and_ink_keep_their_margins(pdf_of, kind, language):
    within_margins(pdf_of(kind, language))


def within_margins(path: Path) -> None:
    pdf = pypdfium2.PdfDocument(path)
    try:
        assert 5 < len(pdf) < MOST_PAGES
        for number, page in enumerate(pdf, 1):
            beyond = [
                box
                for box in rectangles(page)
                if box[0] < MARGIN - OVER
                or box[2] > WIDTH - MARGIN + OVER
                or box[1] < EDGE
                or box[3] > HEIGHT - EDGE
            ]
            assert not beyond, (number, beyond)
            # Lines, pictures and letters alike: what is darker than paper.
            ink = np.atleast_3d(page.render(scale=1, grayscale=True).to_numpy())[:, :, 0] < PAPER
            rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
            assert columns[0] >= MARGIN - OVER and columns[-1] <= WIDTH - MARGIN + OVER, number
            assert rows[0] >= EDGE and rows[-1] <= HEIGHT - EDGE, number
    finally:
        pdf.close()


@pytest.mark.parametrize(("kind", "language"), CASES)
def test_no_letter_is_too_small_to_read(pdf_of, kind, language):
    pdf = pypdfium2.PdfDocument(pdf_of(kind, language))
    try:
        sizes = [size for page in pdf for size in letter_sizes(page)]
    finally:
        pdf.close()
    assert len(sizes) > 5_000 and min(sizes) >= SMALLEST


@pytest.fixture(scope="module")
def niger(realdata):
    """The ranking of 275 real wards, by the variables of the published one."""
    asked = ["u5_tpr_rdt", "pfpr", "mean_rainfall", "housing_quality", "distance_to_water"]
    folder = realdata / "niger"
    inputs = Inputs(folder / "Niger_plus.csv", folder / "Niger_State.zip")
    return ranking_of(compute(inputs, variables=asked).result)


@pytest.mark.realdata
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_of_niger_is_small_within_its_margins_and_legible(niger, tmp_path, language):
    (tmp_path / "setting").mkdir()
    path = write_pdf(written("ranking", language, niger, []), tmp_path / "report.pdf", tmp_path / "setting")
    small_with_fonts(path)
    within_margins(path)
    pdf = pypdfium2.PdfDocument(path)
    try:
        text = "".join(page.get_textpage().get_text_range() for page in pdf)
        sizes = [size for page in pdf for size in letter_sizes(page)]
    finally:
        pdf.close()
    assert len(niger.wards) == 275 and min(sizes) >= SMALLEST
    assert ("Comment ce classement" if language == "fr" else "How this ranking was made") in text


def rectangles(page) -> list[tuple[float, float, float, float]]:
    texts = page.get_textpage()
    return [texts.get_rect(k) for k in range(texts.count_rects())]


def letter_sizes(page) -> list[float]:
    """The size of every letter as it stands on the page, inside pictures too. [pt]"""
    texts = page.get_textpage()
    matrix = raw.FS_MATRIX()
    return [
        raw.FPDFText_GetFontSize(texts, k) * math.hypot(matrix.c, matrix.d)
        for k in range(texts.count_chars())
        if raw.FPDFText_GetMatrix(texts, k, matrix) and chr(raw.FPDFText_GetUnicode(texts, k)).strip()
    ]


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

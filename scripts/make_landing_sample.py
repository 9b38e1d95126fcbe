"""Draw the sample on the landing page: the state of the demo session, ranked as the demo ranks it.

python scripts/make_landing_sample.py          write static/img/sample-map.svg and templates/landing/_sample.html
python scripts/make_landing_sample.py --check  fail if they are not what the analysis gives today
"""

import sys
import tempfile
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from analysis.core.pipeline import RiskResult  # noqa: E402
from analysis.figures.map_svg import draw_map  # noqa: E402
from analysis.figures.night import with_night  # noqa: E402
from analysis.headless import Inputs, compute  # noqa: E402
from analysis.synthetic import make_state, write_state  # noqa: E402

MAP = ROOT / "static" / "img" / "sample-map.svg"
WORDS = ROOT / "templates" / "landing" / "_sample.html"
LISTED = 5

# Names stay as they are; the sentences are translated, and their numbers stand outside them.
TEMPLATE = """{{% load i18n static %}}{{# Made by scripts/make_landing_sample.py. #}}
<figure class="sample">
  <img src="{{% static 'img/sample-map.svg' %}}" width="{width}" height="{height}" alt="{{% blocktranslate trimmed with wards={wards} %}}Map of {{{{ wards }}}} wards of a made-up state; the darkest have the highest risk.{{% endblocktranslate %}}">
  <figcaption><p><span class="stamp">{{% translate "Made-up data, real calculation." %}}</span> {{% blocktranslate trimmed with ranked={ranked} wards={wards} variables={variables} models={models} %}}{{{{ ranked }}}} of {{{{ wards }}}} wards ranked by {{{{ variables }}}} variables in {{{{ models }}}} models{{% endblocktranslate %}}{waiting}. {{% translate "The highest five:" %}}</p>
    <ol>{rows}</ol></figcaption>
</figure>
"""
WAITING = """; {{% blocktranslate trimmed count unranked={unranked} %}}{{{{ unranked }}}} waits for somebody to confirm its name{{% plural %}}{{{{ unranked }}}} wait for somebody to confirm their names{{% endblocktranslate %}}"""


def main() -> int:
    result = sample()
    svg = draw_map(
        result.wards,
        "composite_rank",
        kind="rank",
        label="Rank",
        title="Synthetic State",
        source="Made-up data",
    )
    made = {MAP: with_night(svg.encode()).decode() + "\n", WORDS: words(result, svg)}
    if "--check" in sys.argv[1:]:
        stale = [path.name for path, text in made.items() if not path.exists() or path.read_text() != text]
        print(
            f"Not up to date: {', '.join(stale)}. Run {Path(__file__).name}."
            if stale
            else "The landing sample is up to date."
        )
        return 1 if stale else 0
    for path, text in made.items():
        path.write_text(text)
    return 0


def sample() -> RiskResult:
    """The demo's own files, read and ranked; rows with a doubtful name stay out there, too."""
    with tempfile.TemporaryDirectory() as folder:
        table, boundaries = write_state(make_state(), Path(folder))
        return compute(Inputs(table, boundaries)).result


def words(result: RiskResult, svg: str) -> str:
    ranked = result.wards[result.wards["composite_rank"].notna()].sort_values("composite_rank")
    rows = "".join(
        f"<li>{escape(ward.ward_name)} <span>{escape(ward.lga_name)}</span></li>"
        for ward in ranked.head(LISTED).itertuples()
    )
    unranked = len(result.wards) - len(ranked)
    waiting = WAITING.format(unranked=unranked) if unranked else ""
    _, _, width, height = svg.split('viewBox="', 1)[1].split('"', 1)[0].split()
    return TEMPLATE.format(
        width=width, height=height, wards=len(result.wards), ranked=len(ranked),
        variables=len(result.parameters["variables"]), models=len(result.models), waiting=waiting, rows=rows,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())

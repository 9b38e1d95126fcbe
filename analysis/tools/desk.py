"""Where a tool works: one session of one owner, bound by the server before any tool is called."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_noop

from analysis import frames
from analysis.labels import unit_in, variable_label
from analysis.queries.execution import Limits, answer
from analysis.queries.query import TOTAL, Query
from sessions_app import kinds, selectors
from sessions_app.models import AnalysisResult, AnalysisSession, StoredFile, User
from sessions_app.problems import Problem

LABELS = {
    "ward_name": "Ward", "lga_name": "LGA", "ward_code": "Code", "composite_rank": "Rank", "composite_score": "Score",
    "composite_tier": "Tier", "pca_rank": "PCA rank", "rank_min": "Best rank", "rank_max": "Last rank",
    "share_top_third": "Share of models in the top third", "count": "Wards",
}  # fmt: skip
FORCED = gettext_noop("PCA rank, forced")
# What the summary of a ranking holds of each of its hundreds of models, many times as much as all else; no question is about it.
MODEL_FLAGS = "model_flags"
# Words of tables and facts that stand alone.
ALONE = (
    gettext_noop("cells"), gettext_noop("nets"), gettext_noop("people"), gettext_noop("persons"), gettext_noop("to"),
    gettext_noop("wards"), gettext_noop("yes"),
)  # fmt: skip
TEXTS = frozenset({"ward_name", "lga_name", "ward_code", "composite_tier", "variable", "place"})


@dataclass(frozen=True)
class Tool:
    """One thing that can be asked for. `run` takes a desk first; what a caller may say are the arguments after it."""

    name: str
    title: str
    run: Callable[..., Found]
    needs: str = ""


@dataclass(frozen=True)
class Found:
    """What a tool found, as data. Templates put it into words; no number is written anywhere else.

    `facts` feed the sentences, `columns` (key, title, unit, is a number) and `rows` the table, `links` and `pictures`
    the artefacts; `choices` are the readings between which a person has to decide, and `asking` names the argument
    that the decision is for.
    """

    say: str
    facts: dict[str, Any] = field(default_factory=dict)
    columns: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    links: list[dict[str, Any]] = field(default_factory=list)
    pictures: list[dict[str, Any]] = field(default_factory=list)
    choices: list[dict[str, Any]] = field(default_factory=list)
    asking: str = "code"

    def plain(self) -> dict[str, Any]:
        return dict(vars(self))


def started(result: AnalysisResult, title: str) -> dict[str, Any]:
    """A computation as an artefact: the turn shows how far it is, and later what came of it."""
    url = reverse(kinds.result_kind(result.kind).url_name, args=[result.session_id])
    return {"kind": "result", "title": title, "url": url, "result": str(result.pk)}


@dataclass(frozen=True)
class Ledger:
    """What exists in a session, the ranking, what it was made of, and where their tables are by result and name."""

    newest: selectors.Newest
    risk: AnalysisResult | None
    dataset: AnalysisResult | None
    tables: Mapping[tuple[uuid.UUID, str], StoredFile]


class Desk:
    """One session's rows and tables, read once per turn; nothing of it outlives the turn."""

    def __init__(self, by: User, session: AnalysisSession, limits: Limits, turn_key: str) -> None:
        self.by, self.session, self.limits, self.turn_key = by, session, limits, turn_key

    @cached_property
    def _ledger(self) -> Ledger:
        """Read together, as nearly every question needs all of it."""
        with transaction.atomic(savepoint=False):
            newest = selectors.newest_of(self.session)
            risk, matched = newest.succeeded.get("risk"), newest.succeeded.get("dataset")
            risk_id = risk.pk if risk else None
            dataset_id = uuid.UUID(str(risk.params["dataset"])) if risk else matched.pk if matched else None
            wanted = [one for one in (risk_id, dataset_id) if one]
            found = selectors.told_without(
                selectors.results_of(self.session).filter(pk__in=wanted), MODEL_FLAGS
            )
            tables = selectors.artifacts_named(found.values(), (frames.DATASET, frames.TABLE))
        return Ledger(newest, found.get(risk_id), found.get(dataset_id), tables)

    @property
    def newest(self) -> selectors.Newest:
        return self._ledger.newest

    def file(self, kind: str) -> StoredFile | None:
        return self.newest.files.get(kind)

    @property
    def risk(self) -> AnalysisResult | None:
        return self._ledger.risk

    @property
    def dataset(self) -> AnalysisResult | None:
        """What the ranking was made of; without a ranking the newest matched wards."""
        return self._ledger.dataset

    @cached_property
    def tpr(self) -> AnalysisResult | None:
        """The newest test positivity."""
        with transaction.atomic():
            return self._whole(self.newest.succeeded.get("tpr"))

    @cached_property
    def is_tpr_stale(self) -> bool:
        with transaction.atomic():
            return self.tpr is not None and selectors.stale(self.tpr, self.newest)

    def place_names(self) -> tuple[list[str], list[str]]:
        """The names of wards and LGAs: of the matched wards, else of the test positivity."""
        if self.dataset is not None:
            names = self.wards.select(["ward_name", "lga_name"]).to_pydict()
        elif self.tpr is not None:
            rows = frames.csv_rows(self.tpr, frames.WARDS_CSV)
            names = {name: [row[name] for row in rows] for name in ("ward_name", "lga_name")}
        else:
            return [], []
        return [name for name in names["ward_name"] if name], sorted(
            {name for name in names["lga_name"] if name}
        )

    def _whole(self, result: AnalysisResult | None) -> AnalysisResult | None:
        """The row with its summary, which lists of results leave out."""
        return selectors.results_of(self.session).get(pk=result.pk) if result else None

    @cached_property
    def is_stale(self) -> bool:
        with transaction.atomic():
            return self.risk is not None and selectors.stale(self.risk, self.newest)

    @cached_property
    def files(self) -> dict[str, StoredFile]:
        """The artefacts of the ranking by name."""
        if self.risk is None:
            return {}
        with transaction.atomic():
            return {file.name: file for file in selectors.artifacts_of(self.risk).defer("report")}

    def ranking(self) -> AnalysisResult:
        if self.risk is None:
            raise Problem(
                "result_not_finished", "There is no ranking yet.", fix="Run the risk analysis first."
            )
        return self.risk

    def matched(self) -> AnalysisResult:
        if self.dataset is None:
            raise Problem(
                "result_not_finished",
                "The wards are not matched yet.",
                fix="Upload both files and match the wards.",
            )
        return self.dataset

    @cached_property
    def wards(self) -> pa.Table:
        """One row per ward: the values as uploaded, gaps left open, and beside them what the ranking added."""
        file = pq.ParquetFile(io.BytesIO(self._artifact(self.matched(), frames.DATASET)))
        names = [name for name in file.schema_arrow.names if name != "geometry"]
        table = file.read(columns=names, use_threads=False).replace_schema_metadata()
        if self.risk is None:
            return table
        ranked = frames.wards_in(self._artifact(self.risk, frames.TABLE), self.risk)
        places = pc.index_in(table["ward_code"], ranked["ward_code"])
        for name in ranked.column_names:
            if name not in table.column_names:
                table = table.append_column(name, ranked[name].take(places))
        return table

    def _artifact(self, result: AnalysisResult, name: str) -> bytes:
        return frames.stored_bytes(self._ledger.tables.get((result.pk, name)), name)

    @cached_property
    def variables(self) -> list[str]:
        return [row["variable"] for row in self.matched().summary["variables"]]

    @cached_property
    def units(self) -> dict[str, str]:
        """The units that the values of this session fit, as its pages say them."""
        ranked = self.risk.summary.get("units", {}) if self.risk else {}
        matched = self.dataset.summary["variables"] if self.dataset else []
        return {row["variable"]: row["unit"] for row in matched} | ranked

    def unit(self, name: str) -> str:
        return unit_in({"units": self.units}, name)

    def columns_of(self, names: Sequence[str]) -> list[dict[str, Any]]:
        """How a table's columns are headed."""
        forced = self.risk is not None and self.risk.summary.get("pca_forced")
        return [
            {
                "key": name,
                "title": FORCED if name == "pca_rank" and forced else label_of(name),
                "unit": self.unit(name) if name not in LABELS else "",
                "number": name not in TEXTS,
            }
            for name in names
        ]

    def ask(self, query: Query) -> list[dict[str, Any]]:
        return answer(query, self.wards, tie_break="ward_code", limits=self.limits)

    def ask_with_total(self, query: Query) -> tuple[list[dict[str, Any]], int]:
        """The rows up to the limit, and how many there are without it: one question."""
        rows = self.ask(replace(query, total=True))
        totals = [row.pop(TOTAL) for row in rows]
        return rows, totals[0] if totals else 0


def label_of(name: str) -> str:
    """A column, or a function of one, in words: `mean(u5_tpr_rdt)` → Mean of Test positivity rate."""
    function, _, rest = name.partition("(")
    if rest.endswith(")") and function in AGGREGATES:
        return _aggregated(function, variable_label(rest[:-1]))
    return LABELS.get(name) or variable_label(name)


def _aggregated(function: str, label_words: str) -> str:
    return {
        "mean": f"Mean of {label_words}", "sum": f"Total of {label_words}", "median": f"Median of {label_words}",
        "min": f"Lowest value of {label_words}", "max": f"Highest value of {label_words}",
        "stddev": f"Spread of {label_words}", "count": f"Number of {label_words}",
    }[function]  # fmt: skip


AGGREGATES = ("mean", "sum", "median", "min", "max", "stddev", "count")

"""Computations: waited for as the server says, and what they found as tables, maps and files."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from chatmrpt_client import contract, downloads
from chatmrpt_client.errors import ComputationCancelled, ComputationFailed, NotFound, TookTooLong
from chatmrpt_client.rows import ComparisonRow, FileRow, ResultRow, WardsRow, read
from chatmrpt_client.transport import Transport, retry_after

if TYPE_CHECKING:
    import geopandas
    import pandas

WARDS_AT_ONCE = 2_000
OnStep = Callable[[float, str], None]
Kind = TypeVar("Kind", bound="Result")


class Result:
    """One computation. `row` is what the server told of it last."""

    def __init__(self, transport: Transport, row: ResultRow) -> None:
        self._transport = transport
        self.row = row

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.kind} {self.row.status} {self.id}>"

    @property
    def id(self) -> str:
        """Its id, for other computations that build on it."""
        return self.row.id

    @property
    def kind(self) -> str:
        """What was computed: dataset, risk, tpr, itn_plan, report …"""
        return self.row.kind

    @property
    def summary(self) -> dict[str, Any]:
        """What it found, in numbers; empty until it has succeeded."""
        return self.row.summary

    @property
    def files(self) -> dict[str, FileRow]:
        """The files that it left, by name."""
        return self.row.files

    def refresh(self) -> Self:
        """Ask the server how it stands."""
        self._ask()
        return self

    def wait(self, on_step: OnStep | None = None, *, timeout: float = 3_600.0) -> Self:
        """Wait until it has succeeded, asking as often as the server says.

        Parameters
        ----------
        on_step : callable, optional
            Called with percentage and step, whenever one of them has changed.
        timeout : float
            Seconds after which `TookTooLong` is raised; the computation goes on.

        Raises
        ------
        ComputationFailed, ComputationCancelled, TookTooLong
        """
        end, told = time.monotonic() + timeout, (-1.0, "")
        while True:
            wished = self._ask()
            now = (float(self.row.progress["percent"]), str(self.row.progress["step"]))
            if on_step is not None and now != told:
                on_step(*now)
            told = now
            if self.row.is_final:
                return self._ended()
            seconds = wished or 1.0
            if time.monotonic() + seconds > end:
                raise TookTooLong(
                    f"{self.kind} is {self.row.status} at {now[0]:.0f} % after {timeout:.0f} s."
                )
            self._transport.pause(seconds)

    def cancel(self) -> Self:
        """Ask to stop; a running computation stops at its next step."""
        self._transport.call(contract.CANCEL_RESULT, result_id=self.id)
        return self.refresh()

    def ward_rows(self, *, ordering: str = "", lga: str = "", search: str = "") -> Iterator[dict[str, Any]]:
        """Yield the wards, page by page; a missing value is None."""
        asked = {
            name: value for name, value in (("ordering", ordering), ("lga", lga), ("search", search)) if value
        }
        offset, count = 0, 1
        while offset < count:
            query = {**asked, "limit": WARDS_AT_ONCE, "offset": offset}
            page = read(WardsRow, self._transport.call(contract.WARDS, query=query, result_id=self.id).json())
            yield from page.results
            offset, count = offset + WARDS_AT_ONCE, page.count

    def wards(self, **asked: str) -> pandas.DataFrame:
        """Return the wards as a DataFrame, one row each; a missing value is missing. Needs pandas."""
        import pandas

        return pandas.DataFrame(list(self.ward_rows(**asked)))

    def map_geojson(self) -> dict[str, Any]:
        """Return the map of a ranking as GeoJSON: simplified shapes with scores, ranks, tiers and variables."""
        answer: dict[str, Any] = self._transport.call(contract.MAP, result_id=self.id).json()
        return answer

    def map(self) -> geopandas.GeoDataFrame:
        """Return the map of a ranking as a GeoDataFrame in WGS 84. Needs geopandas."""
        import geopandas

        return geopandas.GeoDataFrame.from_features(self.map_geojson()["features"], crs="EPSG:4326")

    def chart(self, path: str | Path, *, form: str = "svg", **asked: str) -> Path:
        """Write a chart of a ranking to a file.

        Parameters
        ----------
        form : str
            ``svg``, ``png``, or ``csv`` for the numbers in it.
        **asked : str
            ``chart`` (``histogram``, ``scatter``, ``bars``, ``boxes`` or ``urban``), ``x``, ``y``, ``by``, ``order``,
            ``urban_from``; see the API.
        """
        answer = self._transport.call(contract.CHART, query=asked | {"as": form}, result_id=self.id)
        target = Path(path)
        target.write_bytes(answer.content)
        return target

    def download(self, name: str, path: str | Path, *, as_png: bool = False) -> Path:
        """Write one of its files to a path or into a folder; a figure can be had as PNG."""
        if name not in self.files:
            told = {
                "code": "not_found",
                "title": "The result has no such file",
                "examples": sorted(self.files),
            }
            raise NotFound(404, told | {"detail": f"It left {', '.join(sorted(self.files))}."})
        return downloads.save(self._transport, self.files[name], path, as_png=as_png)

    def download_all(self, folder: str | Path) -> list[Path]:
        """Write all its files into a folder, which is made if it is not there."""
        Path(folder).mkdir(parents=True, exist_ok=True)
        return [self.download(name, folder) for name in self.files]

    def _ask(self) -> float | None:
        answer = self._transport.call(contract.RESULT, result_id=self.id)
        self.row = read(ResultRow, answer.json())
        return retry_after(answer)

    def _ended(self) -> Self:
        if self.row.status == "cancelled":
            raise ComputationCancelled(f"{self.kind} {self.id} was cancelled.")
        if self.row.status == "failed":
            raise ComputationFailed(self.row.error or {})
        return self


class Dataset(Result):
    """Matched wards: which row of the ward table is which ward of the map, and what waits for a person's word."""

    def review(self) -> pandas.DataFrame:
        """Return the rows that were joined by likeness and wait to be confirmed. Needs pandas."""
        import pandas

        return pandas.DataFrame(self.summary["review_rows"])

    def unmatched(self) -> pandas.DataFrame:
        """Return the rows that found no ward. Needs pandas."""
        import pandas

        return pandas.DataFrame(self.summary["unmatched_rows"])

    def confirm(self, pairs: Mapping[int, str | None]) -> Dataset:
        """Ask for the match again with decisions: table row to ward code, or to None for "none of these"."""
        kept = {pair["table_row"]: pair["ward_code"] for pair in self.row.params.get("confirmed", [])}
        decided = [{"table_row": row, "ward_code": code} for row, code in sorted({**kept, **pairs}.items())]
        params = json.loads(json.dumps(self.row.params)) | {"confirmed": decided}
        params.pop("known_names", None)
        return request(self._transport, self.row.session, "dataset", params, Dataset)


class PlanComparison:
    """Net plans of the same wards side by side. `row` is what the server told."""

    def __init__(self, row: ComparisonRow) -> None:
        self.row = row

    def __repr__(self) -> str:
        return f"<PlanComparison of {len(self.row.plans)} plans>"

    def plans(self) -> pandas.DataFrame:
        """Return a row per plan: nets, people covered, coverage, costs in its own currency, a solver's gap. Needs pandas."""
        import pandas

        return pandas.DataFrame(self.row.plans)

    def changes(self) -> pandas.DataFrame:
        """Return the wards whose nets change from the first plan to the second, the largest changes first. Needs pandas."""
        import pandas

        return pandas.DataFrame(self.row.changes)

    def lgas(self) -> pandas.DataFrame:
        """Return the coverage of each LGA in each plan, a column per plan, named by its id. Needs pandas. [% of people]"""
        import pandas

        names = [plan["id"] for plan in self.row.plans]
        rows = [
            {"lga_name": lga["lga_name"], **dict(zip(names, lga["coverage"], strict=True))}
            for lga in self.row.lgas
        ]
        return pandas.DataFrame(rows, columns=["lga_name", *names])


def request(
    transport: Transport, session_id: str, kind: str, params: Mapping[str, Any], wanted: type[Kind]
) -> Kind:
    """Ask for a computation. The key sent along makes a repeated request the same one."""
    answer = transport.call(
        contract.REQUEST_RESULT,
        json={"kind": kind, "params": dict(params)},
        headers={"Idempotency-Key": str(uuid.uuid4())},
        session_id=session_id,
    )
    return wanted(transport, read(ResultRow, answer.json()))

"""A line of work: its files, its computations, its conversations."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from chatmrpt_client import contract, downloads, uploads
from chatmrpt_client.contract import Operation
from chatmrpt_client.conversations import Conversation
from chatmrpt_client.results import Dataset, PlanComparison, Result, request
from chatmrpt_client.rows import (
    ComparisonRow,
    ConversationRow,
    FileRow,
    LoginRow,
    PageRow,
    ResultRow,
    SessionRow,
    read,
)
from chatmrpt_client.transport import Transport

IN_PARTS_ABOVE = 1 << 20
FileOrPath = FileRow | str | Path


class Session:
    """One session of the account. `row` is what the server told of it last."""

    def __init__(self, transport: Transport, row: SessionRow) -> None:
        self._transport = transport
        self.row = row

    def __repr__(self) -> str:
        return f"<Session {self.row.name!r} {self.id}>"

    @property
    def id(self) -> str:
        """Its id, as in the addresses of its pages."""
        return self.row.id

    def rename(self, name: str, note: str | None = None) -> None:
        """Give it another name, and another note if one is given."""
        sent = {"name": name} | ({} if note is None else {"note": note})
        self.row = read(SessionRow, self._call(contract.CHANGE_SESSION, json=sent).json())

    def delete(self) -> None:
        """Delete it with its files and results, for good."""
        self._call(contract.DELETE_SESSION)

    # Files

    def upload(
        self,
        path: str | Path,
        kind: str,
        *,
        on_progress: uploads.OnProgress | None = None,
        in_parts: bool | None = None,
        sheet: str = "",
        layer: str = "",
    ) -> FileRow:
        """Send a file; it is checked on arrival, and one that can't be read is refused and not kept.

        Parameters
        ----------
        kind : str
            ``ward_table``, ``boundaries``, ``facilities``, ``facility_register``, ``registration`` or ``raster``.
        on_progress : callable, optional
            Called with the bytes that have arrived and those of the whole file, for files in parts.
        in_parts : bool, optional
            By default files above 1 MiB go in parts: after a broken link the same call goes on where it stopped.
        sheet, layer : str, optional
            Which sheet of a workbook or layer of a map file is meant; one of several is refused with their names
            until you say.
        """
        file = Path(path)
        named = {name: value for name, value in (("sheet", sheet), ("layer", layer)) if value}
        if in_parts if in_parts is not None else file.stat().st_size > IN_PARTS_ABOVE:
            return uploads.send_in_parts(self._transport, self.id, file, kind, named, on_progress)
        return uploads.send_whole(self._transport, self.id, file, kind, named)

    def read_again(self, file: FileRow, *, sheet: str = "", layer: str = "") -> FileRow:
        """Return the same upload as another file, read by another sheet or layer; nothing is sent again."""
        named = {name: value for name, value in (("sheet", sheet), ("layer", layer)) if value}
        return uploads.name_again(self._transport, self.id, file, named)

    def files(self) -> list[FileRow]:
        """Return the uploads, newest first; without their reports."""
        return [read(FileRow, one) for one in pages(self._transport, contract.FILES, session_id=self.id)]

    def file(self, file_id: str) -> FileRow:
        """Return one upload with its report."""
        return read(FileRow, self._transport.call(contract.FILE, file_id=file_id).json())

    def delete_file(self, file: FileRow, *, confirm: bool = False) -> None:
        """Delete an upload; one that results were computed from only with `confirm`."""
        query = {"confirm": "true"} if confirm else {}
        self._transport.call(contract.DELETE_FILE, query=query, file_id=file.id)

    def download(self, file: FileRow, path: str | Path) -> Path:
        """Write an upload to a path or into a folder."""
        return downloads.save(self._transport, file, path)

    # Computations

    def run(self, kind: str, **params: Any) -> Result:
        """Ask for any kind of computation, with its parameters as the API's documentation names them."""
        return request(self._transport, self.id, kind, _ids(params), Result)

    def results(self) -> list[Result]:
        """Return the computations, newest first; without their summaries until they are refreshed."""
        found = pages(self._transport, contract.RESULTS, session_id=self.id)
        return [Result(self._transport, read(ResultRow, one)) for one in found]

    def result(self, result_id: str) -> Result:
        """Return one computation by its id."""
        row = read(ResultRow, self._transport.call(contract.RESULT, result_id=result_id).json())
        kind = Dataset if row.kind == "dataset" else Result
        return kind(self._transport, row)

    def match(self, ward_table: FileOrPath, boundaries: FileOrPath, **params: Any) -> Dataset:
        """Match the rows of a ward table with the wards of a map; paths are uploaded first."""
        files = {"ward_table": ward_table, "boundaries": boundaries}
        stored = {kind: self._stored(file, kind) for kind, file in files.items()}
        return request(self._transport, self.id, "dataset", _ids({**stored, **params}), Dataset)

    def test_positivity(self, facilities: FileOrPath, boundaries: FileOrPath, **params: Any) -> Result:
        """Compute the test positivity of wards from facility reports; paths are uploaded first.

        `params`: ``age_group``, ``level``, ``method``, ``period`` and others of the kind ``tpr``.
        """
        files = {"facilities": facilities, "boundaries": boundaries}
        stored = {kind: self._stored(file, kind) for kind, file in files.items()}
        return request(self._transport, self.id, "tpr", _ids({**stored, **params}), Result)

    def rank(self, dataset: Dataset, variables: Sequence[str] | None = None, **params: Any) -> Result:
        """Rank the wards by risk; without `variables` the server chooses, and says why."""
        chosen = {} if variables is None else {"variables": list(variables)}
        return request(
            self._transport, self.id, "risk", _ids({"dataset": dataset, **chosen, **params}), Result
        )

    def plan_nets(self, ranking: Result, nets: int, population: Mapping[str, Any], **params: Any) -> Result:
        """Share a stock of nets among the ranked wards.

        `population`: where the people come from, such as ``{"source": "column", "column": "population"}``.
        """
        asked = {"risk": ranking, "nets": nets, "population": dict(population), **params}
        return request(self._transport, self.id, "itn_plan", _ids(asked), Result)

    def compare_plans(
        self,
        plans: Sequence[Result],
        *,
        first: Result | None = None,
        second: Result | None = None,
        changes: int = 10_000,
    ) -> PlanComparison:
        """Set stored plans of the same wards side by side.

        Parameters
        ----------
        plans : sequence of Result
            2 to 20 plans.
        first, second : Result, optional
            From which to which of them changes are told; the first two if not given.
        changes : int
            At most so many wards, the largest changes first.
        """
        sides = {name: plan.id for name, plan in (("first", first), ("second", second)) if plan is not None}
        query = {"plan": [plan.id for plan in plans], "changes": changes, **sides}
        return PlanComparison(read(ComparisonRow, self._call(contract.COMPARE_PLANS, query=query).json()))

    def report(
        self, of: Result, *, formats: Sequence[str] = ("pdf",), language: str = "en", **params: Any
    ) -> Result:
        """Write a report of a ranking or a plan: pdf, docx, html, package."""
        asked = {"of": of, "formats": list(formats), "language": language, **params}
        return request(self._transport, self.id, "report", _ids(asked), Result)

    # DHIS2

    def connect_dhis2(
        self, address: str, *, token: str = "", user_name: str = "", password: str = ""
    ) -> LoginRow:
        """Hand over how to sign in to a DHIS2. The server keeps it sealed until the import has succeeded."""
        given = {"token": token, "user_name": user_name, "password": password}
        sent = {"address": address} | {name: value for name, value in given.items() if value}
        return read(LoginRow, self._call(contract.KEEP_DHIS2_LOGIN, json=sent).json())

    def look_at_dhis2(self, login: LoginRow) -> Result:
        """Ask what a DHIS2 has to choose from: areas, levels, data elements, in the summary."""
        return self.run("dhis2_look", login=login)

    def import_dhis2(self, login: LoginRow, org_unit: str, first: str, last: str, **params: Any) -> Result:
        """Bring the facility reports of an area in, from a first to a last month such as ``2024-03``."""
        return self.run("dhis2_import", login=login, org_unit=org_unit, first=first, last=last, **params)

    # Questions

    def conversation(self) -> Conversation:
        """Start a new conversation."""
        key = {"Idempotency-Key": str(uuid.uuid4())}
        answer = self._call(contract.START_CONVERSATION, headers=key)
        return Conversation(self._transport, read(ConversationRow, answer.json()))

    def conversations(self) -> list[Conversation]:
        """Return the conversations, newest first."""
        found = pages(self._transport, contract.CONVERSATIONS, session_id=self.id)
        return [Conversation(self._transport, read(ConversationRow, one)) for one in found]

    def _stored(self, file: FileOrPath, kind: str) -> FileRow:
        return file if isinstance(file, FileRow) else self.upload(file, kind)

    def _call(self, operation: Operation, **sent: Any) -> Any:
        return self._transport.call(operation, session_id=self.id, **sent)


def pages(transport: Transport, operation: Operation, **places: Any) -> Iterator[dict[str, Any]]:
    """Yield every row of a list, page by page. Only the cursor of the next page's address is used."""
    query: dict[str, Any] = {"limit": 200}
    while True:
        page = read(PageRow, transport.call(operation, query=query, **places).json())
        yield from page.results
        if page.next is None:
            return
        query = {"limit": 200, "cursor": parse_qs(urlsplit(page.next).query)["cursor"][0]}


def _ids(params: Mapping[str, Any]) -> dict[str, Any]:
    """Rows and results stand for their ids."""
    return {name: _id(value) for name, value in params.items()}


def _id(value: Any) -> Any:
    if isinstance(value, (Result, FileRow, LoginRow)):
        return value.id
    if isinstance(value, (list, tuple)):
        return [_id(one) for one in value]
    return value

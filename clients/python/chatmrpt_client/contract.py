"""Every operation of the API that this package uses, with all that it sends and reads. A test holds it against the schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chatmrpt_client import rows


@dataclass(frozen=True)
class Operation:
    """One method of one path.

    `sends`: fields of the JSON body or form; `query`, `headers`: what may stand there; `reads`: the kind of row that is
    read of the answer, `items` that of each of its results. `repeatable`: doing it twice does what doing it once does.
    """

    method: str
    path: str
    sends: tuple[str, ...] = ()
    query: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    reads: type[Any] | None = None
    items: type[Any] | None = None
    content: str = "application/json"
    repeatable: bool = False

    def address(self, places: Mapping[str, object]) -> str:
        """Return the path with ids in their places."""
        return self.path.format(**places)


SIGN_IN = Operation("POST", "/api/token/", sends=("email", "password"), reads=rows.PairRow)
# Never repeated: a refresh token that is used twice ends the sign-in.
REFRESH = Operation("POST", "/api/token/refresh/", sends=("refresh",), reads=rows.PairRow)
SIGN_OUT = Operation("POST", "/api/token/revoke/", sends=("refresh",), repeatable=True)

SESSIONS = Operation(
    "GET",
    "/api/sessions/",
    query=("cursor", "limit"),
    reads=rows.PageRow,
    items=rows.SessionRow,
    repeatable=True,
)
CREATE_SESSION = Operation("POST", "/api/sessions/", sends=("name", "note"), reads=rows.SessionRow)
SESSION = Operation("GET", "/api/sessions/{session_id}/", reads=rows.SessionRow, repeatable=True)
CHANGE_SESSION = Operation(
    "PATCH", "/api/sessions/{session_id}/", sends=("name", "note"), reads=rows.SessionRow, repeatable=True
)
DELETE_SESSION = Operation("DELETE", "/api/sessions/{session_id}/", repeatable=True)

FILES = Operation(
    "GET", "/api/sessions/{session_id}/files/", query=("cursor", "limit"), reads=rows.PageRow, items=rows.FileRow,
    repeatable=True,
)  # fmt: skip
UPLOAD = Operation(
    "POST",
    "/api/sessions/{session_id}/files/",
    sends=("file", "kind", "sheet", "layer", "again"),
    reads=rows.FileRow,
    content="multipart/form-data",
)
FILE = Operation("GET", "/api/files/{file_id}/", reads=rows.FileRow, repeatable=True)
DELETE_FILE = Operation("DELETE", "/api/files/{file_id}/", query=("confirm",), repeatable=True)
DOWNLOAD = Operation("GET", "/api/files/{file_id}/download/", query=("as",), repeatable=True)

BEGIN_UPLOAD = Operation(
    "POST", "/api/sessions/{session_id}/uploads/", sends=("kind", "name", "size_bytes", "head_sha256"),
    reads=rows.UploadRow, repeatable=True,
)  # fmt: skip
PUT_PART = Operation(
    "PUT", "/api/uploads/{upload_id}/parts/{number}/", headers=("Content-Digest",), reads=rows.PartRow,
    content="application/octet-stream", repeatable=True,
)  # fmt: skip
FINISH_UPLOAD = Operation(
    "POST",
    "/api/uploads/{upload_id}/finish/",
    sends=("parts_sha256", "sheet", "layer"),
    reads=rows.FileRow,
    repeatable=True,
)

RESULTS = Operation(
    "GET", "/api/sessions/{session_id}/results/", query=("cursor", "limit"), reads=rows.PageRow, items=rows.ResultRow,
    repeatable=True,
)  # fmt: skip
# Repeatable by the key that is sent along.
REQUEST_RESULT = Operation(
    "POST", "/api/sessions/{session_id}/results/", sends=("kind", "params"), headers=("Idempotency-Key",),
    reads=rows.ResultRow, repeatable=True,
)  # fmt: skip
RESULT = Operation("GET", "/api/results/{result_id}/", reads=rows.ResultRow, repeatable=True)
CANCEL_RESULT = Operation("POST", "/api/results/{result_id}/cancel/", reads=None)
WARDS = Operation(
    "GET", "/api/results/{result_id}/wards/", query=("ordering", "lga", "search", "limit", "offset"),
    reads=rows.WardsRow, repeatable=True,
)  # fmt: skip
MAP = Operation("GET", "/api/results/{result_id}/map.geojson", repeatable=True)
CHART = Operation(
    "GET",
    "/api/results/{result_id}/chart/",
    query=("chart", "x", "y", "by", "order", "urban_from", "as"),
    repeatable=True,
)
COMPARE_PLANS = Operation(
    "GET", "/api/sessions/{session_id}/plans/compare/", query=("plan", "first", "second", "changes"),
    reads=rows.ComparisonRow, repeatable=True,
)  # fmt: skip

CONVERSATIONS = Operation(
    "GET", "/api/sessions/{session_id}/conversations/", query=("cursor", "limit"), reads=rows.PageRow,
    items=rows.ConversationRow, repeatable=True,
)  # fmt: skip
START_CONVERSATION = Operation(
    "POST", "/api/sessions/{session_id}/conversations/", headers=("Idempotency-Key",), reads=rows.ConversationRow,
    repeatable=True,
)  # fmt: skip
ASK = Operation(
    "POST", "/api/conversations/{conversation_id}/turns/", sends=("text",), headers=("Idempotency-Key",),
    reads=rows.TurnRow, repeatable=True,
)  # fmt: skip
TURN = Operation("GET", "/api/turns/{turn_id}/", reads=rows.TurnRow, repeatable=True)

KEEP_DHIS2_LOGIN = Operation(
    "POST", "/api/sessions/{session_id}/dhis2-logins/", sends=("address", "token", "user_name", "password"),
    reads=rows.LoginRow, repeatable=True,
)  # fmt: skip

ALL = tuple(value for value in dict(globals()).values() if isinstance(value, Operation))

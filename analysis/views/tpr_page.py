"""What the pages of one finished run of test positivity share."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from sessions_app import selectors
from sessions_app.models import AnalysisResult, StoredFile
from sessions_app.session_frame import session_frame
from sessions_app.views import own_result


@dataclass(frozen=True)
class Opened:
    """A finished run with its artefacts by name. Reads rows, so it is made and framed in a transaction."""

    result: AnalysisResult
    newest: selectors.Newest
    files: dict[str, StoredFile]

    def frame(self) -> dict[str, Any]:
        """The context that its pages begin with."""
        return session_frame(self.result.session, "tpr", self.newest) | {
            "result": self.result,
            "stale": selectors.stale(self.result, self.newest),
        }


def opened(request: HttpRequest, session_id: uuid.UUID, result_id: uuid.UUID) -> Opened | None:
    """The reader's own run; None for another kind of result, or one that is not finished: there is no page of it."""
    result = own_result(request, session_id, result_id)
    newest = selectors.newest_of(result.session)
    if result.kind != "tpr" or result.status != AnalysisResult.Status.SUCCEEDED:
        return None
    files = {file.name: file for file in selectors.artifacts_of(result).defer("report")}
    return Opened(result, newest, files)

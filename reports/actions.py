"""Asking for a report: the one way for the page and whatever else wants one."""

import uuid
from collections.abc import Sequence

from reports.params import FORMATS
from sessions_app import actions
from sessions_app.models import AnalysisResult, AnalysisSession, User


def request_report(
    *,
    by: User,
    session: AnalysisSession,
    of: uuid.UUID | str,
    against: Sequence[uuid.UUID | str] = (),
    language: str = "en",
    formats: Sequence[str] = FORMATS,
    idempotency_key: str = "",
) -> AnalysisResult:
    """Enter a report into the ledger; a worker writes it.

    `of` is the id of a finished ranking or plan of this session; with `against`, ids of other plans, the report sets
    them side by side. Raises the ValidationError or Problem of `request_result`.
    """
    params = {
        "of": str(of),
        "language": language,
        "formats": list(formats),
        **({"against": [str(one) for one in against]} if against else {}),
    }
    return actions.request_result(
        by=by, session=session, kind="report", params=params, idempotency_key=idempotency_key
    )

"""The demonstration session: a made-up state, uploaded, matched and ranked through the same actions as anybody's data."""

import uuid
from pathlib import Path

from django.core.files import File
from django.db import transaction

from sessions_app import actions, jobs
from sessions_app.isolation.scope import scope
from sessions_app.isolation.tempfolders import temp_folder
from sessions_app.models import AnalysisResult, AnalysisSession, User

NAME = "Demo: a made-up state"
FACILITIES_NAME = "Demo: from facility reports"
FACILITIES_NOTE = "Synthetic data: a damaged DHIS2 export of made-up facilities, and the wards they are in."
FACILITY_WARDS, MONTHS = 40, 40
NOTE = "Synthetic data: the wards, their shapes and all values were generated and describe no real place."


def fill(*, by: User, ranking_here: bool = False) -> AnalysisSession:
    """Make the demo session of a user.

    The match is computed at once. The ranking is left to the workers, unless `ranking_here`. Call it outside a
    transaction.
    """
    with scope(by.pk):
        session = actions.create_session(by=by, name=NAME, note=NOTE, is_demo=True)
        dataset = _match(by, session)
        ranking = actions.request_result(
            by=by,
            session=session,
            kind="risk",
            params={"dataset": str(dataset.pk)},
            publish=not ranking_here,
        )
        if ranking_here:
            _finish(by, ranking.pk)
    return session


def fill_facilities(*, by: User) -> AnalysisSession:
    """Make a session that begins with facility reports; workers compute its test positivity, so it costs little here."""
    from analysis.synthetic import make_state, write_state
    from analysis.synthetic_dhis2 import make_export, make_truth, write_export

    with scope(by.pk):
        session = actions.create_session(by=by, name=FACILITIES_NAME, note=FACILITIES_NOTE, is_demo=True)
        with temp_folder(by.pk, session.pk) as folder:
            state = make_state(seed=3, wards=FACILITY_WARDS, lgas=5)
            boundaries = write_state(state, folder)[1]
            export = make_export(make_truth(state[1], months=MONTHS, per_ward=2.0), "B")
            files = {
                "facilities": _store(by, session, "facilities", write_export(export, folder / "reports.csv")),
                "boundaries": _store(by, session, "boundaries", boundaries),
            }
        actions.request_result(by=by, session=session, kind="tpr", params=files)
    return session


def _match(by: User, session: AnalysisSession) -> AnalysisResult:
    files = _upload(by, session)
    dataset = actions.request_result(by=by, session=session, kind="dataset", params=files, publish=False)
    return _finish(by, dataset.pk)


def _upload(by: User, session: AnalysisSession) -> dict[str, str]:
    # Readers and writers are heavy and no other page needs them.
    from analysis.synthetic import make_state, write_state

    with temp_folder(by.pk, session.pk) as folder:
        table, boundaries = write_state(make_state(), folder)
        return {
            "ward_table": _store(by, session, "ward_table", table),
            "boundaries": _store(by, session, "boundaries", boundaries),
        }


def _store(by: User, session: AnalysisSession, kind: str, path: Path) -> str:
    with path.open("rb") as handle:
        upload = File(handle, name=path.name)
        return str(actions.store_file(by=by, session=session, kind=kind, upload=upload).pk)


def _finish(by: User, result_id: uuid.UUID) -> AnalysisResult:
    """Compute a result here and now; what the demo is made of must succeed."""
    jobs.run_here(by.pk, result_id)
    with transaction.atomic():
        result = AnalysisResult.objects.get(pk=result_id)
    if result.status != AnalysisResult.Status.SUCCEEDED:
        raise RuntimeError(f"the demo's {result.kind} has {result.status}: {result.error.get('detail', '')}")
    return result

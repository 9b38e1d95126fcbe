"""What DHIS2 adds to the ledger: asking a server what it has, and importing facility reports from it."""

from django.utils.translation import gettext_noop

from analysis.dhis2.steps import LOOK_STEPS, STEPS
from sessions_app.kinds import ResultKind

LOOK = ResultKind(
    name="dhis2_look",
    label=gettext_noop("DHIS2 server"),
    params="analysis.dhis2.params.LookParams",
    run="analysis.dhis2.runs.run_look",
    steps=LOOK_STEPS,
    url_name="session_dhis2",
    fetches=True,
)

IMPORT = ResultKind(
    name="dhis2_import",
    label=gettext_noop("Import from DHIS2"),
    params="analysis.dhis2.params.ImportParams",
    run="analysis.dhis2.runs.run_import",
    steps=STEPS,
    url_name="session_dhis2",
    fetches=True,
)

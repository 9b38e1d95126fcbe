"""What reporting adds to the ledger: a report of a ranking, of a plan, or of plans side by side."""

from django.utils.translation import gettext_noop

from sessions_app.kinds import ResultKind

REPORT = ResultKind(
    name="report",
    label=gettext_noop("Report"),
    params="reports.params.ReportParams",
    run="reports.runs.run_report",
    steps=(
        ("read", gettext_noop("Reading the results")),
        ("write", gettext_noop("Writing the report")),
        ("pdf", gettext_noop("Setting the PDF")),
        ("word", gettext_noop("Writing the Word document")),
        ("package", gettext_noop("Packing the data")),
    ),
    describes=True,
    url_name="session_reports",
)

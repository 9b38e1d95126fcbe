"""What a client may ask of a report."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from itn.selectors import MOST_COMPARED
from reports.core.language import LANGUAGES
from sessions_app.models import AnalysisResult, AnalysisSession
from sessions_app.params import ParentField, StrictSerializer

KINDS = ("risk", "itn_plan")
FORMATS = ("pdf", "docx", "html", "package")
MOST_AGAINST = MOST_COMPARED - 1


class DescribedField(ParentField):
    """A finished ranking or plan of the session."""

    def __init__(self, **options: Any) -> None:
        super().__init__(kind="finished", **options)

    def rows(self, session: AnalysisSession) -> Any:
        return AnalysisResult.objects.filter(session_id=session.pk, kind__in=KINDS)


class ReportParams(StrictSerializer):
    """`of` is what the report is about; with `against` it sets plans side by side, `of` the first of them."""

    of = DescribedField()
    against = serializers.ListField(child=DescribedField(), required=False, max_length=MOST_AGAINST)
    language = serializers.ChoiceField(choices=LANGUAGES, default=LANGUAGES[0])
    formats = serializers.ListField(
        child=serializers.ChoiceField(choices=FORMATS),
        default=list(FORMATS),
        min_length=1,
        max_length=len(FORMATS),
    )

    def validate(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        chosen = [params["of"], *params.get("against", ())]
        if len(chosen) > 1 and any(result.kind != "itn_plan" for result in chosen):
            raise serializers.ValidationError({"against": ["Only net plans can be set side by side."]})
        if len({result.pk for result in chosen}) < len(chosen):
            raise serializers.ValidationError({"against": ["A plan is named twice."]})
        formats = [name for name in FORMATS if name in params["formats"]]
        return {**params, "formats": formats}

"""Which reference sets there are; every signed-in user sees the same."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from reference.kinds import reference_kind
from reference.models import ReferenceSet
from reference.selectors import offered, reference_set
from sessions_app.problems import Problem
from sessions_app.throttles import UserThrottle


class ReferenceOut(serializers.ModelSerializer):
    class Meta:
        model = ReferenceSet
        fields = (
            "id", "kind", "name", "version", "year", "source", "licence", "file_name", "size_bytes", "sha256",
            "facts", "loaded_at", "withdrawn_at",
        )  # fmt: skip
        read_only_fields = fields


class ReferenceList(APIView):
    """The newest version of each set that is not withdrawn."""

    throttle_classes = (UserThrottle,)

    @extend_schema(
        responses=ReferenceOut(many=True),
        parameters=[OpenApiParameter("kind", str, description="boundaries, population or raster")],
        operation_id="reference_list",
    )
    def get(self, request: Request) -> Response:
        unknown = sorted(set(request.query_params) - {"kind", "format"})
        if unknown:
            raise Problem("invalid_request", f"There is no filter {unknown[0]}.", where=unknown[0])
        kind = request.query_params.get("kind", "")
        if kind:
            reference_kind(kind)
        return Response(ReferenceOut(offered(kind), many=True).data)


class ReferenceDetail(APIView):
    """One version, withdrawn ones included: results name them."""

    throttle_classes = (UserThrottle,)

    @extend_schema(responses=ReferenceOut, operation_id="reference_read")
    def get(self, request: Request, reference_id: Any) -> Response:
        return Response(ReferenceOut(reference_set(reference_id)).data)


urlpatterns = [
    path("reference/", ReferenceList.as_view(), name="api-reference-list"),
    path("reference/<uuid:reference_id>/", ReferenceDetail.as_view(), name="api-reference"),
]

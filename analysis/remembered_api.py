"""What is remembered of the caller's corrections, for programs."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analysis import remembered
from analysis.models import RememberedColumns, RememberedName
from sessions_app.api.pagination import PAGING, NewestFirst, page_of
from sessions_app.isolation.lookup import get_own
from sessions_app.throttles import UserThrottle


class ByConfirmation(NewestFirst):
    ordering = ("-confirmed_at", "pk")


class NameOut(serializers.ModelSerializer):
    class Meta:
        model = RememberedName
        fields = ("id", "name", "lga", "ward_code", "ward_name", "ward_lga", "confirmed_at")
        read_only_fields = fields


class ColumnsOut(serializers.ModelSerializer):
    mapping = serializers.DictField(child=serializers.CharField())

    class Meta:
        model = RememberedColumns
        fields = ("id", "layout", "file_name", "mapping", "confirmed_at")
        read_only_fields = fields


class RememberedNames(APIView):
    throttle_classes = (UserThrottle,)

    @extend_schema(responses=page_of(NameOut), parameters=PAGING, operation_id="remembered_names_list")
    def get(self, request: Request) -> Response:
        """Names that the caller confirmed for a ward; the next match uses them and says so."""
        pages = ByConfirmation()
        page = pages.paginate_queryset(remembered.names_of(request.user), request, view=self)
        return pages.get_paginated_response(NameOut(page, many=True).data)


class RememberedNameDetail(APIView):
    throttle_classes = (UserThrottle,)

    @extend_schema(responses={204: None}, operation_id="remembered_names_forget")
    def delete(self, request: Request, name_id: Any) -> Response:
        remembered.forget(by=request.user, row=get_own(remembered.names_of(request.user), name_id))
        return Response(status=204)


class RememberedLayouts(APIView):
    throttle_classes = (UserThrottle,)

    @extend_schema(responses=page_of(ColumnsOut), parameters=PAGING, operation_id="remembered_columns_list")
    def get(self, request: Request) -> Response:
        """Which column is what, by layout of the export, where the caller corrected it."""
        pages = ByConfirmation()
        page = pages.paginate_queryset(remembered.columns_of(request.user), request, view=self)
        return pages.get_paginated_response(ColumnsOut(page, many=True).data)


class RememberedLayoutDetail(APIView):
    throttle_classes = (UserThrottle,)

    @extend_schema(responses={204: None}, operation_id="remembered_columns_forget")
    def delete(self, request: Request, columns_id: Any) -> Response:
        remembered.forget(by=request.user, row=get_own(remembered.columns_of(request.user), columns_id))
        return Response(status=204)

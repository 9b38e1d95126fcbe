"""How lists are cut into pages."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers
from rest_framework.pagination import CursorPagination, LimitOffsetPagination
from rest_framework.request import Request


class NewestFirst(CursorPagination):
    """For lists that grow at their head while somebody reads them."""

    ordering = ("-created_at", "pk")
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200


PAGING = [
    OpenApiParameter(
        "cursor", OpenApiTypes.STR, description="Where the page begins, as in `next` and `previous`."
    ),
    OpenApiParameter(
        "limit", OpenApiTypes.INT, description=f"Rows on a page, at most {NewestFirst.max_page_size}."
    ),
]
"""How the schema describes what may be asked of `NewestFirst`."""


class WardPages(LimitOffsetPagination):
    """For ward tables, which do not change. Call `take` with parameters that were checked."""

    default_limit = 100
    max_limit = 10_000

    def take(self, request: Request, *, limit: int, offset: int) -> None:
        self.request, self.limit, self.offset = request, limit, offset


def page_of(rows: type[serializers.Serializer]) -> Any:
    """How the schema describes a page of `NewestFirst`."""
    return inline_serializer(
        f"PageOf{rows.__name__}",
        {
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
            "results": rows(many=True),
        },
    )

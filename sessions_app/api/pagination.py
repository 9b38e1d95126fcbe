"""How lists are cut into pages."""

from rest_framework.pagination import CursorPagination, LimitOffsetPagination


class NewestFirst(CursorPagination):
    """For lists that grow at their head while somebody reads them."""

    ordering = ("-created_at", "pk")
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200


class WardPages(LimitOffsetPagination):
    """For ward tables, which do not change."""

    default_limit = 100
    max_limit = 10_000

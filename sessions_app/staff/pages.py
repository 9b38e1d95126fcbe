"""Pages of the staff site that are no list of one table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path


class StaffPage:
    """One address. The subclass says who may open it, and shows it."""

    stem: str
    title: Any
    permission: str

    def __init__(self, site: AdminSite) -> None:
        self.site = site

    def address(self, view: Callable[..., HttpResponse]) -> URLPattern:
        return path(f"{self.stem}/", view, name=self.stem)

    def allowed(self, request: HttpRequest) -> bool:
        return request.user.has_perm(self.permission)

    def answer(self, request: HttpRequest) -> HttpResponse:
        if not self.allowed(request):
            raise PermissionDenied
        return self.show(request)

    def show(self, request: HttpRequest) -> HttpResponse:
        raise NotImplementedError

    def rendered(self, request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
        shared = {**self.site.each_context(request), "title": self.title}
        return TemplateResponse(request, f"admin/staff_{self.stem}.html", shared | context, status=status)

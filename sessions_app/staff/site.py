"""The admin site for programme staff: reads over a connection of its own, and every such read is an event.

Nothing here changes what the web role sees: a page of the site is answered under the staff member's own scope, and
other people's rows come over the alias `staff`, whose login role and policies are its own.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils.module_loading import import_string
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from sessions_app.accounts.views.sign_in import sign_out
from sessions_app.staff.numbers import groups_of_numbers
from sessions_app.staff.pages import StaffPage


class StaffSite(admin.AdminSite):
    site_header = site_title = _("ChatMRPT staff")
    index_title = _("How things stand")
    index_template = "admin/staff_index.html"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        if user.is_authenticated and not (user.is_active and user.is_staff):
            # For everybody else there is no such page.
            raise Http404
        return bool(user.is_authenticated)

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        # No form of ours asks for it, and it would list rows without an event.
        raise Http404

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        self.has_permission(request)
        return redirect_to_login(reverse("admin:index"), reverse("sign_in"))

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return sign_out(request)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect("password_change")

    def password_change_done(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect("profile")

    def index(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Numbers about everybody together, and nobody's rows."""
        context = {
            **self.each_context(request),
            "title": self.index_title,
            "groups": groups_of_numbers(),
            "has_role": request.user.is_superuser or bool(request.user.get_all_permissions()),
        }
        request.current_app = self.name  # type: ignore[attr-defined]
        return TemplateResponse(request, self.index_template, context)

    def get_urls(self) -> list[Any]:
        return [*(self._address(page) for page in self.pages()), *super().get_urls()]

    def pages(self) -> list[StaffPage]:
        return [import_string(name)(self) for name in settings.STAFF_PAGES]

    def _address(self, page: StaffPage) -> URLPattern:
        return page.address(self.admin_view(page.answer))

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return super().each_context(request) | {"staff_menu": self.menu(request)}

    def menu(self, request: HttpRequest) -> list[tuple[Any, list[dict[str, Any]]]]:
        """What this member of staff may open, in groups."""
        pages = {page.stem: page for page in self.pages() if page.allowed(request)}
        groups = []
        for title, names in settings.STAFF_MENU:
            found = [self._entry(request, name, pages) for name in names]
            if entries := [entry for entry in found if entry]:
                groups.append((title, entries))
        return groups

    def _entry(self, request: HttpRequest, name: str, pages: dict[str, StaffPage]) -> dict[str, Any] | None:
        if "." not in name:
            page = pages.get(name)
            return _link(request, page.title, f"admin:{name}") if page else None
        model = apps.get_model(name)
        if not self._registry[model].has_view_permission(request):
            return None
        label = model._meta.label_lower.replace(".", "_")
        return _link(request, capfirst(model._meta.verbose_name_plural), f"admin:{label}_changelist")


def _link(request: HttpRequest, caption: Any, name: str) -> dict[str, Any]:
    address = reverse(name)
    return {"caption": caption, "address": address, "here": request.path.startswith(address)}


site = StaffSite(name="admin")

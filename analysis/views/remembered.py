"""What we remember of a user's corrections, and how it is forgotten."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from analysis import remembered
from sessions_app.isolation.lookup import get_own

NAMES_PER_PAGE = 100


@require_GET
@login_required
def remembered_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(remembered.names_of(request.user), NAMES_PER_PAGE).get_page(request.GET.get("page"))
    context = {"names": page.object_list, "page": page, "layouts": remembered.columns_of(request.user)[:100]}
    return render(request, "remembered/remembered_list.html", context)


@require_POST
@login_required
def forget_name(request: HttpRequest, name_id: uuid.UUID) -> HttpResponse:
    row = get_own(remembered.names_of(request.user), name_id)
    remembered.forget(by=request.user, row=row)
    messages.success(
        request,
        gettext("“%(name)s” is forgotten. Results that used it stay as they are.") % {"name": row.name},
    )
    return redirect("remembered_list")


@require_POST
@login_required
def forget_columns(request: HttpRequest, columns_id: uuid.UUID) -> HttpResponse:
    row = get_own(remembered.columns_of(request.user), columns_id)
    remembered.forget(by=request.user, row=row)
    messages.success(
        request,
        gettext("The columns of files like %(file_name)s are forgotten.") % {"file_name": row.file_name},
    )
    return redirect("remembered_list")

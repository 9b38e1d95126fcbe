"""Links to a conversation for people without an account: making, listing and revoking them, and what they show."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from assistant import sharing
from assistant.told import for_page, in_language
from assistant.views.chat import own_conversation
from sessions_app.accounts.answers import answers_limits
from sessions_app.accounts.throttles import Limit, client_address, take
from sessions_app.isolation.identity import secret_hash
from sessions_app.isolation.lookup import get_own
from sessions_app.refusals import Refusal
from sessions_app.throttles import limited

PER_PAGE = 25
# An office reads behind one address; whoever guesses gets nowhere in 2^256. A link that goes round is stopped, too.
BY_ADDRESS = Limit("shared-address", 120, 10 * 60)
BY_LINK = Limit("shared-link", 600, 60 * 60)
# Nothing on the page runs, is sent or is loaded from elsewhere.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


@require_http_methods(["GET", "POST"])
@login_required
@limited("compute")
def conversation_share(
    request: HttpRequest, session_id: uuid.UUID, conversation_id: uuid.UUID
) -> HttpResponse:
    """Says what a link shows; makes one. The link stands in this one answer and nowhere else."""
    conversation = own_conversation(request, session_id, conversation_id)
    context: dict[str, object] = {"nav": "conversations"}
    status = 200
    if request.method == "POST":
        with Refusal() as refusal:
            days = request.POST.get("days", "")
            link, secret = sharing.share(
                by=request.user, conversation=conversation, days=int(days) if days.isdecimal() else 0
            )
            context["link"] = link
            context["address"] = settings.PUBLIC_URL.rstrip("/") + reverse(
                "shared_conversation", args=[secret]
            )
        context["problem"], status = refusal.problem, refusal.status if refusal.problem else 200
    context |= {
        "conversation": conversation,
        "days": sharing.DAYS,
        "latest_end": sharing.latest_end(conversation.turns.all()),
        "links": sharing.open_links(request.user).filter(conversation_id=conversation.pk),
    }
    answer = render(request, "assistant/share.html", context, status=status)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@require_GET
@login_required
def shared_links(request: HttpRequest) -> HttpResponse:
    page = Paginator(sharing.links_of(request.user), PER_PAGE).get_page(request.GET.get("page"))
    context = {"links": page.object_list, "page": page, "nav": "conversations"}
    return render(request, "assistant/shared_links.html", context)


@require_POST
@login_required
def shared_link_revoke(request: HttpRequest, link_id: uuid.UUID) -> HttpResponse:
    link = get_own(sharing.links_of(request.user), link_id)
    with Refusal() as refusal:
        sharing.revoke(by=request.user, link=link)
        messages.success(request, _("The link no longer works."))
    if refusal.problem:
        messages.warning(request, _("The link was over already."))
    return redirect("shared_links")


@require_GET
@answers_limits
def shared_conversation(request: HttpRequest, token: str) -> HttpResponse:
    """The frozen copy, for whoever has the link. One that is over and one that never was are answered alike."""
    take(BY_ADDRESS, client_address(request))
    take(BY_LINK, secret_hash(token))
    document = sharing.opened(token)
    if document is None:
        answer = render(request, "assistant/shared_gone.html", status=410)
    else:
        context = {"document": for_page(in_language(document)), "words_days": settings.CHAT["words_days"]}
        answer = render(request, "assistant/shared.html", context)
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Content-Security-Policy"] = POLICY
    return answer

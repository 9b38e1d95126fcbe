from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from sessions_app.accounts import actions, throttles
from sessions_app.accounts.answers import answers_limits
from sessions_app.accounts.sign_in import open_web_session


@require_POST
@transaction.non_atomic_requests
@answers_limits
def try_demo(request: HttpRequest) -> HttpResponse:
    """A throwaway account with synthetic data, so that anybody can look round before signing up."""
    if request.user.is_authenticated:
        return redirect("session_list")
    throttles.take(throttles.DEMO_ADDRESS, throttles.client_address(request))
    throttles.take(throttles.DEMO_ALL)
    user, session = actions.open_demo(language=get_language() or "")
    open_web_session(request, user)
    return redirect("session_detail", session_id=session.pk)

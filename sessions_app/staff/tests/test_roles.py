"""Who may open what, and that roles are what the settings say."""

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db import ProgrammingError, connections, transaction

from sessions_app.models import User

ALL = {
    "sessions_app/user/", "sessions_app/analysissession/", "sessions_app/storedfile/", "sessions_app/personaltoken/",
    "sessions_app/refreshgrant/", "sessions_app/analysisresult/", "sessions_app/waitingresult/", "sessions_app/event/",
    "sessions_app/isolationattempt/", "assistant/conversation/", "assistant/battle/", "reference/referenceset/",
    "reference/referenceset/add/", "usage/", "usage.csv", "study/", "retention/", "assistant/battle/export/csv/",
}  # fmt: skip
OF_ROLE = {
    "support": ALL - {"study/", "reference/referenceset/add/", "assistant/battle/export/csv/"},
    "study": {"usage/", "usage.csv", "study/", "assistant/battle/export/csv/"},
    "keeper": {"reference/referenceset/", "reference/referenceset/add/"},
    "no_role": set(),
    "chief": ALL,
}


@pytest.mark.parametrize("role", OF_ROLE)
def test_each_role_opens_its_pages_and_no_other(request, role):
    client = request.getfixturevalue(role).client
    opened = {page for page in ALL if client.get(f"/admin/{page}").status_code == 200}
    refused = {page for page in ALL if client.get(f"/admin/{page}").status_code == 403}
    assert opened == OF_ROLE[role]
    assert refused == ALL - OF_ROLE[role]


@pytest.mark.parametrize("role", OF_ROLE)
def test_the_menu_names_what_may_be_opened(request, role):
    page = request.getfixturevalue(role).client.get("/admin/").content.decode()
    listed = OF_ROLE[role] - {"usage.csv", "reference/referenceset/add/", "assistant/battle/export/csv/"}
    menu = page[page.index("staff-menu") : page.index("</nav>")]
    assert {f"/admin/{one}" for one in listed} == {part.split('"')[0] for part in menu.split('href="')[1:]}


@pytest.mark.parametrize("page", sorted(ALL))
def test_for_users_and_strangers_there_is_no_such_page(alice, browser, page):
    assert alice.client.get(f"/admin/{page}").status_code == 404
    answer = browser().get(f"/admin/{page}", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/sign-in/?next=/admin/")


def test_staff_without_a_role_see_numbers_and_are_told_why_nothing_else(no_role):
    page = no_role.client.get("/admin/").content.decode()
    assert "has no role yet" in page
    assert "PostgreSQL" in page
    assert "changelist" not in page and "/admin/sessions_app/" not in page


def test_a_role_without_the_mark_of_staff_opens_nothing(person):
    alone = person("femi", roles=["User support"])
    assert alone.client.get("/admin/").status_code == 404


def test_a_superuser_gives_and_takes_roles_and_the_ledger_tells(chief, person, bob):
    other = person("kemi", staff=True)
    address = f"/admin/sessions_app/user/{other.user.pk}/change/"
    group = Group.objects.using("owner").get(name="Study manager")
    page = chief.client.get(address).content.decode()
    assert "Study manager" in page and "User support" in page
    kept = {"is_active": "on", "is_staff": "on"}
    assert chief.client.post(address, {**kept, "groups": [str(group.pk)]}).status_code == 302
    assert other.client.get("/admin/study/").status_code == 200
    assert chief.client.post(address, kept).status_code == 302
    assert other.client.get("/admin/study/").status_code == 403
    assert len(other.events("staff.changed")) == 2
    assert bob.client.get("/admin/study/").status_code == 404


def test_user_support_gives_no_role(support, alice):
    group = Group.objects.using("owner").get(name="User support")
    address = f"/admin/sessions_app/user/{alice.user.pk}/change/"
    answer = support.client.post(address, {"is_active": "on", "is_staff": "on", "groups": [str(group.pk)]})
    assert answer.status_code == 302
    row = User.objects.using("owner").get(pk=alice.user.pk)
    assert not row.is_staff
    assert not User.groups.through.objects.using("owner").filter(user_id=row.pk).exists()


@pytest.mark.parametrize("role", ["study", "keeper", "no_role"])
def test_other_roles_do_nothing_to_users(request, alice, role):
    client = request.getfixturevalue(role).client
    sent = {"action": "disable", "_selected_action": [str(alice.user.pk)]}
    assert client.post("/admin/sessions_app/user/", sent).status_code == 403
    assert client.post(f"/admin/sessions_app/user/{alice.user.pk}/change/", {}).status_code == 403
    assert User.objects.using("owner").get(pk=alice.user.pk).is_active
    assert alice.events("staff.read") == []


def test_the_groups_are_what_the_settings_say(committed):
    for name, rights in settings.STAFF_ROLES:
        held = Permission.objects.using("owner").filter(group__name=name)
        assert {f"{one.content_type.app_label}.{one.codename}" for one in held} == set(rights)


def test_a_right_given_by_hand_is_taken_back_by_the_next_migrate(committed):
    from django.apps import apps

    from sessions_app.staff.roles import after_migrate

    group = Group.objects.using("owner").get(name="Study manager")
    extra = Permission.objects.using("owner").get(codename="view_user")
    group.permissions.add(extra)
    after_migrate(apps.get_app_config("sessions_app"), "owner", plan=[], apps=apps)
    assert not group.permissions.filter(pk=extra.pk).exists()
    assert group.permissions.filter(codename="export_event").exists()


MAY_NOT = {
    "change what was asked for": "UPDATE sessions_app_analysisresult SET params = '{}'",
    "change what was found": "UPDATE sessions_app_analysisresult SET summary = '{}'",
    "delete a result": "DELETE FROM sessions_app_analysisresult",
    "change a session": "UPDATE sessions_app_analysissession SET name = 'x'",
    "change a file": "UPDATE sessions_app_storedfile SET name = 'x'",
    "change an event": "UPDATE sessions_app_event SET verb = 'x'",
    "delete an event": "DELETE FROM sessions_app_event",
    "change what was said": "UPDATE assistant_message SET text = 'x'",
    "delete what was said": "DELETE FROM assistant_message",
    "rename a conversation": "UPDATE assistant_conversation SET title = 'x'",
    "change the ledger of models": "UPDATE assistant_modelcall SET input_tokens = 0",
    "give a role a right": "INSERT INTO auth_permission (name, content_type_id, codename) VALUES ('x', 1, 'x')",
    "read the claim keys": "SELECT * FROM app_private.claim_keys",
}


@pytest.mark.parametrize("what", MAY_NOT)
def test_the_staff_connection_may_do_no_more_than_it_must(committed, what):
    with (
        pytest.raises(ProgrammingError),
        transaction.atomic("staff"),
        connections["staff"].cursor() as cursor,
    ):
        cursor.execute(MAY_NOT[what])


def test_pages_of_users_cannot_use_what_staff_use(alice, support):
    """Nobody comes to the staff connection but through the staff site: the web role sees its own user's rows alone."""
    from sessions_app.isolation.scope import scope

    with scope(support.user.pk), transaction.atomic():
        assert list(User.objects.values_list("pk", flat=True)) == [support.user.pk]
        assert support.client.get("/accounts/profile/").status_code == 200

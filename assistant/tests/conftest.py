import pytest

from assistant.tests.niger import conversation_of, ranked_session
from sessions_app.tests.people import alice, bob, committed, people, person

__all__ = ["alice", "bob", "committed", "person"]


@pytest.fixture(scope="module")
def talk(realdata, django_db_setup, django_db_blocker):
    """Somebody with Niger's wards ranked, and a conversation about them."""
    with django_db_blocker.unblock(), people() as make:
        person = make("niger")
        session = ranked_session(person, realdata / "niger")
        yield person, conversation_of(person, session)

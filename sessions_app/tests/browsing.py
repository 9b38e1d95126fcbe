"""A person at a browser: signed in by the form, as people are."""

from django.test import Client
from django.urls import reverse

from sessions_app.tests.people import PASSWORD, Person


def browse(person: Person) -> Client:
    client = Client()
    answer = client.post(reverse("sign_in"), {"email": person.user.email, "password": PASSWORD})
    assert answer.status_code == 302, answer.content
    return client


def text_of(answer) -> str:
    return answer.content.decode()

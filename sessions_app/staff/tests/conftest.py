"""Alice and Bob have accounts; staff of each role, staff without a role, and a superuser look at them."""

from collections.abc import Callable

import pytest

from sessions_app.accounts.tests.conftest import (  # noqa: F401 - fixtures are found by their name
    Person,
    alice,
    bob,
    browser,
    committed,
    person,
    stored,
    tokens,
)


@pytest.fixture
def support(person: Callable[..., Person]) -> Person:  # noqa: F811
    return person("sade", staff=True, roles=["User support"])


@pytest.fixture
def study(person: Callable[..., Person]) -> Person:  # noqa: F811
    return person("musa", staff=True, roles=["Study manager"])


@pytest.fixture
def keeper(person: Callable[..., Person]) -> Person:  # noqa: F811
    return person("tunde", staff=True, roles=["Reference manager"])


@pytest.fixture
def no_role(person: Callable[..., Person]) -> Person:  # noqa: F811
    return person("ife", staff=True)


@pytest.fixture
def chief(person: Callable[..., Person]) -> Person:  # noqa: F811
    return person("chief", superuser=True)

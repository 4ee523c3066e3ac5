"""Every route is tried as every role, and who is refused changes nothing.

The world is made once, in one transaction for all rows, and on SQLite alone: who may do what is not the database's affair.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import StaffAction
from tests.permissions import acts
from tests.permissions.table import LOGIN, REFUSED, ROLES, Row, parts
from tests.permissions.world import World, make_world

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

PARTS = parts()
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
UNCHANGING = {"GET", "HEAD"}
LEFT_TO_OTHERS = ("account_", "mfa_", "usersessions_", "admin:")
"""Pages of allauth, whose own checks hold and which `tests/accounts/test_doors.py` walks, and the admin, tried below."""


def routes(resolver: URLResolver, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Yield each route with its full name."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, f"{space}{pattern.namespace}:" if pattern.namespace else space)
        else:
            yield f"{space}{pattern.name}", pattern


def ours() -> dict[str, URLPattern]:
    """Return the routes that the table must have."""
    return {name: pattern for name, pattern in routes(get_resolver()) if not name.startswith(LEFT_TO_OTHERS)}


def test_every_route_and_method_stands_in_the_table():
    table = {(row.route, row.method) for part in PARTS for row in part.ROWS}
    known = ours()

    missing = set()
    for name, pattern in known.items():
        view = getattr(pattern.callback, "view_class", None) or getattr(pattern.callback, "cls", None)
        methods = {method for method in METHODS if view and hasattr(view, method.lower())}
        if methods:
            missing |= {(name, method) for method in methods if (name, method) not in table}
        elif not any(route == name for route, _method in table):
            missing.add((name, "any"))

    assert not missing, "\n".join(f'Row("{name}", "{method}", …)' for name, method in sorted(missing))
    assert {route for route, _method in table} <= known.keys()


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[World]:
    """Make the world once for all rows: each takes back what it changes."""
    media = override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media"))
    with django_db_blocker.unblock(), media, transaction.atomic():
        world = make_world()
        for part in PARTS:
            if hasattr(part, "prepare"):
                part.prepare(world)
        world.sign_in()
        yield world
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def before(world) -> dict[str, int]:
    """Return how much there is before a row is tried."""
    return counts()


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__.rpartition(".")[2])
def test_who_may_do_what(part, world, before):
    wrong = []
    for row in part.ROWS:
        for role in ROLES:
            told = answer(world, row, role, before)
            if told != row.by_role[role]:
                wrong.append(
                    f"{row.method} {row.route} {row.subject} {row.query} as {role}: {told}, not {row.by_role[role]}"
                )

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__.rpartition(".")[2])
def test_what_does_not_stand_in_the_table_is_refused(part, world, before):
    told: dict[tuple[str, str], set[str]] = {}
    for row in part.ROWS:
        told.setdefault((row.route, row.subject), set()).add(row.method)
    allowed: dict[str, set[str]] = {}
    for (route, _subject), methods in told.items():
        allowed[route] = allowed.get(route, set()) | methods
    wrong = []
    for route, subject in told:
        for method in set(METHODS) - allowed[route]:
            got = answer(world, Row(route, method, subject, ""), "staff", before)
            if got not in {"405", "404", "403"}:
                wrong.append(f"{method} {route} {subject}: {got}")

    assert not wrong, "\n".join(wrong)


def test_the_admin_is_for_staff_alone(world):
    for name, pattern in routes(get_resolver()):
        if (
            not name.startswith("admin:")
            or pattern.pattern.converters
            or "login" in name
            or "<" in str(pattern.pattern)
        ):
            continue
        for role in ("owner", "guest"):
            response = client_of(world, role).get(reverse(name))
            assert response.status_code in {302, 403, 404}, (name, role)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__.rpartition(".")[2])
def test_what_staff_alone_may_do_is_one_line_of_the_audit_log(part, world, before):
    there, staff = before["accounts_staffaction"], world.people["staff"]
    wrong = []
    for row in part.ROWS:
        if (expected := acts.lines(row)) is None:
            continue
        noted: list[StaffAction] = []
        answer(world, row, "staff", before, lambda to=noted: to.extend(StaffAction.objects.order_by("id")[there:]))
        if [line.by for line in noted] != [staff] * expected:
            wrong.append(f"{row.method} {row.route} {row.subject}: {[line.what for line in noted]}")

    assert not wrong, "\n".join(wrong)


def answer(world: World, row: Row, role: str, before: dict[str, int], look: Callable[[], object] = lambda: None) -> str:
    """Return what `role` is answered; everything that it changed is taken back. Who is refused has changed nothing.

    `look` is called before that.
    """
    client = client_of(world, role)
    address = reverse(row.route, kwargs=world.subjects[row.subject]) + row.query
    data: Any = row.data(world) if callable(row.data) else row.data
    is_api = address.startswith(("/api/", "/usage/"))
    with transaction.atomic():
        ask = getattr(client, row.method.lower())
        if row.method in UNCHANGING:
            response = ask(address)
        elif is_api:
            response = ask(address, {} if data is None else data, content_type="application/json")
        elif row.method == "POST":
            response = ask(address, data or {})
        else:
            response = ask(address)
        if response.streaming:
            b"".join(response.streaming_content)
        told = str(response.status_code)
        if told == "302" and "/accounts/login/" in response["Location"]:
            told = LOGIN
        if told in REFUSED and row.method not in UNCHANGING:
            assert counts() == before, f"{row.method} {address} as {role} was refused and changed something"
        look()
        transaction.set_rollback(True)
    return told


def client_of(world: World, role: str) -> Client:
    """Return a browser of somebody; a guest says who it is by the header."""
    if role == "guest":
        return Client(headers={"X-Guest-ID": world.guest})
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = world.sessions[role]
    return client


def counts() -> dict[str, int]:
    """Return how many rows each of our tables and the log have."""
    tables = [
        model._meta.db_table
        for model in apps.get_models()
        if model._meta.app_label in {"accounts", "library", "stats", "gamification", "analytics"}
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(f"SELECT '{table}', COUNT(*) FROM {table}" for table in [*tables, "stats_event"])
        )
        return dict(cursor.fetchall())

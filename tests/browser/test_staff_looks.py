"""Every page of the staff, and what members see of money and numbers, in both themes, on a screen and on a phone.

Which pages there are is asked: the table of permissions has every address of the back office with somebody whom it
lets in, and the admin has its models. Each page is loaded once and looked at in all lights.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib import admin
from django.db import models
from django.urls import NoReverseMatch, reverse

from stats import items as known_items
from tests.browser.visiting import axe
from tests.permissions import staff
from tests.permissions.table import ROLES, Row, parts
from tests.permissions.world import World, make_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIGHTS = ((1280, "light"), (390, "dark"))
MEMBERS = ("billing:", "teaching:", "letters:")
NO_PAGES = (":api-", "csv", "download", "platform:")
KINDS = ("changelist", "add", "import", "export")
AS_DRAWN = (
    "document.fonts.ready.then(() => [...document.querySelectorAll('.chart')].every((one) => one.matches('.ready')))"
)


@pytest.fixture(autouse=True)
def database_calls_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Playwright keeps an event loop in this thread, which Django takes for async code."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    known_items.forget()


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Any) -> World:
    """Return a site with something of everything."""
    settings.MEDIA_ROOT = tmp_path
    made = make_world()
    for part in parts():
        if hasattr(part, "prepare"):
            part.prepare(made)
    made.sign_in()
    return made


def is_page(row: Row) -> bool:
    """Whether a row of the table stands for a page of the staff, or for one of those that members see."""
    shown = staff.is_back_office(row.route) or row.route.startswith(MEMBERS)
    return shown and row.method == "GET" and not any(word in row.route for word in NO_PAGES)


def pages_of(world: World) -> Iterator[tuple[str, str]]:
    """Yield who looks, and at which address: the staff wherever they may."""
    for row in (row for part in parts() for row in part.ROWS if is_page(row)):
        may = [role for role in ROLES if row.by_role[role] == "200"]
        if may:
            first = "staff" if "staff" in may and not row.route.startswith(MEMBERS) else may[0]
            yield first, reverse(row.route, kwargs=world.subjects[row.subject]) + row.query
    yield "staff", reverse("admin:index")
    for model in admin.site._registry:
        yield from (("staff", address) for address in addresses_of(model))


def addresses_of(model: type[models.Model]) -> Iterator[str]:
    """Yield the admin's pages of a model: its list, its forms, and one of its rows."""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    for kind in KINDS:
        try:
            yield reverse(f"{name}_{kind}")
        except NoReverseMatch:
            continue
    row = model._default_manager.order_by("pk").first()
    if row is not None:
        yield reverse(f"{name}_change", args=[row.pk])


def test_every_page_is_sound_in_every_light(page: Any, live_server: Any, world: World) -> None:
    faults: list[str] = []
    page.on("console", lambda said: faults.append(f"{page.url}: {said.text}") if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
    seen: dict[str, str] = {}
    for who, address in dict.fromkeys(pages_of(world)):
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": world.sessions[who], "url": live_server.url}]
        )
        page.set_viewport_size({"width": LIGHTS[0][0], "height": 844})
        page.emulate_media(color_scheme=LIGHTS[0][1], reduced_motion="reduce")
        answer = page.goto(address)
        if answer.status == 403 and "/admin/" in address and address.endswith(("/add/", "/import/")):
            faults = [fault for fault in faults if address not in fault]
            continue  # a fact, which nobody makes by hand
        faults += [] if answer.status == 200 else [f"{address} as {who}: {answer.status}"]
        seen[urlsplit(page.url).path] = who
        for width, scheme in LIGHTS:
            page.set_viewport_size({"width": width, "height": 844})
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            faults += [f"{address} {width} {scheme}: {fault}" for fault in axe(page)]
            wide = page.evaluate("document.documentElement.scrollWidth")
            faults += [f"{address} {width}: {wide} wide"] if wide > width else []

    assert faults == [], "\n".join(faults)
    assert len(seen) > 70

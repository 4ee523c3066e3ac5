"""What a member chooses to be told and to show; each change is an event."""

import re

import pytest
from django.utils import timezone

from library.people import settings
from library.people.settings import KINDS, SETTINGS
from stats import compute, windows
from stats.kinds import Kind
from stats.metrics import Scope
from stats.models import Action
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def recorded(user):
    rows = Action.objects.filter(actor=user.uuid, kind=Kind.SETTING_CHANGED.value).order_by("at")
    return [row.label for row in rows]


def all_on(**off):
    return {name: "on" for name in KINDS if name not in off}


def test_each_kind_that_is_switched_is_one_event_and_saving_again_none(client):
    ana = make_user()
    client.force_login(ana)

    client.post("/settings/notifications/", all_on(follow=1, review=1))
    client.post("/settings/notifications/", all_on(follow=1, review=1))

    assert sorted(recorded(ana)) == ["notification.follow", "notification.review"]
    assert settings.value_of(ana, "notification.follow") == "off"
    assert settings.value_of(ana, "notification.comment") == "on"


def test_what_is_switched_on_again_holds_again(client):
    ana = make_user()
    client.force_login(ana)
    client.post("/settings/notifications/", all_on(follow=1))

    client.post("/settings/notifications/", all_on())

    assert settings.value_of(ana, "notification.follow") == "on"
    assert recorded(ana) == ["notification.follow"] * 2


def test_privacy_is_chosen_and_counted_for_itself(client):
    ana = make_user()
    client.force_login(ana)

    client.post("/settings/privacy/", {"profile": "nobody", "follows": "everybody", "invitations": "members"})

    assert recorded(ana) == ["privacy.profile"]
    assert settings.value_of(ana, "privacy.profile") == "nobody"
    assert re.search(r'value="nobody"[^>]*checked', client.get("/settings/privacy/").content.decode())


def test_a_choice_that_does_not_exist_changes_nothing(client):
    ana = make_user()
    client.force_login(ana)

    answer = client.post("/settings/privacy/", {"profile": "friends", "follows": "nobody", "invitations": "members"})

    assert answer.status_code == 400
    assert recorded(ana) == []
    assert settings.value_of(ana, "privacy.follows") == "everybody"


def test_the_possible_stats_count_the_changes():
    ana = make_user()
    settings.change(ana, {"notification.follow": "off", "notification.reply": "off", "privacy.profile": "members"})
    window = windows.named("30d", timezone.now(), "UTC")

    counted = [
        compute.compute(compute.registry()[key], Scope.user(ana.uuid), window).value
        for key in ("notification_changes", "privacy_changes")
    ]

    assert counted == [2, 1]


@pytest.mark.parametrize("address", ["/settings/notifications/", "/settings/privacy/"])
def test_only_members_have_settings(client, address):
    assert client.get(address)["Location"].startswith("/accounts/login/")


def test_keys_are_told_once():
    assert len({row.key for row in SETTINGS}) == len(SETTINGS)

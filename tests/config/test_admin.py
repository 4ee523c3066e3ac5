"""The admin: its door, its navigation, and the sources whose keys are shown once."""

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.urls import reverse

from config.admin import OUR_APPS, navigation
from stats import sources
from stats.models import DeadLetter, Item, Source

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    user = get_user_model().objects.create_superuser("noa", "noa@example.org", "a short sentence")
    client.force_login(user)
    return user


def test_a_stranger_is_sent_to_the_sites_own_log_in(client):
    answer = client.get("/admin/", follow=True)

    assert answer.redirect_chain[-1][0].startswith(reverse("account_login"))


def test_a_member_is_refused(client):
    client.force_login(get_user_model().objects.create_user("ana", "ana@example.org", "a short sentence"))

    assert client.get("/admin/", follow=True).status_code == 403


def test_only_our_own_models_are_managed():
    assert {model._meta.app_label for model in admin.site._registry} <= OUR_APPS


def test_the_navigation_leads_to_what_is_registered(rf, staff, client):
    request = rf.get("/admin/")
    request.user = staff

    links = [item["link"] for group in navigation(request) for item in group["items"]]

    assert reverse("admin:stats_source_changelist") in links
    assert [client.get(link).status_code for link in links] == [200] * len(links)


def test_a_new_source_gets_a_secret_key_that_is_shown_once(client, staff):
    form = {"name": "Shop", "origins": "https://Shop.example\nhttps://b.example:8443", "is_active": "on"}

    answer = client.post(reverse("admin:stats_source_add"), form, follow=True)

    source = Source.objects.get(name="Shop")
    shown = next(word for word in answer.content.decode().split() if word.startswith("sk_")).partition("<")[0]
    assert source.secret_hash == sources.hashed(shown)
    assert source.origins == ["https://shop.example", "https://b.example:8443"]
    assert shown not in client.get(reverse("admin:stats_source_change", args=[source.pk])).content.decode()


def test_an_origin_that_is_none_is_refused(client, staff):
    answer = client.post(reverse("admin:stats_source_add"), {"name": "Shop", "origins": "shop.example"})

    assert "is no origin" in answer.content.decode()
    assert not Source.objects.filter(name="Shop").exists()


def test_a_secret_key_is_replaced_by_an_action(client, staff):
    source, old = sources.create("Shop")
    form = {"action": "rotate_secret", "_selected_action": [source.pk]}

    client.post(reverse("admin:stats_source_changelist"), form)

    source.refresh_from_db()
    assert source.secret_hash != sources.hashed(old)


def test_the_sites_own_source_stays_out_of_sight(client, staff):
    answer = client.get(reverse("admin:stats_source_change", args=[Source.SITE]))

    assert answer.status_code in {302, 404}


@pytest.mark.parametrize("model", [Item, DeadLetter])
def test_what_events_speak_of_is_neither_made_nor_deleted_here(client, staff, model):
    name = f"admin:stats_{model._meta.model_name}"

    assert client.get(reverse(f"{name}_changelist")).status_code == 200
    assert client.get(reverse(f"{name}_add")).status_code == 403

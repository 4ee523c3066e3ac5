"""What each feature opens, and that opening it counts as a use."""

import io
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from accounts import subscriptions
from accounts.models import Advertisement, Branding, FeatureGrant
from accounts.roles import Role
from stats.models import Action
from tests.factories import make_item, make_plans, make_staff, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana():
    make_plans()
    return make_user("ana")


@pytest.fixture
def client(ana):
    client = Client()
    client.force_login(ana)
    return client


@pytest.fixture
def tea():
    cache.clear()
    return Advertisement.objects.create(
        place="browse", title="Tea of the week", sponsor="Leaf", link="https://example.org/tea"
    )


def uses(feature: str) -> int:
    return Action.objects.filter(kind="feature_used", label=feature).count()


def picture(width: int = 900, height: int = 700) -> SimpleUploadedFile:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "#227788").save(file, "PNG")
    return SimpleUploadedFile("sea.png", file.getvalue(), "image/png")


def grant(user, feature: str, granted: bool = True) -> None:
    FeatureGrant.objects.update_or_create(user=user, feature=feature, defaults={"granted": granted})


# Advertising


def test_members_without_the_feature_and_visitors_see_the_advertisement(client, ana, tea):
    make_item(ana)

    for browser in (client, Client()):
        page = browser.get("/browse/").content.decode()
        assert "Tea of the week" in page
        assert f"/sponsored/{tea.uuid}/" in page


def test_whoever_is_free_of_advertising_sees_none_and_has_used_it_once_a_day(client, ana, tea):
    make_item(ana)
    subscriptions.upgrade_subscription(ana, Role.SUBSCRIBER)

    pages = [client.get("/browse/").content.decode() for _ in range(3)]

    assert not any("Tea of the week" in page for page in pages)
    assert uses("ad_free") == 1


def test_staff_who_look_as_a_member_leave_the_members_own_use_to_be_counted(client, ana, tea):
    make_item()
    grant(ana, "ad_free")
    staff = Client()
    staff.force_login(make_staff())
    staff.post(reverse("desk:view-as", args=[ana.uuid]), {"reason": "asked by mail"})

    staff.get("/browse/")
    assert uses("ad_free") == 0
    client.get("/browse/")

    assert uses("ad_free") == 1


def test_no_use_is_counted_while_nothing_is_advertised(client, ana):
    cache.clear()
    make_item(ana)
    grant(ana, "ad_free")

    client.get("/browse/")

    assert uses("ad_free") == 0


@pytest.mark.parametrize(
    "change",
    [
        {"is_active": False},
        {"starts_at": timezone.now() + timedelta(days=1)},
        {"starts_at": timezone.now() - timedelta(days=3), "ends_at": timezone.now() - timedelta(days=2)},
        {"place": "item"},
        {"weight": 0},
    ],
)
def test_what_does_not_run_is_not_shown(client, ana, tea, change):
    make_item(ana)
    Advertisement.objects.update(**change)

    assert "Tea of the week" not in client.get("/browse/").content.decode()


def test_following_an_advertisement_is_an_event_and_leads_there(client, tea):
    answer = client.get(f"/sponsored/{tea.uuid}/")

    assert (answer.status_code, answer["Location"]) == (302, "https://example.org/tea")
    Advertisement.objects.update(is_active=False)
    assert client.get(f"/sponsored/{tea.uuid}/").status_code == 404


# A channel's look


def test_a_channel_has_its_colour_and_banner_for_everybody(client, ana, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    grant(ana, "custom_branding")

    client.post("/settings/channel/", {"accent": "plum", "tagline": "Salt and wind", "banner": picture()})

    page = Client().get("/members/ana/").content.decode()
    branding = Branding.objects.get()
    assert "accent-plum" in page
    assert "Salt and wind" in page
    banner = Client().get(f"/{branding.banner.name.replace('.webp', '')}.webp")
    with Image.open(io.BytesIO(b"".join(banner.streaming_content))) as image:
        assert (image.format, image.size, dict(image.getexif())) == ("WEBP", (1600, 400), {})
    assert uses("custom_branding") == 1


def test_without_the_feature_nothing_is_kept_and_what_was_kept_is_not_shown(client, ana):
    refused = client.post("/settings/channel/", {"accent": "plum", "tagline": "Salt"})
    grant(ana, "custom_branding")
    client.post("/settings/channel/", {"accent": "moss", "tagline": "Wind"})
    grant(ana, "custom_branding", granted=False)

    assert refused.status_code == 403
    assert "Wind" not in Client().get("/members/ana/").content.decode()
    assert Branding.objects.get().tagline == "Wind"
    assert "come with Premium" in client.get("/settings/channel/").content.decode()


@pytest.mark.parametrize(
    "data", [{"accent": "neon"}, {"accent": "moss", "tagline": "x" * 101}, {"accent": "moss", "banner": b"<svg/>"}]
)
def test_what_cannot_be_a_look_is_refused_and_changes_nothing(client, ana, data):
    grant(ana, "custom_branding")
    if "banner" in data:
        data = {**data, "banner": SimpleUploadedFile("x.png", data["banner"], "image/png")}

    assert client.post("/settings/channel/", data).status_code == 400
    assert not Branding.objects.exists()
    assert uses("custom_branding") == 0


# More than an overview of one's items


def test_details_of_an_item_come_with_advanced_analytics(client, ana):
    item = make_item(ana, duration_ms=60_000)
    address = f"/studio/items/{item.uuid}/"

    before = client.get(address).content.decode()
    refused = client.get(f"{address}retention.csv")
    grant(ana, "advanced_analytics")
    after = [client.get(address).content.decode() for _ in range(2)]

    assert "More about this item" in before
    assert refused.status_code == 403
    assert client.get(f"{address}days.csv").status_code == 200
    assert all("Where plays come from" in page and "More about this item" not in page for page in after)
    assert uses("advanced_analytics") == 1

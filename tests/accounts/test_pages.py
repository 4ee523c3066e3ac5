"""The account pages: what they show, to whom, and how many queries they cost."""

import re
from datetime import UTC, datetime, timedelta
from io import BytesIO
from zlib import crc32

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts import activity, pages, subscriptions
from accounts.models import FeatureGrant, UpgradeRequest, User
from accounts.roles import Role
from stats import history, queries
from stats.models import Item, Source
from tests.factories import make_plans, make_user

pytestmark = pytest.mark.django_db

MEMBERS = ["/profile/", "/settings/", "/features/", "/history/", "/history/clear/"]
POSTS = [
    "/settings/picture/remove/",
    "/features/upgrade/",
    "/features/upgrade/withdraw/",
    "/history/clear/",
    "/history/hide/",
]


@pytest.fixture
def ana():
    make_plans()
    return make_user("ana", first_name="Ana", last_name="Silva")


@pytest.fixture
def client(ana):
    client = Client()
    client.force_login(ana)
    return client


@pytest.fixture
def site():
    return Source.objects.get(pk=Source.SITE)


def huge_png():
    """Return the beginning of a PNG of 65,536 × 65,536 pixels."""
    header = b"IHDR" + (65536).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n\0\0\0\r" + header + crc32(header).to_bytes(4, "big") + b"\0\0\0\0IDAT"


def text_of(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def picture(size=(600, 400), kind="PNG", **extra):
    file = BytesIO()
    Image.new("RGB", size, "teal").save(file, kind, **extra)
    return SimpleUploadedFile("me.png", file.getvalue())


@pytest.mark.parametrize("path", MEMBERS)
def test_member_pages_ask_who_it_is(path):
    response = Client().get(path)

    assert response.status_code == 302
    assert response["Location"] == f"/accounts/login/?next={path}"


@pytest.mark.parametrize("path", POSTS)
def test_nobody_changes_anything_without_a_session(path):
    assert Client().post(path).status_code == 302


@pytest.mark.parametrize("path", POSTS)
def test_changes_need_a_token_against_forgery(ana, path):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)

    assert client.post(path).status_code == 403


WITH_THE_GAME = {"/": 15, "/profile/": 19}


@pytest.mark.parametrize("path", ["/", *MEMBERS])
def test_pages_are_cheap_with_a_full_history(client, ana, site, path, django_assert_max_num_queries):
    for number in range(12):
        activity.record_watch(ana, f"v{number}", 5, source=site)
    subscriptions.upgrade_subscription(ana, Role.SUBSCRIBER, 30)
    client.get(path)

    with django_assert_max_num_queries(WITH_THE_GAME.get(path, 12)):
        assert client.get(path).status_code == 200


def test_the_front_door_is_cheap_for_visitors(django_assert_max_num_queries):
    make_user()

    with django_assert_max_num_queries(12):
        response = Client().get("/")

    assert "1 member" in text_of(response)
    assert response.context["signup"].fields["password1"].widget.attrs["autocomplete"] == "new-password"


@pytest.mark.parametrize("path", ["/", "/profile/", "/settings/", "/features/", "/history/"])
def test_pages_have_no_inline_style_or_script(client, path):
    html = client.get(path).content.decode()

    assert " style=" not in html
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>", html)
    assert not re.search(r"\son\w+=", html)


@pytest.mark.parametrize(
    ("hour", "words"), [(4, "Good night"), (5, "Good morning"), (12, "Good afternoon"), (18, "Good evening")]
)
def test_one_is_greeted_by_ones_own_clock(hour, words):
    assert pages.greeting(datetime(2026, 1, 17, hour, tzinfo=UTC)) == words


def test_home_greets_in_the_members_zone(client, ana):
    User.objects.filter(pk=ana.pk).update(time_zone="Asia/Tokyo")

    with time_machine.travel(datetime(2026, 1, 17, 22, tzinfo=UTC), tick=False):
        client.force_login(ana)
        shown = text_of(client.get("/"))

    assert "Good morning, Ana" in shown
    assert "Sunday 18 January" in shown


def test_the_profile_shows_who_one_is(client, ana):
    subscriptions.upgrade_subscription(ana, Role.SUBSCRIBER, 30)

    shown = text_of(client.get("/profile/"))

    for words in ("Ana Silva", "@ana", "Subscriber", "Subscriber plan until", "Watched in total", "Member since"):
        assert words in shown


# Settings


def save(client, section, **values):
    return client.post(
        "/settings/", {"section": section} | {f"{section}-{name}": value for name, value in values.items()}
    )


def settings_told():
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT label, data FROM stats_event WHERE kind = 'setting_changed' ORDER BY received_at, id")
        return [(label, "dark" in str(data) or "on" in str(data)) for label, data in cursor.fetchall()]


def test_each_section_is_saved_by_itself(client, ana):
    save(client, "details", first_name="Anna", last_name="", bio="Hello.")
    save(client, "preferences", theme="dark", time_zone="Europe/Lisbon", locale="en")
    save(client, "privacy", opted_out="on")

    ana.refresh_from_db()
    assert (ana.first_name, ana.bio, ana.theme, ana.time_zone, ana.opted_out) == (
        "Anna", "Hello.", "dark", "Europe/Lisbon", True,
    )  # fmt: skip
    assert settings_told() == [("theme", True), ("time_zone", True), ("privacy", True)]


def test_what_did_not_change_is_not_told(client):
    save(client, "preferences", theme="system", time_zone="", locale="")

    assert settings_told() == []


@pytest.mark.parametrize(
    ("section", "values"),
    [
        ("preferences", {"theme": "pink"}),
        ("preferences", {"theme": "dark", "time_zone": "Mars/X"}),
        ("details", {"bio": "x" * 301}),
    ],
)
def test_a_bad_setting_changes_nothing(client, ana, section, values):
    response = save(client, section, **values)

    assert response.status_code == 400
    assert User.objects.values("theme", "bio", "time_zone").get(pk=ana.pk) == {
        "theme": "system",
        "bio": "",
        "time_zone": "",
    }


def test_a_setting_that_does_not_exist_changes_nothing(client):
    assert client.post("/settings/", {"section": "is_staff", "is_staff-is_staff": "on"}).status_code == 400


def test_a_picture_becomes_a_small_square_without_metadata(client, ana, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    exif = Image.Exif()
    exif[0x010E] = "secret place"

    save(client, "picture", picture=picture(kind="JPEG", exif=exif))

    ana.refresh_from_db()
    response = client.get(ana.avatar.url)
    stored = b"".join(response.streaming_content)
    with Image.open(BytesIO(stored)) as image:
        assert (image.size, image.format, dict(image.getexif())) == ((320, 320), "WEBP", {})
    assert b"secret" not in stored
    assert "immutable" in response["Cache-Control"]


def test_a_new_picture_takes_the_place_of_the_old_and_can_go(client, ana, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    for _ in range(2):
        save(client, "picture", picture=picture())
    assert len(list(tmp_path.rglob("*.webp"))) == 1

    client.post("/settings/picture/remove/")

    ana.refresh_from_db()
    assert not ana.avatar
    assert list(tmp_path.rglob("*.webp")) == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "unsupported_content"),
        (b"GIF89a" + b"\0" * 40, "unsupported_content"),
        (b"not a picture", "unsupported_content"),
        (huge_png(), "image_too_large"),
    ],
)
def test_what_is_no_picture_is_refused(client, ana, content, code):
    response = save(client, "picture", picture=SimpleUploadedFile("me.png", content))

    assert response.status_code == 400
    assert response.context["forms"]["picture"].errors.as_data()["picture"][0].code == code
    ana.refresh_from_db()
    assert not ana.avatar


def test_there_is_no_picture_of_another_name(client):
    assert client.get(f"/avatars/{'0' * 32}.webp").status_code == 404
    assert client.get("/avatars/..%2fsecret-key").status_code == 404


# Features


def test_the_matrix_says_what_one_has(client, ana):
    subscriptions.upgrade_subscription(ana, Role.SUBSCRIBER, 30)
    FeatureGrant.objects.create(user=ana, feature="early_access", note="Thank you for testing.")

    shown = text_of(client.get("/features/"))

    assert "You have four of eight, and one more on loan. Premium adds the rest." in shown
    assert "Thank you for testing." in shown
    assert "Granted to you" in shown


def test_an_upgrade_is_asked_for_and_withdrawn(client, ana):
    client.post("/features/upgrade/", {"plan": "premium"})
    assert UpgradeRequest.objects.get().plan.key == "premium"
    assert "Premium asked for" in text_of(client.get("/features/"))

    client.post("/features/upgrade/withdraw/")

    assert not UpgradeRequest.objects.exists()
    assert not ana.subscriptions.exists()


@pytest.mark.parametrize("plan", ["", "free", "king"])
def test_only_plans_that_are_sold_can_be_asked_for(client, plan):
    assert client.post("/features/upgrade/", {"plan": plan}).status_code == 404


# History


def test_the_history_is_by_day_newest_first(client, ana, site):
    now = timezone.now()
    for title, days in (("Tide", 0), ("Bread", 1), ("Kiln", 9)):
        item = Item.objects.create(type="video", title=title, duration_ms=60_000)
        activity.record_watch(ana, str(item.uuid), 30, source=site, watched_at=now - timedelta(days=days, seconds=31))

    shown = text_of(client.get("/history/"))

    assert shown.index("Tide") < shown.index("Bread") < shown.index("Kiln")
    assert "Yesterday" in shown
    assert "3 entries, newest first" in shown


@pytest.mark.parametrize(
    ("query", "titles"), [("type=track", {"Rain"}), ("text=tid", {"Tide"}), ("type=nonsense&day=x", {"Tide", "Rain"})]
)
def test_the_history_is_filtered(client, ana, site, query, titles):
    for title, kind in (("Tide", "video"), ("Rain", "track")):
        activity.record_watch(ana, str(Item.objects.create(type=kind, title=title).uuid), 5, kind, source=site)

    response = client.get(f"/history/?{query}")

    assert {entry.title for entry in response.context["page"].object_list} == titles


def test_fifty_entries_are_a_page(client, ana, site):
    for number in range(52):
        activity.record_watch(ana, f"v{number}", 1, source=site)

    assert len(client.get("/history/").context["page"].object_list) == 50
    assert len(client.get("/history/?page=2").context["page"].object_list) == 2
    assert "1 to 50 of 52" in text_of(client.get("/history/"))


def test_clearing_asks_first_and_leaves_the_stats(client, ana, site):
    activity.record_watch(ana, "v", 5, source=site)

    assert "Clear 1 entry?" in text_of(client.get("/history/clear/"))
    assert history.count(ana.uuid) == 1
    client.post("/history/clear/")

    assert history.count(ana.uuid) == 0
    assert queries.eight_stats(ana.uuid).watch_history_entries == 1


def test_one_entry_is_hidden_and_only_ones_own(client, ana, site):
    play_id = activity.record_watch(ana, "v", 5, source=site)
    bea = Client()
    bea.force_login(make_user("bea"))

    assert bea.post("/history/hide/", {"source": site.pk, "play": play_id}).status_code == 404
    assert history.count(ana.uuid) == 1
    client.post("/history/hide/", {"source": site.pk, "play": play_id})

    assert history.count(ana.uuid) == 0


@pytest.mark.parametrize(
    "values", [{}, {"source": "x", "play": "p"}, {"source": "1", "play": ""}, {"source": "9" * 30, "play": "p"}]
)
def test_what_is_no_entry_cannot_be_hidden(client, values):
    assert client.post("/history/hide/", values).status_code == 404


@pytest.mark.parametrize(
    ("path", "form"), [("/history/hide/", {"source": "0", "play": "a\0"}), ("/features/upgrade/", {"plan": "a\0"})]
)
def test_a_nul_in_a_form_names_nothing(client, path, form):
    assert client.post(path, form).status_code == 404

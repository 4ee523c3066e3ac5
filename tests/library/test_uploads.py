"""Uploading by page and API: what is published, what is refused, and that nothing stays of what was refused."""

import os
import time
from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from library import receiving, uploads
from library.models import Comment, Media
from stats import queries
from stats.actors import user_actor
from stats.models import Item
from tests.factories import api_client, make_item, make_source, make_staff, make_user
from tests.library import samples
from tests.library.test_probing import BAD

pytestmark = pytest.mark.django_db


def part(content, name="film.mp4"):
    return SimpleUploadedFile(name, content)


def form(content, name="film.mp4", **more):
    return {"file": part(content, name), "category": "nature", "visibility": "public", **more}


def test_a_film_becomes_an_item_and_moves_the_uploaders_stats(client, leftovers):
    ana = make_user()
    client.force_login(ana)

    response = client.post("/upload/", form(samples.film(), title="Tide", tags="Sea, sea, low water"))

    item = Item.objects.get()
    assert response.status_code == 302
    assert response["Location"] == f"/items/{item.uuid}/"
    assert (item.title, item.type, item.owner) == ("Tide", "video", ana)
    assert item.media.tags == ["sea", "low water"]
    assert item.media.bytes == len(samples.film())
    assert leftovers() == [f"items/{item.uuid}/{name}" for name in ("original.mp4", "poster.webp", "thumbnail.webp")]
    assert queries.eight_stats(ana.uuid).videos_uploaded == 1


def test_a_title_is_taken_from_the_file(client):
    client.force_login(make_user())

    client.post("/upload/", form(samples.image(), "low_tide.png"))

    assert Item.objects.get().title == "Low tide"


def test_the_pages_script_gets_json(client):
    client.force_login(make_user())

    good = client.post("/upload/", form(samples.film()), headers={"Accept": "application/json"})
    bad = client.post("/upload/", form(samples.HTML), headers={"Accept": "application/json"})

    assert (good.status_code, good.json()["url"]) == (201, f"/items/{Item.objects.get().uuid}/")
    assert (bad.status_code, bad.json()["code"]) == (422, "unsupported_content")


def test_an_upload_by_the_api_is_answered_with_the_item():
    ana = make_user()

    response = api_client(ana).post("/api/library/items", {"file": part(samples.song(), "rain.mp3"), "tags": ["rain"]})

    assert response.status_code == 201
    assert response.json()["type"] == "track"
    assert response.json()["owner"]["user_id"] == str(ana.uuid)
    assert response.json()["duration_seconds"] == pytest.approx(2, abs=0.1)
    assert queries.eight_stats(ana.uuid).videos_uploaded == 0


@pytest.mark.parametrize(("name", "content", "code"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_refused_file_changes_nothing(leftovers, name, content, code):
    client = api_client(make_user())

    response = client.post("/api/library/items", {"file": part(content(), name)})

    assert (response.status_code, response.json()["code"]) == (422, code)
    assert response["Content-Type"] == "application/problem+json"
    assert (Item.objects.count(), Media.objects.count(), leftovers()) == (0, 0, [])


def test_a_refused_file_changes_nothing_on_the_page(client, leftovers):
    client.force_login(make_user())

    response = client.post("/upload/", form(b"text", title="My title"))

    assert response.status_code == 422
    assert b"This is not a video, sound or picture" in response.content
    assert b"My title" in response.content
    assert (Item.objects.count(), leftovers()) == (0, [])


def test_other_errors_are_found_before_the_file_is_read(client, leftovers):
    client.force_login(make_user())

    response = client.post("/upload/", form(samples.film(), title="x" * 201))

    assert response.status_code == 400 or response.status_code == 422
    assert (Item.objects.count(), leftovers()) == (0, [])


@pytest.mark.parametrize(
    ("files", "status", "code"),
    [
        ({}, 400, "file_required"),
        ({"file": "just text"}, 400, "file_required"),
        ({"file": [part(b"a"), part(b"b")]}, 400, "too_many_files"),
        ({"file": part(samples.image(), "a.png"), "other": part(samples.image(), "b.png")}, 400, "too_many_files"),
        ({f"file{n}": part(b"a") for n in range(101)}, 400, "too_many_files"),
    ],
    ids=["none", "text", "two", "two names", "hundred"],
)
@pytest.mark.parametrize("way", ["page", "api"])
def test_exactly_one_file_is_taken(client, leftovers, way, files, status, code):
    ana = make_user()
    client.force_login(ana)

    if way == "api":
        response = api_client(ana).post("/api/library/items", files)
    else:
        response = client.post(
            "/upload/", files | {"visibility": "public", "category": "other"}, headers={"Accept": "application/json"}
        )

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert (Item.objects.count(), leftovers()) == (0, [])


def test_a_form_that_is_cut_off_is_refused(leftovers):
    broken = b"--B\r\nContent-Disposition: form-data; name=file; filename=a.mp4\r\nContent-Transfer-Encoding: base64\r\n\r\nab"

    response = api_client(make_user()).post(
        "/api/library/items", data=broken, content_type="multipart/form-data; boundary=B"
    )

    assert (response.status_code, response.json()["code"]) == (400, "upload_broken")
    assert (Item.objects.count(), leftovers()) == (0, [])


@pytest.mark.parametrize("way", ["announced", "counted"])
@pytest.mark.parametrize("where", ["page", "api"])
def test_a_file_above_the_limit_is_refused(client, settings, leftovers, way, where):
    settings.MAX_UPLOAD_BYTES = 1000 if way == "counted" else -200_000
    ana = make_user()
    client.force_login(ana)

    if where == "api":
        response = api_client(ana).post("/api/library/items", {"file": part(bytes(5000))})
    else:
        response = client.post("/upload/", form(bytes(5000)), headers={"Accept": "application/json"})

    assert (response.status_code, response.json()["code"]) == (413, "file_too_large")
    assert (Item.objects.count(), leftovers()) == (0, [])


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/x.mp4",
        "C:\\x.mp4",
        "a\r\nb.mp4",
        "x" * 300 + ".mp4",
        ".htaccess",
        "\u202e4pm.mp4",
        "-i.mp4",
        "file:%d.mp4",
    ],
)
def test_a_file_may_be_called_anything_and_lies_under_our_name(name, leftovers):
    response = api_client(make_user()).post("/api/library/items", {"file": part(samples.film(), name)})

    item = Item.objects.get()
    assert response.status_code == 201
    assert leftovers()[0] == f"items/{item.uuid}/original.mp4"
    assert not set(item.media.original_name) & set("/\\\r\n\u202e")


def test_only_members_upload(client, leftovers):
    secret = make_source()[1]

    page = client.post("/upload/", form(samples.film()))
    nobody = api_client().post("/api/library/items", {"file": part(samples.film())})
    program = api_client(secret).post("/api/library/items", {"file": part(samples.film())})

    assert page.status_code == 302
    assert page["Location"].startswith("/accounts/login/")
    assert nobody.status_code == 401
    assert program.status_code == 403
    assert (Item.objects.count(), leftovers()) == (0, [])


def test_a_form_without_its_token_is_refused(leftovers):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user())

    response = client.post("/upload/", form(samples.film()))

    assert response.status_code == 403
    assert (Item.objects.count(), leftovers()) == (0, [])


def test_a_transaction_that_fails_leaves_no_file(media_root, leftovers):
    ana = make_user()
    path = media_root.parent / "film"
    path.write_bytes(samples.film())

    with pytest.raises(TypeError):
        uploads.publish(ana, receiving.adopt(path, "film.mp4"), uploads.Details(tags=[object()]))

    assert (Item.objects.count(), leftovers()) == (0, [])


def test_what_a_killed_process_left_is_swept_after_a_day(media_root):
    old, young = media_root / "incoming" / "old", media_root / "incoming" / "young"
    for folder in (old, young):
        folder.mkdir(parents=True)
    os.utime(old, (0, time.time() - 25 * 3600))

    assert receiving.sweep() == 1
    assert (old.exists(), young.exists()) == (False, True)


def test_deleting_takes_the_file_and_leaves_the_numbers(client, leftovers):
    ana = make_user()
    client.force_login(ana)
    client.post("/upload/", form(samples.film(), title="Tide"))
    item = Item.objects.get()

    assert b"Delete" in client.get(f"/items/{item.uuid}/delete/").content
    response = client.post(f"/items/{item.uuid}/delete/")

    item.refresh_from_db()
    assert response.status_code == 302
    assert item.deleted_at is not None
    assert leftovers() == []
    assert queries.eight_stats(ana.uuid).videos_uploaded == 1
    assert client.get(f"/items/{item.uuid}/").status_code == 404
    assert client.get("/api/library/items").json()["results"] == []


def test_editing_changes_what_the_owner_says(client):
    ana = make_user()
    client.force_login(ana)
    client.post("/upload/", form(samples.image(), "a.png"))
    item = Item.objects.get()

    assert client.get(f"/items/{item.uuid}/edit/").status_code == 200
    answer = client.post(
        f"/items/{item.uuid}/edit/",
        {"title": "New", "description": "d", "category": "food", "tags": "a", "visibility": "private"},
    )

    item.refresh_from_db()
    assert answer.status_code == 302
    assert (item.title, item.visibility, item.media.category) == ("New", "private", "food")


@pytest.mark.parametrize(("who", "status"), [("stranger", 404), ("nobody", 302), ("staff", 200)])
@pytest.mark.parametrize("page", ["edit", "delete"])
def test_only_the_owner_and_staff_change_an_item(client, who, status, page):
    owner = make_user()
    client.force_login(owner)
    client.post("/upload/", form(samples.image(), "a.png"))
    item = Item.objects.get()
    client.logout()
    if who != "nobody":
        client.force_login(make_staff() if who == "staff" else make_user())

    assert client.get(f"/items/{item.uuid}/{page}/").status_code == status
    if status != 200:
        client.post(f"/items/{item.uuid}/{page}/", {"title": "Mine"})
        item.refresh_from_db()
        assert (item.title, item.deleted_at) == ("A", None)
        assert Comment.objects.count() == 0


@pytest.mark.django_db
def test_what_somebody_else_wrote_meanwhile_stays():
    item = make_item(title="Tide")
    actor, now = user_actor(item.owner.uuid), timezone.now()
    before = uploads.details_of(item, now)
    Item.objects.filter(pk=item.pk).update(visibility="private")

    changed = uploads.change(item, replace(before, title="Ebb", tags=["sea"]), actor)
    again = uploads.change(item, replace(before, title="Ebb", tags=["sea"]), actor)

    item = Item.objects.get()
    assert (item.title, item.visibility, item.media.tags) == ("Ebb", "private", ["sea"])
    assert (changed, again) == (True, False)

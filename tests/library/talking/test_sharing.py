"""Links that begin at a second, items on other sites' pages, QR codes, and who may keep a file."""

import pytest

from library.models import Downloads, Media
from library.talking import embedding
from stats import queries
from tests.factories import make_item, make_staff, make_user

pytestmark = pytest.mark.django_db


def downloads(item):
    return queries.item_counters([item.pk])[item.pk].downloads


def test_a_public_item_is_framed_anywhere_and_nothing_else_of_the_site(client):
    item = make_item(title='Tide "& co"', file=b"film")

    frame = client.get(f"/embed/{item.uuid}/")
    page = client.get(f"/items/{item.uuid}/")

    assert "frame-ancestors *" in frame["Content-Security-Policy"]
    assert "script-src 'self'" in frame["Content-Security-Policy"]
    assert "X-Frame-Options" not in frame
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    assert page["X-Frame-Options"] == "DENY"
    shown = frame.content.decode()
    assert f'data-play-item="{item.uuid}"' in shown
    assert 'data-play-source="player"' in shown
    assert "<form" not in shown


@pytest.mark.parametrize("visibility", ["private", "unlisted", "role"])
def test_only_what_everybody_finds_is_embedded(client, visibility):
    item = make_item(visibility=visibility, file=b"film")
    client.force_login(item.owner)

    assert client.get(f"/embed/{item.uuid}/").status_code == 404
    assert "/embed/" not in client.get(f"/items/{item.uuid}/").content.decode()


def test_drafts_are_not_embedded_and_streams_have_nothing_to_play(client):
    draft, stream = make_item(file=b"film"), make_item(type="stream")
    Media.objects.filter(item=draft).update(published_at=None)

    assert [client.get(f"/embed/{item.uuid}/").status_code for item in (draft, stream)] == [404, 404]


def test_the_code_to_embed_cannot_be_broken_out_of():
    code = embedding.code("https://x.example/e/", make_item(title='"><script>alert(1)</script>'))

    assert "<script>" not in code
    assert code.count("<") == 2


@pytest.mark.parametrize(
    ("query", "begins", "source"),
    [
        ("t=7", "7", "share"),
        ("t=59", "59", "share"),
        ("t=60", None, "share"),
        ("t=-1", None, "share"),
        ("t=7.5", None, "share"),
        ("t=x", None, "share"),
        ("t=" + "9" * 400, None, "share"),
        ("", None, "direct"),
    ],
)
def test_a_shared_link_begins_at_its_second(client, query, begins, source):
    play = client.get(f"/items/{make_item(file=b'film').uuid}/?{query}").context["play"]

    assert (play.get("resume"), play["source"]) == (begins, source)


def test_a_qr_code_is_a_picture_of_the_link_for_who_may_see_the_item(client):
    item, hidden = make_item(), make_item(visibility="private")

    code = client.get(f"/items/{item.uuid}/qr.svg")

    assert code["Content-Type"] == "image/svg+xml"
    assert code.content == embedding.qr_svg(f"http://testserver/items/{item.uuid}/").encode()
    assert client.get(f"/items/{hidden.uuid}/qr.svg").status_code == 404


def test_ways_to_share_without_a_script_show_what_to_copy(client):
    item = make_item(file=b"film")

    code = client.post(f"/items/{item.uuid}/share/", {"platform": "embed"}, follow=True).content.decode()
    picture = client.post(f"/items/{item.uuid}/share/", {"platform": "qr_code"}, follow=True).content.decode()

    assert "&lt;iframe" in code.partition('id="shared"')[2]
    assert "qr.svg" in picture.partition('id="shared"')[2]
    assert queries.item_counters([item.pk])[item.pk].shares == 2


@pytest.mark.parametrize(
    ("allowed", "may"),
    [
        (Downloads.EVERYBODY, {"owner", "staff", "member", "nobody"}),
        (Downloads.MEMBERS, {"owner", "staff", "member"}),
        (Downloads.NOBODY, {"owner", "staff"}),
    ],
)
def test_a_file_is_kept_by_whom_its_owner_lets(client, allowed, may):
    item = make_item(file=b"film")
    Media.objects.filter(item=item).update(downloads=allowed)
    people = {"owner": item.owner, "staff": make_staff(), "member": make_user(), "nobody": None}

    for name, person in people.items():
        client.logout()
        if person:
            client.force_login(person)
        before = downloads(item)
        answer = client.get(f"/items/{item.uuid}/download/")
        offered = f"/items/{item.uuid}/download/" in client.get(f"/items/{item.uuid}/").content.decode()
        assert (answer.status_code, offered) == ((200, True) if name in may else (403, False)), name
        assert downloads(item) - before == (name in may)

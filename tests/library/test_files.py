"""Files as players and browsers ask for them: ranges, conditions, and nobody else's."""

from datetime import UTC, datetime

import pytest

from library import ranges
from stats import queries
from tests.factories import make_item, make_staff, make_user

pytestmark = pytest.mark.django_db

BODY = bytes(range(256)) * 4
SIZE = len(BODY)


def url(item, kind="file"):
    return f"/items/{item.uuid}/{kind}/"


def body(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-99", 0, 99),
        ("bytes=100-", 100, SIZE - 1),
        ("bytes=0-", 0, SIZE - 1),
        ("bytes=-50", SIZE - 50, SIZE - 1),
        ("bytes=-9999", 0, SIZE - 1),
        ("bytes=1000-999999", 1000, SIZE - 1),
        ("BYTES=5-6", 5, 6),
        ("bytes= 5 - 6 ", 5, 6),
    ],
)
def test_a_range_is_answered_with_just_these_bytes(client, asked, first, last):
    item = make_item(file=BODY)

    response = client.get(url(item), headers={"Range": asked})

    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert response["Content-Length"] == str(last - first + 1)
    assert body(response) == BODY[first : last + 1]


@pytest.mark.parametrize(
    "asked",
    ["bytes=9-1", f"bytes={SIZE}-", "bytes=-0", "bytes=0-1,5-6", "bytes=" + ",".join(f"{n}-{n}" for n in range(1000)),
     "bytes=", "bytes=-", "bytes=a-b", "bytes=--5", "bytes=99999999999999999999-"],
)  # fmt: skip
def test_a_range_that_cannot_be_had_is_416(client, asked):
    item = make_item(file=BODY)

    response = client.get(url(item), headers={"Range": asked})

    assert response.status_code == 416
    assert response["Content-Range"] == f"bytes */{SIZE}"
    assert response.json()["code"] == "invalid_range"


def test_another_unit_is_ignored(client):
    response = client.get(url(make_item(file=BODY)), headers={"Range": "lines=1-2"})

    assert response.status_code == 200
    assert body(response) == BODY


def test_the_whole_file_says_how_to_ask_for_parts(client):
    response = client.get(url(make_item(file=BODY)))

    assert response.status_code == 200
    assert body(response) == BODY
    assert response["Content-Length"] == str(SIZE)
    assert response["Accept-Ranges"] == "bytes"
    assert response["Content-Type"] == "video/mp4"
    assert response["Content-Disposition"].startswith("inline")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox"


def test_head_has_the_headers_and_no_body(client):
    response = client.head(url(make_item(file=BODY)), headers={"Range": "bytes=0-1"})

    assert response.status_code == 200
    assert response["Content-Length"] == str(SIZE)
    assert body(response) == b""


def test_what_the_browser_has_is_not_sent_again(client):
    item = make_item(file=BODY)
    first = client.get(url(item))

    assert client.get(url(item), headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert client.get(url(item), headers={"If-None-Match": f'"x", W/{first["ETag"]}'}).status_code == 304
    assert client.get(url(item), headers={"If-Modified-Since": first["Last-Modified"]}).status_code == 304
    assert client.get(url(item), headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    ("condition", "status"),
    [("etag", 206), ("date", 206), ('"other"', 200), ("W/etag", 200), ("Thu, 01 Jan 1970 00:00:00 GMT", 200), ("nonsense", 200)],
)  # fmt: skip
def test_a_range_of_another_version_is_the_whole_file(client, condition, status):
    item = make_item(file=BODY)
    first = client.get(url(item))
    condition = condition.replace("etag", first["ETag"]).replace("date", first["Last-Modified"])

    response = client.get(url(item), headers={"Range": "bytes=0-9", "If-Range": condition})

    assert response.status_code == status


def test_an_open_range_of_a_large_file_is_answered_in_pieces(client, monkeypatch):
    item = make_item(file=bytes(5 * 1024 * 1024))

    response = client.get(url(item), headers={"Range": "bytes=100-"})

    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes 100-{100 + 4 * 1024 * 1024 - 1}/{5 * 1024 * 1024}"
    assert len(body(response)) == 4 * 1024 * 1024


def test_behind_a_proxy_the_proxy_sends_the_file(client, settings):
    settings.ACCEL_REDIRECT_PREFIX = "/protected/"
    item = make_item(file=BODY)

    response = client.get(url(item), headers={"Range": "bytes=0-9"})

    assert response["X-Accel-Redirect"] == f"/protected/items/{item.uuid}/original.mp4"
    assert body(response) == b""


@pytest.mark.parametrize("kind", ["file", "download", "thumbnail", "poster", ""])
def test_what_is_not_to_be_seen_is_as_what_is_not_there(client, kind):
    private = make_item(file=BODY, visibility="private")
    deleted = make_item(file=BODY, deleted_at=datetime(2026, 1, 1, tzinfo=UTC))
    unknown = "/items/0198e1e0-7c3a-7d0f-9c5b-2a6f1d3e4c5b/" + (f"{kind}/" if kind else "")
    paths = [f"/items/{item.uuid}/" + (f"{kind}/" if kind else "") for item in (private, deleted)]
    client.force_login(make_user())

    answers = [client.get(path) for path in [*paths, unknown]]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_a_private_file_is_its_owners_and_the_staffs(client):
    owner = make_user()
    item = make_item(owner, file=BODY, visibility="private")

    for who, status in ((owner, 200), (make_staff(), 200), (make_user(), 404)):
        client.force_login(who)
        assert client.get(url(item)).status_code == status
    client.logout()
    assert client.get(url(item)).status_code == 404


def test_who_has_the_link_sees_an_unlisted_file(client):
    assert client.get(url(make_item(file=BODY, visibility="unlisted"))).status_code == 200


@pytest.mark.parametrize("path", ["abc", "../1", "%00", str(2**70), "0198e1e0"])
def test_an_address_that_is_no_uuid_is_404(client, path):
    assert client.get(f"/items/{path}/file/").status_code == 404
    assert client.get(f"/items/{path}/").status_code == 404


@pytest.mark.parametrize(
    ("headers", "counted"),
    [
        ({}, 1),
        ({"Range": "bytes=0-99"}, 1),
        ({"Range": "bytes=100-"}, 0),
        ({"Range": "bytes=9-1"}, 0),
        ({"If-None-Match": "etag"}, 0),
    ],
)
def test_a_download_counts_from_its_first_byte(client, headers, counted):
    item = make_item(file=BODY)
    headers = {name: value.replace("etag", client.head(url(item))["ETag"]) for name, value in headers.items()}

    response = client.get(url(item, "download"), headers=headers)

    assert response.headers.get("Content-Disposition", "attachment").startswith("attachment")
    assert queries.item_counters([item.pk])[item.pk].downloads == counted


def test_looking_at_a_file_is_no_download(client):
    item = make_item(file=BODY)

    client.get(url(item))
    client.head(url(item, "download"))

    assert queries.item_counters([item.pk])[item.pk].downloads == 0


def test_a_download_is_named_after_the_title(client):
    item = make_item(file=BODY, title='../Tide: "low" / high')

    response = client.get(url(item, "download"))

    assert response["Content-Disposition"] == 'attachment; filename="Tide_low__high.mp4"'


def test_what_no_browser_should_show_is_only_to_be_kept(client):
    response = client.get(url(make_item(file=BODY, mime="text/html")))

    assert response["Content-Disposition"].startswith("attachment")


def test_pictures_may_be_kept_by_the_browser(client):
    response = client.get(url(make_item(file=BODY), "thumbnail"))

    assert response["Content-Type"] == "image/webp"
    assert "max-age" in response["Cache-Control"]
    assert body(response) == b"thumbnail"


def test_no_range_is_asked_of_nothing():
    now = datetime(2026, 1, 1, tzinfo=UTC)

    assert ranges.requested({}, 10, '"a"', now) is None
    with pytest.raises(ranges.NotSatisfiable):
        ranges.requested({"Range": "bytes=0-0"}, 0, '"a"', now)


@pytest.mark.parametrize("title", ["🎉🎉", "...", "?!", "-"])
def test_a_title_of_signs_alone_can_be_downloaded(client, title):
    item = make_item(title=title, file=BODY)

    response = client.get(url(item, "download"))

    assert response.status_code == 200
    assert response["Content-Disposition"] == 'attachment; filename="video.mp4"'

"""Stars: one rating a person, the latest holds."""

import pytest

from stats import queries, verify
from tests.factories import api_client, make_item, make_user
from tests.stats import world

pytestmark = pytest.mark.django_db


def url(item):
    return f"/api/library/items/{item.uuid}/rating"


def test_the_latest_stars_of_each_person_are_the_rating(client):
    item, ana = make_item(), make_user()
    client.force_login(ana)

    for stars in (2, 2, 5):
        assert client.post(f"/items/{item.uuid}/rate/", {"stars": stars}).status_code == 302
    api_client(make_user()).put(url(item), {"stars": 4}, format="json")

    assert api_client().get(url(item)).json() == {"average": 4.5, "ratings": 2, "own": None}
    page = client.get(f"/items/{item.uuid}/").content.decode()
    assert "You gave 5 stars" in page
    assert "from 2 ratings" in page
    assert "4.5" in page
    assert not list(verify.differences())


def test_only_members_rate(client):
    item, stars = make_item(), {"type": "rating", "stars": 5}
    page = client.get(f"/items/{item.uuid}/").content.decode()
    guest = {"X-Guest-ID": client.post("/api/guests").json()["guest_id"]}

    refused = client.post(f"/items/{item.uuid}/rate/", {"stars": 3})
    program = api_client().put(url(item), {"stars": 3}, format="json", headers=guest)
    told = [{**stars, "item": str(item.uuid)}, {"type": "like", "item": str(item.uuid)}]
    answer = client.post("/api/stats/events", told, "application/json", headers=guest | {"Origin": "http://testserver"})
    world.drain_all()

    assert "to rate it." in page
    assert 'name="stars"' not in page
    assert refused["Location"].startswith("/accounts/login/")
    assert program.status_code == 401
    assert [one["code"] for one in answer.json()["rejected"]] == ["member_required"]
    assert answer.json()["accepted"] == 1
    assert queries.item_ratings([item.pk])[item.pk].count == 0


@pytest.mark.parametrize("stars", ["0", "6", "-1", "2.5", "five", "", None, "1e1", "9" * 400])
def test_anything_but_one_to_five_is_refused(client, stars):
    item = make_item()
    client.force_login(make_user())

    page = client.post(f"/items/{item.uuid}/rate/", {} if stars is None else {"stars": stars})
    program = api_client(make_user()).put(url(item), {"stars": stars}, format="json")

    assert (page.status_code, program.status_code) == (400, 400)
    assert queries.item_ratings([item.pk])[item.pk].count == 0


def test_what_cannot_be_seen_cannot_be_rated(client):
    hidden = make_item(visibility="private")
    client.force_login(make_user())

    assert client.post(f"/items/{hidden.uuid}/rate/", {"stars": 3}).status_code == 404
    assert api_client(make_user()).put(url(hidden), {"stars": 3}, format="json").status_code == 404
    assert api_client().put(url(make_item()), {"stars": 3}, format="json").status_code == 401

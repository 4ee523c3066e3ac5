"""Stars: one rating a person, the latest holds."""

import pytest

from stats import queries, verify
from tests.factories import api_client, make_item, make_user

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


def test_guests_rate_as_they_like(client):
    item = make_item()
    client.get(f"/items/{item.uuid}/")

    part = client.post(f"/items/{item.uuid}/rate/", {"stars": 3}, headers={"HX-Request": "true"})

    assert "You gave 3 stars" in part.content.decode()
    assert queries.item_ratings([item.pk])[item.pk].count == 1


@pytest.mark.parametrize("stars", ["0", "6", "-1", "2.5", "five", "", None, "1e1", "9" * 400])
def test_anything_but_one_to_five_is_refused(client, stars):
    item = make_item()

    page = client.post(f"/items/{item.uuid}/rate/", {} if stars is None else {"stars": stars})
    program = api_client(make_user()).put(url(item), {"stars": stars}, format="json")

    assert (page.status_code, program.status_code) == (400, 400)
    assert queries.item_ratings([item.pk])[item.pk].count == 0


def test_what_cannot_be_seen_cannot_be_rated(client):
    hidden = make_item(visibility="private")

    assert client.post(f"/items/{hidden.uuid}/rate/", {"stars": 3}).status_code == 404
    assert api_client(make_user()).put(url(hidden), {"stars": 3}, format="json").status_code == 404
    assert api_client().put(url(make_item()), {"stars": 3}, format="json").status_code == 401

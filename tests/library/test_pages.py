"""What the item page tells the player."""

import pytest
from django.test import RequestFactory

from library import pages

HOST = "127.0.0.1"


@pytest.mark.parametrize(
    ("referrer", "source"),
    [
        ("", "direct"),
        (f"http://{HOST}/", "landing"),
        (f"http://{HOST}/browse/?q=stars", "search"),
        (f"http://{HOST}/browse/", "direct"),
        ("https://elsewhere.example/?q=stars", "direct"),
    ],
)
def test_the_player_knows_how_the_person_came(referrer, source):
    request = RequestFactory().get("/items/x/", headers={"Referer": referrer, "Host": HOST})

    assert pages.play_source(request) == source

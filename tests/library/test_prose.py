"""Markdown of members: what of it stands in a page."""

import pytest

from library import prose

ITEM = "/items/0198e1e0-7c3a-7d0f-9c5b-2a6f1d3e4c5b"


@pytest.mark.parametrize(
    "address",
    [f"{ITEM}/file/", f"{ITEM}/poster/", f"{ITEM}/thumbnail/?v=3fa9c1", "/courses/reading-the-sea/cover/?v=1a"],
)
def test_pictures_of_items_and_courses_are_shown(address):
    assert prose.rendered(f"![Tide]({address})") == f'<p><img src="{address}" alt="Tide"></p>\n'


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/pixel.png",
        "//example.org/pixel.png",
        "data:image/png;base64,AAAA",
        "/r/abcdefgh/",
        "/browse/?q=buy",
        f"{ITEM}/download/",
        f"{ITEM}/file/../download/",
        f"{ITEM}/file/?next=/",
        "/courses/../r/abcdefgh/cover/",
        "/notifications/0198e1e0-7c3a-7d0f-9c5b-2a6f1d3e4c5b/",
    ],
)
def test_looking_at_a_text_asks_no_other_site_and_does_nothing_here(address):
    assert "src" not in prose.rendered(f"![Tide]({address})")


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "[a](javascript:alert(1))", "[a](data:text/html,x)"])
def test_nothing_runs(text):
    html = prose.rendered(text)

    assert "<script" not in html
    assert "href" not in html

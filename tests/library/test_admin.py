"""The library in the admin: moderation goes through the same functions as the pages."""

import pytest

from library.models import Media
from stats import queries
from tests.factories import make_comment, make_item, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    client.force_login(make_staff())
    return client


def test_staff_see_items_and_comments(staff):
    item = make_item(title="Tide", file=b"x")
    comment = make_comment(item, text="Well said.")

    assert b"Tide" in staff.get("/admin/library/media/").content
    assert b"Well said." in staff.get("/admin/library/comment/?q=said").content
    assert staff.get(f"/admin/library/media/{item.media.pk}/change/").status_code == 200
    assert staff.get(f"/admin/library/comment/{comment.pk}/change/").status_code == 200
    for path in ("media/add/", "comment/add/", f"media/{item.media.pk}/delete/", f"comment/{comment.pk}/delete/"):
        assert staff.get(f"/admin/library/{path}").status_code == 403


def test_a_comment_taken_away_in_the_admin_is_taken_away(staff):
    comment = make_comment(make_item())

    staff.post("/admin/library/comment/", {"action": "take_away", "_selected_action": [comment.pk]})

    comment.refresh_from_db()
    assert comment.deleted_at is not None
    assert queries.item_counters([comment.item_id])[comment.item_id].comments == 0


def test_an_item_deleted_in_the_admin_is_deleted(staff, leftovers):
    item = make_item(file=b"x")

    staff.post("/admin/library/media/", {"action": "delete_items", "_selected_action": [item.media.pk]})

    item.refresh_from_db()
    assert item.deleted_at is not None
    assert leftovers() == []
    assert Media.objects.count() == 1
    assert item.title not in staff.get("/admin/library/media/").content.decode()


def test_members_are_no_staff(client):
    client.force_login(make_item().owner)

    assert client.get("/admin/library/media/").status_code in {302, 403}

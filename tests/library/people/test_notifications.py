"""Members are told what concerns them: once, as they have set it, and never by themselves."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from library.people import follows, notifications, settings
from library.people.models import Notification
from stats.ids import derived
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def tell(
    recipients,
    *,
    kind="comment",
    by=None,
    cause="comment:1",
    title="Ana commented on Tide",
    words=None,
    address="/browse/",
):
    return notifications.notify(kind, recipients, by=by, title=title, words=words, address=address, cause=cause)


def told(user):
    return [row.says for row in notifications.of(user)]


def test_one_cause_is_told_once_whoever_tells_it_again():
    ana = make_user()

    tell([ana, ana])
    tell([ana], kind="reply", title="Again")
    tell([ana], cause="comment:2", title="Another")

    assert told(ana) == ["Another", "Ana commented on Tide"]


def test_nobody_is_told_what_they_did_themselves_or_have_switched_off():
    ana, noa, marit = make_user(), make_user(), make_user()
    settings.change(noa, {"notification.comment": "off"})

    tell([ana, noa, marit], by=ana)

    assert (told(ana), told(noa), told(marit)) == ([], [], ["Ana commented on Tide"])


def test_everybody_reads_in_their_own_language():
    ana, bo = make_user(first_name="Ana"), make_user()
    with translation.override("fr"):
        tell([bo], title="Yes, I’m sure", words={}, cause="asked")
        follows.follow(ana, bo)

    with translation.override("de"):
        assert told(bo) == ["Ana follows you", "Ja, ich bin sicher"]
    with translation.override("en"):
        assert told(bo) == ["Ana follows you", "Yes, I’m sure"]


def test_what_people_write_is_said_as_it_is():
    bo = make_user()

    tell([bo], title="100% off: Home", cause="letter")

    with translation.override("de"):
        assert told(bo) == ["100% off: Home"]


def test_a_member_who_is_gone_is_told_nothing():
    tell([make_user(is_active=False)])

    assert not Notification.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"kind": "gossip"}, {"address": "https://elsewhere.example/"}, {"address": "//elsewhere.example/"}]
)
def test_an_unknown_kind_and_an_address_elsewhere_are_refused(wrong):
    with pytest.raises(ValueError, match=r"gossip|elsewhere"):
        tell([make_user()], **wrong)


def test_telling_many_costs_as_much_as_telling_one(django_assert_num_queries):
    many = [make_user() for _ in range(20)]

    with django_assert_num_queries(2):
        tell(many)


def test_a_long_title_is_cut():
    ana = make_user()

    tell([ana], title="x" * 400)

    assert told(ana)[0].endswith("x…")
    assert len(told(ana)[0]) == 200


def test_what_is_old_goes_and_what_nobody_has_read_stays_for_longer():
    ana, now = make_user(), timezone.now()
    for number, (days, is_read) in enumerate([(89, True), (91, True), (91, False), (366, False)]):
        tell([ana], cause=str(number), title=f"{days} {is_read}")
        told_at = now - timedelta(days=days)
        Notification.objects.filter(cause=derived("notification", str(number))).update(
            created_at=told_at, read_at=now if is_read else None
        )

    assert notifications.drop_old(now) == 2
    assert sorted(told(ana)) == ["89 True", "91 False"]


# The pages


def test_the_bell_counts_what_is_unread_and_opening_one_reads_it(client):
    ana = make_user()
    tell([ana])
    tell([ana], cause="comment:2")
    client.force_login(ana)

    assert 'aria-label="Notifications, 2 unread"' in client.get("/notifications/").content.decode()
    opened = client.get(f"/notifications/{notifications.of(ana)[0].uuid}/")

    assert opened["Location"] == "/browse/"
    assert client.get("/notifications/count/").json() == {"unread": 1}


def test_marking_all_as_read_leaves_what_arrived_meanwhile(client):
    ana = make_user()
    tell([ana], title="Seen")
    client.force_login(ana)
    seen = notifications.of(ana)[0]
    tell([ana], cause="comment:2", title="Just now")

    client.post("/notifications/read/", {"until": seen.uuid})

    page = client.get("/notifications/?show=unread").content.decode()
    assert "Just now" in page
    assert "Seen" not in page


def test_more_than_ninety_nine_are_written_short(client):
    ana = make_user()
    for number in range(105):
        tell([ana], cause=f"comment:{number}")
    client.force_login(ana)

    assert ">99+</span>" in client.get("/").content.decode()


def test_nobody_opens_what_another_was_told(client):
    ana, noa = make_user(), make_user()
    tell([ana])
    address = f"/notifications/{notifications.of(ana)[0].uuid}/"

    client.force_login(noa)
    assert client.get(address).status_code == 404
    client.logout()
    assert client.get(address)["Location"].startswith("/accounts/login/")
    assert notifications.unread(ana) == 1


@pytest.mark.parametrize("until", ["", "soon", "0" * 32 + "z"])
def test_marking_until_something_that_is_none_is_refused(client, until):
    client.force_login(make_user())

    assert client.post("/notifications/read/", {"until": until}).status_code == 404


def test_the_page_costs_as_much_for_thirty_as_for_one(client, django_assert_max_num_queries):
    ana = make_user()
    for number in range(31):
        tell([ana], by=make_user(), cause=f"comment:{number}")
    client.force_login(ana)

    client.get("/notifications/")

    with django_assert_max_num_queries(12):
        page = client.get("/notifications/").content.decode()

    assert page.count("toldrow") == 30
    assert "Page 1 of 2" in page

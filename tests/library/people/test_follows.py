"""Members follow members, see each other's pages, and what those whom they follow publish."""

import pytest

from library.people import announcing, follows, notifications, settings
from library.people.models import Announcement
from stats import queries, verify
from stats.kinds import Kind
from stats.models import Action
from tests.factories import make_course, make_item, make_staff, make_user

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def told(user):
    return [row.says for row in notifications.of(user)]


def counts(user):
    found = queries.follow_counts([user.uuid])[user.uuid]
    return found.followers, found.following


def test_following_counts_once_and_is_told_once_however_often_it_is_done(client):
    ana, noa = make_user("ana"), make_user("noa")
    client.force_login(ana)

    for on in ("1", "1", "0", "0", "1"):
        client.post("/members/noa/follow/", {"on": on})

    assert (counts(noa), counts(ana)) == ((1, 0), (0, 1))
    assert Action.objects.filter(kind__in=[Kind.FOLLOW.value, Kind.UNFOLLOW.value]).count() == 3
    assert told(noa) == ["ana follows you"]
    assert not list(verify.differences())


def test_the_button_comes_back_as_it_is_now(client):
    ana = make_user("ana")
    make_user("noa")
    client.force_login(ana)

    followed = client.post("/members/noa/follow/", {"on": "1"}, headers=HTMX).content.decode()
    page = client.get("/members/noa/").content.decode()

    assert 'aria-pressed="true"' in followed
    assert 'data-shown="1"' in followed
    assert "Following<span" in page


def test_nobody_follows_themselves(client):
    ana = make_user("ana")
    client.force_login(ana)

    assert client.post("/members/ana/follow/").status_code == 400
    assert counts(ana) == (0, 0)
    assert "Edit profile" in client.get("/members/ana/").content.decode()


def test_a_guest_is_sent_to_the_door_and_a_stranger_is_unknown(client):
    make_user("noa")

    assert client.post("/members/noa/follow/")["Location"].startswith("/accounts/login/")
    client.force_login(make_user())
    assert client.post("/members/nobody-here/follow/").status_code == 404
    assert client.get("/members/nobody-here/").status_code == 404
    assert client.get("/members/a%00b/").status_code == 404


def test_a_member_is_found_in_any_spelling(client):
    make_user("Noa", first_name="Noa", last_name="Lindqvist", bio="Films tide pools.")

    page = client.get("/members/noa/").content.decode()

    assert "Noa Lindqvist" in page
    assert "Films tide pools." in page


def test_a_member_page_shows_what_is_public_and_what_they_work_on(client):
    noa = make_user("noa")
    make_item(noa, title="Tide")
    make_item(noa, title="Hidden", visibility="private")
    make_item(title="Of another")

    page = client.get("/members/noa/").content.decode()

    assert "Tide" in page
    assert not [title for title in ("Hidden", "Of another") if title in page]


@pytest.mark.parametrize(
    ("value", "seen"),
    [("everybody", (200, 200)), ("members", (404, 200)), ("nobody", (404, 404))],
)
def test_who_sees_a_page_is_the_members_choice(client, value, seen):
    noa = make_user("noa")
    settings.change(noa, {"privacy.profile": value})

    guest = client.get("/members/noa/").status_code
    client.force_login(make_user())
    member = client.get("/members/noa/").status_code
    client.force_login(noa)
    oneself = client.get("/members/noa/").status_code
    client.force_login(make_staff())
    staff = client.get("/members/noa/").status_code

    assert (guest, member) == seen
    assert (oneself, staff) == (200, 200)


def test_who_keeps_follows_private_shows_the_numbers_only(client):
    noa, ana = make_user("noa"), make_user("ana")
    follows.follow(ana, noa)
    settings.change(noa, {"privacy.follows": "nobody"})

    page = client.get("/members/noa/followers/").content.decode()
    client.force_login(noa)
    own = client.get("/members/noa/followers/").content.decode()

    assert "Kept private" in page
    assert "@ana" not in page
    assert "@ana" in own


def test_who_keeps_follows_private_stands_among_followers_for_the_followed_alone(client):
    noa, ana, kim = make_user("noa"), make_user("ana"), make_user()
    follows.follow(noa, ana)
    settings.change(noa, {"privacy.follows": "nobody"})

    found = {}
    for who in (None, kim, ana, noa):
        client.logout()
        if who:
            client.force_login(who)
        people = client.get("/members/ana/followers/").context["people"]
        found[who] = [person.user for person in people] == [noa]

    assert found == {None: False, kim: False, ana: True, noa: True}


def test_who_hides_stands_in_nobodys_list(client):
    noa, ana, jun = make_user("noa"), make_user("ana"), make_user("jun")
    follows.follow(ana, noa)
    follows.follow(jun, noa)
    follows.follow(noa, jun)
    settings.change(jun, {"privacy.profile": "nobody"})

    followers = client.get("/members/noa/followers/").content.decode()
    following = client.get("/members/noa/following/").content.decode()

    assert "@ana" in followers
    assert "@jun" not in followers + following
    assert f'data-of="{noa.uuid}">2</b>' in followers


def test_lists_of_people_cost_as_much_for_many_as_for_one(client, django_assert_max_num_queries):
    noa = make_user("noa")
    for _ in range(12):
        follows.follow(make_user(), noa)
    client.force_login(make_user())

    client.get("/members/noa/followers/")

    with django_assert_max_num_queries(13):
        page = client.get("/members/noa/followers/").content.decode()

    assert page.count('class="row-flex person"') == 12


@pytest.mark.parametrize("tab", ["", "playlists/", "courses/"])
def test_a_member_page_costs_as_much_for_many_as_for_one(client, django_assert_max_num_queries, tab):
    noa = make_user("noa")
    for number in range(6):
        make_item(noa)
        make_course(noa, f"Course {number}")
    client.force_login(make_user())

    client.get(f"/members/noa/{tab}")

    with django_assert_max_num_queries(13):
        assert client.get(f"/members/noa/{tab}").status_code == 200


def test_a_member_page_shows_the_courses_that_are_out(client):
    noa = make_user("noa")
    make_course(noa, "Reading the sea")
    make_course(noa, "Not yet", published=False)

    page = client.get("/members/noa/courses/").content.decode()

    assert "Reading the sea" in page
    assert "Not yet" not in page


# The feed


def test_the_feed_has_the_newest_of_whom_one_follows(client, django_assert_max_num_queries):
    ana, noa, jun = make_user("ana"), make_user("noa"), make_user("jun")
    make_item(noa, title="Older")
    make_item(noa, title="Newer")
    make_item(noa, title="Draft", visibility="private")
    make_item(jun, title="Of a stranger")
    follows.follow(ana, noa)
    client.force_login(ana)

    client.get("/following/")

    with django_assert_max_num_queries(12):
        page = client.get("/following/").content.decode()

    assert page.index("Newer") < page.index("Older")
    assert "Draft" not in page
    assert "Of a stranger" not in page


def test_who_follows_nobody_is_shown_somebody(client):
    make_item(make_user("jun"), title="Tide")
    client.force_login(make_user())

    page = client.get("/following/").content.decode()

    assert "You follow nobody yet" in page
    assert "@jun" in page


def test_what_one_unfollowed_leaves_the_feed(client):
    ana, noa = make_user(), make_user()
    make_item(noa, title="Tide pools")
    follows.follow(ana, noa)
    follows.unfollow(ana, noa)
    client.force_login(ana)

    page = client.get("/following/").content.decode()

    assert "You follow nobody yet" in page


# New items are announced


def announced(item):
    announcing.announce(item)
    return announcing.work_off()


def test_followers_are_told_of_a_new_item_once(settings):
    noa, ana, jun = make_user("noa"), make_user("ana"), make_user("jun")
    follows.follow(ana, noa)
    item = make_item(noa, title="Tide")

    assert announced(item) == 1
    follows.follow(jun, noa)
    assert announced(item) == 0

    assert told(ana) == ["noa published “Tide”"]
    assert told(jun) == []


@pytest.mark.parametrize("hidden", [{"visibility": "private"}, {"visibility": "unlisted"}])
def test_followers_are_told_only_once_it_is_out(hidden):
    noa, ana = make_user("noa"), make_user()
    follows.follow(ana, noa)
    item = make_item(noa, title="Tide", **hidden)

    assert announced(item) == 0
    type(item).objects.filter(pk=item.pk).update(visibility="public")

    assert announced(item) == 1
    assert told(ana) == ["noa published “Tide”"]


def test_what_only_a_plan_opens_is_told_to_who_has_it():
    noa, ana, staff = make_user(), make_user(), make_staff()
    follows.follow(ana, noa)
    follows.follow(staff, noa)
    item = make_item(noa, visibility="role")
    type(item.media).objects.filter(item=item).update(least_role="premium")

    announced(item)

    assert told(ana) == []
    assert len(told(staff)) == 1


def test_all_are_told_though_the_worker_stops_in_the_middle(monkeypatch):
    noa = make_user()
    people = [make_user() for _ in range(7)]
    for person in people:
        follows.follow(person, noa)
    item = make_item(noa)
    announcing.announce(item)
    monkeypatch.setattr(announcing, "BATCH", 3)
    row = Announcement.objects.get()

    announcing._tell_batch(row.pk)
    rest = announcing.work_off()

    assert rest == 4
    assert all(len(told(person)) == 1 for person in people)
    assert Announcement.objects.get().done_at is not None


def test_nobody_more_is_told_of_what_is_hidden_while_it_is_told(monkeypatch):
    noa, people = make_user(), [make_user() for _ in range(5)]
    for person in people:
        follows.follow(person, noa)
    item = make_item(noa)
    announcing.announce(item)
    monkeypatch.setattr(announcing, "BATCH", 3)

    announcing._tell_batch(Announcement.objects.get().pk)
    type(item).objects.filter(pk=item.pk).update(visibility="private")
    hidden = announcing._tell_all(Announcement.objects.get().pk)
    type(item).objects.filter(pk=item.pk).update(visibility="public")

    assert (hidden, announcing.work_off()) == (0, 2)


def test_what_came_out_long_ago_is_no_news():
    from datetime import timedelta

    from django.utils import timezone

    noa, ana = make_user(), make_user()
    follows.follow(ana, noa)
    item = make_item(noa)
    type(item.media).objects.filter(item=item).update(published_at=timezone.now() - timedelta(days=8))

    assert announced(item) == 0
    assert told(ana) == []

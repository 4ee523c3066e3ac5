"""Who finds and opens what: by role, by link, drafts, dates, early access, and who works on it together."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import subscriptions
from accounts.models import FeatureGrant
from accounts.roles import Role
from library.models import Collaboration, Media
from library.people.models import Answer
from stats import items
from stats.models import Action, Item
from tests.factories import api_client, make_item, make_plans, make_source, make_staff, make_user

pytestmark = pytest.mark.django_db

ITEMS = "/api/library/items"
HOUR = timedelta(hours=1)


def url(item):
    return f"{ITEMS}/{item.uuid}"


def make(title="Ebb", owner=None, *, visibility="public", **media):
    item = make_item(owner, title=title, visibility=visibility, file=b"0123456789")
    Media.objects.filter(item=item).update(**media)
    return item


def make_member(role):
    user = make_user()
    if role is not Role.FREE:
        subscriptions.upgrade_subscription(user, role, 30)
    return user


def opens(who, item):
    """Return whether somebody opens the item, by API; the list must say the same of what is listed."""
    return api_client(who).get(url(item)).status_code == 200


def finds(who):
    return [item["title"] for item in api_client(who).get(ITEMS).json()["results"]]


@pytest.mark.parametrize(
    ("least", "expected"),
    [
        ("free", [False, True, True, True, True, True]),
        ("subscriber", [False, False, True, True, True, True]),
        ("premium", [False, False, False, True, True, True]),
    ],
)
def test_an_item_by_role_is_for_members_from_that_role_up(client, least, expected):
    make_plans()
    owner, staff = make_user(), make_staff()
    item = make(visibility="role", owner=owner, least_role=least)
    people = [None, *(make_member(role) for role in (Role.FREE, Role.SUBSCRIBER, Role.PREMIUM)), owner, staff]

    assert [opens(who, item) for who in people] == expected
    assert [finds(who) == ["Ebb"] for who in people[:4]] == expected[:4]
    for who, is_open in zip(people, expected, strict=True):
        client.logout()
        if who:
            client.force_login(who)
        assert (client.get(f"/items/{item.uuid}/").status_code == 200) is is_open
        assert (client.get(f"/items/{item.uuid}/file/").status_code == 200) is is_open


def test_a_role_that_ran_out_opens_nothing():
    make_plans()
    item = make(visibility="role", least_role="premium")
    member = make_user()
    subscriptions.upgrade_subscription(member, Role.PREMIUM, 30, now=timezone.now() - timedelta(days=31))

    assert not opens(member, item)
    assert finds(member) == []


def test_a_draft_is_its_owners_alone():
    owner = make_user()
    item = make(owner=owner, published_at=None)
    FeatureGrant.objects.create(user=(early := make_user()), feature="early_access")

    assert [opens(who, item) for who in (None, make_user(), early, owner, make_staff())] == [
        False, False, False, True, True,
    ]  # fmt: skip
    assert finds(owner) == finds(early) == []


def test_what_has_a_date_is_out_from_then_on(client):
    item = make(published_at=timezone.now() + HOUR)

    assert not opens(make_user(), item)
    assert finds(None) == []
    Media.objects.filter(item=item).update(published_at=timezone.now() - HOUR)
    assert opens(None, item)
    assert finds(None) == ["Ebb"]


def test_early_access_sees_it_before_and_uses_the_feature_once_an_item(client):
    item, other = make(published_at=timezone.now() + HOUR), make("Flood", published_at=timezone.now() + HOUR)
    member = make_user()
    FeatureGrant.objects.create(user=member, feature="early_access")
    client.force_login(member)

    assert sorted(finds(member)) == ["Ebb", "Flood"]
    for _ in range(2):
        assert client.get(f"/items/{item.uuid}/").status_code == 200
        assert opens(member, other)
    client.get(f"/items/{make('Out').uuid}/")

    used = Action.objects.filter(kind="feature_used", actor=member.uuid).values_list("label", flat=True)
    assert list(used) == ["early_access", "early_access"]


def test_an_owner_uses_no_feature_on_what_is_theirs(client):
    owner = make_user()
    FeatureGrant.objects.create(user=owner, feature="early_access")
    item = make(owner=owner, published_at=timezone.now() + HOUR)

    assert opens(owner, item)

    assert not Action.objects.filter(kind="feature_used").exists()


@pytest.mark.parametrize(
    ("state", "sees", "changes"), [("invited", True, 404), ("accepted", True, 200), ("declined", False, 404)]
)
def test_who_works_on_it_sees_and_changes_but_neither_hides_nor_deletes(client, state, sees, changes):
    item, person = make(visibility="private"), make_user()
    answered = None if state == "invited" else timezone.now()
    Collaboration.objects.create(
        item=item, person=person, invited_by=item.owner, state=Answer(state), answered_at=answered
    )

    assert opens(person, item) is sees
    client.force_login(person)
    assert client.get(f"/items/{item.uuid}/edit/").status_code == changes
    if state == "accepted":
        api = api_client(person)
        assert api.patch(url(item), {"title": "Flood"}, format="json").status_code == 200
        assert api.patch(url(item), {"visibility": "public"}, format="json").status_code == 403
        assert api.delete(url(item)).status_code == 403
        assert client.get(f"/items/{item.uuid}/delete/").status_code == 404
        form = {"title": "Tide", "category": "other", "visibility": "public", "publish": "draft"}
        assert client.post(f"/items/{item.uuid}/edit/", form).status_code == 302
        item.refresh_from_db()
        assert (item.title, item.visibility, item.media.published_at is None) == ("Tide", "private", False)


@pytest.mark.parametrize("published_at", [None, timezone.now() + HOUR], ids=["draft", "coming"])
def test_what_is_not_out_is_unknown_to_events_but_of_who_may_open_it(client, published_at):
    item = make(published_at=published_at)
    likes = {"type": "like", "item": str(item.uuid)}
    source, secret = make_source()

    def codes(key=""):
        headers = {"Authorization": f"Bearer {key}"} if key else {"Origin": "http://testserver"}
        answer = client.post("/api/stats/events", [likes], "application/json", headers=headers).json()
        return [one["code"] for one in answer["rejected"]]

    assert codes(source.public_key) == ["unknown_item"]
    assert codes(secret) == []
    early = make_user()
    FeatureGrant.objects.create(user=early, feature="early_access")
    for who, refused in ((make_user(), True), (item.owner, False), (make_staff(), False), (early, not published_at)):
        client.force_login(who)
        assert codes() == ["unknown_item"] * refused, who


def test_what_comes_out_is_known_to_events_at_once_and_no_longer_when_it_is_taken_back(client):
    item = make(published_at=None)
    play = {"type": "like", "item": str(item.uuid)}
    fan, owner = make_user(), api_client(item.owner)
    client.force_login(fan)

    def is_taken():
        told = client.post("/api/stats/events", [play], "application/json", headers={"Origin": "http://testserver"})
        return told.status_code == 202

    assert not is_taken()
    owner.patch(url(item), {"is_draft": False}, format="json")
    assert is_taken()
    owner.patch(url(item), {"is_draft": True}, format="json")
    assert not is_taken()


def test_a_date_that_passes_while_it_is_remembered_opens_it():
    known = items.Known(1, "video", None, None, "public", time.time() + 0.05)

    assert not known.is_open
    time.sleep(0.06)
    assert known.is_open


def form_of(**values):
    return {"title": "Ebb", "category": "other", "tags": "", "visibility": "public", **values}


def test_the_form_keeps_a_draft_publishes_it_on_a_date_and_at_once(client):
    owner = make_user(time_zone="Europe/Amsterdam")
    item = make(owner=owner)
    out_since = item.media.published_at
    client.force_login(owner)
    edit = f"/items/{item.uuid}/edit/"

    client.post(edit, form_of(visibility="role:premium", downloads="nobody"))
    media = Media.objects.select_related("item").get(item=item)
    assert (media.item.visibility, media.least_role, media.downloads) == ("role", "premium", "nobody")
    assert media.published_at == out_since
    assert 'value="role:premium" selected' in client.get(edit).content.decode()

    client.post(edit, form_of(publish="draft"))
    assert Media.objects.get(item=item).published_at is None
    assert Item.objects.get(pk=item.pk).visibility == "public"

    day = (timezone.now() + timedelta(days=30)).date()
    assert client.post(edit, form_of(publish="later", publish_at=f"{day}T18:00")).status_code == 302
    planned = Media.objects.get(item=item).published_at
    assert planned.astimezone(timezone.get_fixed_timezone(0)).hour in {16, 17}
    assert f'value="{day}T18:00"' in client.get(edit).content.decode()

    client.post(edit, form_of(publish="now"))
    assert timezone.now() - HOUR < Media.objects.get(item=item).published_at <= timezone.now()


@pytest.mark.parametrize("at", ["", "yesterday", "2020-01-01T10:00", "2999-01-01T10:00"])
def test_a_date_that_cannot_be_is_refused(client, at):
    owner = make_user()
    item = make(owner=owner)
    client.force_login(owner)

    response = client.post(f"/items/{item.uuid}/edit/", form_of(publish="later", publish_at=at))

    assert response.status_code == 400
    assert "publish_at" in response.context["form"].errors


def test_the_api_keeps_a_draft_and_publishes_it_once_it_is_ready():
    owner = make_user()
    item, api = make(owner=owner), api_client(owner)

    draft = api.patch(url(item), {"is_draft": True}, format="json").json()
    still = api.patch(url(item), {"title": "Flood"}, format="json").json()
    at = timezone.now() + timedelta(days=3)
    planned = api.patch(url(item), {"is_draft": False, "publish_at": at.isoformat()}, format="json").json()
    out = api.patch(
        url(item), {"publish_at": None, "visibility": "role", "least_role": "premium"}, format="json"
    ).json()

    assert draft["published_at"] is still["published_at"] is None
    assert planned["published_at"] > timezone.now().isoformat()
    assert out["published_at"] < planned["published_at"]
    assert (out["visibility"], out["least_role"]) == ("role", "premium")


@pytest.mark.parametrize(
    ("body", "path", "code"),
    [
        ({"publish_at": "2020-01-01T00:00:00Z"}, "publish_at", "value_out_of_range"),
        ({"publish_at": "2999-01-01T00:00:00Z"}, "publish_at", "value_out_of_range"),
        ({"publish_at": "soon"}, "publish_at", "invalid"),
        ({"least_role": "owner"}, "least_role", "invalid_choice"),
        ({"downloads": "some"}, "downloads", "invalid_choice"),
        ({"is_draft": "perhaps"}, "is_draft", "invalid"),
    ],
)
def test_bad_dates_and_roles_change_nothing(body, path, code):
    owner = make_user()
    item = make(owner=owner)

    response = api_client(owner).patch(url(item), {"title": "Flood", **body}, format="json")

    error = response.json()["errors"][0]
    assert (response.status_code, error["path"], error["code"]) == (400, path, code)
    assert Item.objects.get(pk=item.pk).title == "Ebb"


def test_a_change_is_an_event_by_who_made_it_and_no_change_is_none():
    owner, staff = make_user(), make_staff()
    item = make(owner=owner)

    api_client(owner).patch(url(item), {"title": "Flood"}, format="json")
    api_client(staff).patch(url(item), {"tags": ["sea"]}, format="json")
    api_client(owner).patch(url(item), {"title": "Flood", "tags": ["Sea"]}, format="json")

    changes = Action.objects.filter(kind="item_changed", item_id=item.pk).order_by("at")
    assert [change.actor for change in changes] == [owner.uuid, staff.uuid]

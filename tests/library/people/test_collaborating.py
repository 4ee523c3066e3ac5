"""Members work on an item together: asked, accepted, and then they may change it, but not delete it."""

import pytest

from library.people import collaborating, follows, notifications, settings
from library.people.models import Answer, Collaboration
from stats import verify
from stats.kinds import Kind
from stats.models import Action
from tests.factories import api_client, make_item, make_staff, make_user

pytestmark = pytest.mark.django_db


def told(user):
    return [row.says for row in notifications.of(user)]


def accepted(item, person):
    row = collaborating.invite(item, person, item.owner)
    collaborating.answer(row, Answer.ACCEPTED)
    return row


def test_who_is_asked_is_told_accepts_and_may_change_it(client):
    ana, noa = make_user("ana"), make_user("noa")
    item = make_item(ana, title="Tide", visibility="private")
    client.force_login(ana)
    client.post(f"/items/{item.uuid}/people/", {"username": "@Noa"})
    row = Collaboration.objects.get()
    assert told(noa) == ["ana asks you to work on “Tide”"]

    client.force_login(noa)
    assert "Tide" in client.get("/collaborations/").content.decode()
    before = client.get(f"/items/{item.uuid}/edit/").status_code
    client.post(f"/collaborations/{row.uuid}/answer/", {"answer": "accept"})
    after = client.get(f"/items/{item.uuid}/edit/").status_code

    assert (before, after) == (404, 200)
    assert client.get(f"/items/{item.uuid}/delete/").status_code == 404
    assert told(ana) == ["noa works on “Tide” with you"]
    assert Action.objects.get(kind=Kind.COLLABORATION_ACCEPTED.value).item_id == item.pk
    assert not list(verify.differences())


def test_an_answer_is_given_once(client):
    ana, noa = make_user(), make_user()
    row = collaborating.invite(make_item(ana), noa, ana)
    client.force_login(noa)

    client.post(f"/collaborations/{row.uuid}/answer/", {"answer": "decline"})
    client.post(f"/collaborations/{row.uuid}/answer/", {"answer": "accept"})

    assert Collaboration.objects.get().state == Answer.DECLINED
    assert not Action.objects.filter(kind=Kind.COLLABORATION_ACCEPTED.value).exists()
    assert "declined" in told(ana)[0]


def test_nobody_answers_for_another_or_otherwise(client):
    ana, noa = make_user(), make_user()
    row = collaborating.invite(make_item(ana), noa, ana)
    address = f"/collaborations/{row.uuid}/answer/"

    client.force_login(ana)
    assert client.post(address, {"answer": "accept"}).status_code == 404
    client.force_login(noa)
    assert client.post(address, {"answer": "perhaps"}).status_code == 404
    client.logout()
    assert client.post(address, {"answer": "accept"})["Location"].startswith("/accounts/login/")
    assert Collaboration.objects.get().state == Answer.INVITED


def test_who_leaves_may_change_it_no_more(client):
    noa = make_user()
    item = make_item(make_user(), visibility="private")
    row = accepted(item, noa)
    client.force_login(noa)

    client.post(f"/collaborations/{row.uuid}/end/")

    assert client.get(f"/items/{item.uuid}/").status_code == 404


@pytest.mark.parametrize("who", ["owner", "staff"])
def test_owner_and_staff_end_it_and_a_stranger_does_not(client, who):
    ana = make_user()
    row = accepted(make_item(ana), make_user())
    address = f"/collaborations/{row.uuid}/end/"

    client.force_login(make_user())
    assert client.post(address).status_code == 404
    client.force_login(ana if who == "owner" else make_staff())
    client.post(address)

    assert not Collaboration.objects.exists()


@pytest.mark.parametrize("name", ["ana", "nobody-here", "noa", "quiet", "a\0b", "x" * 200])
def test_whom_one_cannot_ask(client, name):
    ana, noa, quiet = make_user("ana"), make_user("noa"), make_user("quiet")
    settings.change(quiet, {"privacy.invitations": "nobody"})
    item = make_item(ana)
    collaborating.invite(item, noa, ana)
    client.force_login(ana)

    answer = client.post(f"/items/{item.uuid}/people/", {"username": name})

    assert answer.status_code == 400
    assert Collaboration.objects.count() == 1


def test_who_takes_invitations_of_whom_they_follow_takes_no_others():
    ana, noa, jun = make_user(), make_user(), make_user()
    settings.change(noa, {"privacy.invitations": "followed"})
    follows.follow(noa, ana)

    assert collaborating.invite(make_item(ana), noa, ana).state == Answer.INVITED
    with pytest.raises(collaborating.Refused):
        collaborating.invite(make_item(jun), noa, jun)


def test_twenty_are_the_most():
    ana = make_user()
    item = make_item(ana)
    for _ in range(20):
        collaborating.invite(item, make_user(), ana)

    with pytest.raises(collaborating.Refused, match="too_many"):
        collaborating.invite(item, make_user(), ana)


def test_a_collaborator_asks_nobody(client):
    noa = make_user()
    item = make_item(make_user())
    accepted(item, noa)
    client.force_login(noa)

    assert client.get(f"/items/{item.uuid}/people/").status_code == 404


def test_what_is_made_together_stands_on_both_pages(client):
    noa = make_user("noa")
    accepted(make_item(make_user("ana"), title="Tide pools"), noa)

    assert "Tide pools" in client.get("/members/noa/").content.decode()
    assert "Tide pools" in client.get("/members/ana/").content.decode()


def test_the_api_asks_answers_and_ends():
    ana, noa = make_user("ana"), make_user("noa")
    item = make_item(ana, title="Tide")
    owner, other = api_client(ana), api_client(noa)
    address = f"/api/library/items/{item.uuid}/collaborators"

    asked = owner.post(address, {"username": "noa"}, format="json")
    again = owner.post(address, {"username": "noa"}, format="json")
    listed = other.get("/api/library/collaborations").json()
    told = other.patch(f"/api/library/collaborations/{asked.json()['uuid']}", {"state": "accepted"}, format="json")
    twice = other.patch(f"/api/library/collaborations/{asked.json()['uuid']}", {"state": "declined"}, format="json")

    assert (asked.status_code, told.status_code) == (201, 200)
    assert (again.status_code, again.json()["code"]) == (409, "already_invited")
    assert (twice.status_code, twice.json()["code"]) == (409, "already_answered")
    assert [row["title"] for row in listed["results"]] == ["Tide"]
    assert other.get(address).json()[0]["state"] == "accepted"
    assert other.post(address, {"username": "ana"}, format="json").status_code == 403
    assert other.delete(f"/api/library/collaborations/{asked.json()['uuid']}").status_code == 204


@pytest.mark.parametrize("body", [{}, {"username": ""}, {"username": ["noa"]}, {"username": "x" * 151}])
def test_the_api_refuses_what_is_no_name(body):
    ana = make_user()
    item = make_item(ana)

    assert api_client(ana).post(f"/api/library/items/{item.uuid}/collaborators", body, format="json").status_code == 400


def test_staff_look_at_it_in_the_admin_and_change_nothing(client):
    accepted(make_item(make_user("ana"), title="Tide"), make_user("noa"))
    client.force_login(make_staff())

    assert "Tide" in client.get("/admin/library/collaboration/").content.decode()
    assert client.get("/admin/library/collaboration/add/").status_code == 403

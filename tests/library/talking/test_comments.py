"""Threads of comments: replies, corrections, places of what was taken away, and who writes too quickly."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from library import comments, pace
from library.models import Comment
from library.people.models import Collaboration, Notification
from stats import queries, verify
from stats.models import Item
from tests.factories import api_client, make_comment, make_item, make_staff, make_user

HTMX = {"HX-Request": "true"}


def page(item, rest=""):
    return f"/items/{item.uuid}/{rest}"


def talk(comment, rest):
    return f"/items/{comment.item.uuid}/comments/{comment.uuid}/{rest}/"


def api(item, rest=""):
    return f"/api/library/items/{item.uuid}/comments{rest}"


def signed_in(client, who=None):
    client.force_login(who or make_user())
    return client


@pytest.mark.django_db
def test_a_reply_stands_below_its_comment_and_a_reply_to_it_names_the_person(client):
    root = make_comment(make_item(), text="Where is this?")
    jun = make_user(first_name="Jun", last_name="Okada")

    signed_in(client, jun).post(talk(root, "reply"), {"text": "At the jetty."})
    first = Comment.objects.get(author=jun)
    signed_in(client).post(talk(first, "reply"), {"text": "Which one?"})

    second = Comment.objects.latest("pk")
    root.refresh_from_db()
    assert (first.parent, first.replying_to) == (root, None)
    assert (second.parent, second.replying_to) == (root, jun)
    assert (root.replies, queries.item_counters([root.item_id])[root.item_id].comments) == (2, 3)
    shown = client.get(page(root.item)).content.decode()
    assert shown.index("Where is this?") < shown.index("At the jetty.") < shown.index("To Jun Okada:")
    assert "3 comments" in shown


@pytest.mark.django_db
def test_who_is_answered_and_whose_item_it_is_are_told_once(client):
    item = make_item(title="Tide")
    root = make_comment(item, text="Where?")
    own = make_comment(item, item.owner, "Mine.")
    jun = make_user()
    signed_in(client, jun)

    client.post(talk(root, "reply"), {"text": "There."})
    client.post(talk(own, "reply"), {"text": "Yours."})

    told = [(one.recipient, one.kind, one.by) for one in Notification.objects.order_by("pk")]
    assert told == [
        (root.author, "reply", jun),
        (item.owner, "comment", jun),
        (item.owner, "reply", jun),
    ]
    assert str(root.uuid) in Notification.objects.earliest("pk").address


@pytest.mark.django_db
def test_a_comment_is_corrected_by_its_author_alone_and_shown_as_edited(client):
    comment = make_comment(make_item(), text="Lovly")
    signed_in(client, comment.author)

    assert "Lovly" in client.get(talk(comment, "edit")).content.decode()
    client.post(talk(comment, "edit"), {"text": "Lovly"})
    assert "edited" not in client.get(page(comment.item)).content.decode()
    client.post(talk(comment, "edit"), {"text": "Lovely"})

    shown = client.get(page(comment.item)).content.decode()
    assert "Lovely" in shown
    assert "edited" in shown
    for who in (comment.item.owner, make_staff(), make_user()):
        assert signed_in(client, who).post(talk(comment, "edit"), {"text": "No"}).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "words"),
    [("author", "deleted by who wrote it"), ("owner", "by the owner of this page"), ("staff", "by the staff")],
)
def test_a_deleted_comment_with_replies_keeps_its_place(client, who, words):
    root = make_comment(make_item(), text="Where?")
    reply = make_comment(root.item, text="There.", answering=root)
    lone = make_comment(root.item, text="On my own")
    people = {"author": root.author, "owner": root.item.owner, "staff": make_staff()}

    comments.delete(root, people[who])
    comments.delete(lone, lone.author)
    comments.delete(lone, lone.author)

    shown = client.get(page(root.item)).content.decode()
    assert words in shown
    assert "There." in shown
    assert "Where?" not in shown
    assert "On my own" not in shown
    assert signed_in(client).post(talk(root, "reply"), {"text": "Still?"}).status_code == 404
    comments.delete(reply, reply.author)
    assert words not in client.get(page(root.item)).content.decode()
    assert not list(verify.differences())


@pytest.mark.django_db
def test_a_long_thread_shows_its_last_replies_and_the_rest_on_asking(client):
    root = make_comment(make_item())
    for number in range(8):
        make_comment(root.item, text=f"Reply {number}!", answering=root)

    shown = client.get(page(root.item)).content.decode()
    whole = client.get(page(root.item, f"?thread={root.uuid}")).content.decode()

    assert "Reply 7!" in shown
    assert "Reply 3!" in shown
    assert "Reply 2!" not in shown
    assert "3 earlier replies" in shown
    assert "Reply 0!" in whole


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["comments=2", "comments=0", "comments=-1", "comments=9999999999", "comments=x",
                                   "thread=x", "thread=0198e1e0-7c3a-7d0f-9c5b-2a6f1d3e4c5b"])  # fmt: skip
def test_pages_of_comments_take_any_number(client, query):
    item = make_item()
    for number in range(21):
        make_comment(item, text=f"Number {number}!")

    response = client.get(page(item, f"?{query}"))

    assert response.status_code == 200
    assert ("Number 0!" in response.content.decode()) is (query == "comments=2")


@pytest.mark.django_db
def test_the_item_page_costs_a_fixed_number_of_queries(client, django_assert_max_num_queries):
    item = make_item(file=b"x")
    signed_in(client)
    client.get(page(item))
    for _ in range(20):
        root = make_comment(item)
        make_comment(item, answering=make_comment(item, answering=root))

    with django_assert_max_num_queries(12):
        client.get(page(item))
    with django_assert_max_num_queries(12):
        client.get(api(item))


@pytest.mark.django_db
def test_who_writes_too_quickly_is_told_to_wait(client):
    item, ana = make_item(), make_user()
    signed_in(client, ana)
    for number in range(5):
        assert client.post(page(item, "comments/"), {"text": f"{number}"}).status_code == 302

    refused = client.post(page(item, "comments/"), {"text": "Once more"})
    part = client.post(page(item, "comments/"), {"text": "Once more"}, headers=HTMX)
    program = api_client(ana).post(api(item), {"text": "Once more"}, format="json")

    assert [one.status_code for one in (refused, part, program)] == [429] * 3
    assert all(50 <= int(one["Retry-After"]) <= 60 for one in (refused, part, program))
    assert program.json()["code"] == "rate_limited"
    assert "Once more" in refused.content.decode()
    assert "writing very quickly" in refused.content.decode()
    assert Comment.objects.count() == 5
    Comment.objects.update(created_at=timezone.now() - timezone.timedelta(seconds=61))
    assert client.post(page(item, "comments/"), {"text": "Later"}).status_code == 302


@pytest.mark.django_db
def test_sixty_an_hour_are_enough():
    item, ana = make_item(), make_user()
    for minutes in range(60):
        comments.write(ana, item, "Again", at=timezone.now() - timezone.timedelta(minutes=minutes, seconds=1))

    with pytest.raises(pace.TooFast) as wait:
        comments.write(ana, item, "Once more")

    assert 0 < wait.value.wait_s <= 60


@pytest.mark.django_db(transaction=True)
def test_no_more_get_through_together_than_may():
    item, ana = make_item(), make_user()

    def send(number):
        try:
            return api_client(ana).post(api(item), {"text": str(number)}, format="json").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        told = sorted(threads.map(send, range(12)))

    assert told == [201] * 5 + [429] * 7
    assert Comment.objects.count() == 5
    assert not list(verify.differences())


@pytest.mark.django_db
def test_the_api_answers_edits_and_filters_threads():
    item, ana = make_item(), make_user()
    root = make_comment(item)
    client = api_client(ana)

    reply = client.post(api(item), {"text": "Yes", "answering": str(root.uuid)}, format="json")
    changed = client.patch(api(item, f"/{reply.json()['uuid']}"), {"text": "Yes, it is"}, format="json")

    assert (reply.status_code, reply.json()["thread"]) == (201, str(root.uuid))
    assert (changed.status_code, changed.json()["text"]) == (200, "Yes, it is")
    assert changed.json()["edited_at"]
    assert client.get(api(item)).json()["count"] == 2
    below = client.get(api(item, f"?thread={root.uuid}")).json()
    assert [row["text"] for row in below["results"]] == ["Yes, it is"]
    assert client.get(api(item, f"/{root.uuid}")).json()["replies"] == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"text": " \u202e\u200b "}, 400),
        ({"text": "x" * 2001}, 400),
        ({"text": "\0"}, 400),
        ({"answering": None}, 400),
        ({"text": "Hi", "answering": "me"}, 400),
        ({"text": "Hi", "answering": "0198e1e0-7c3a-7d0f-9c5b-2a6f1d3e4c5b"}, 404),
        ({"text": "Hi", "answering": "foreign"}, 404),
        ({"text": "Hi", "answering": "deleted"}, 404),
    ],
)
def test_a_bad_comment_changes_nothing(data, status):
    item = make_item()
    foreign, deleted = make_comment(make_item()), make_comment(item)
    comments.delete(deleted, deleted.author)
    named = {"foreign": str(foreign.uuid), "deleted": str(deleted.uuid)}
    if data.get("answering") in named:
        data = data | {"answering": named[data["answering"]]}

    response = api_client(make_user()).post(api(item), data, format="json")

    assert response.status_code == status
    assert Comment.objects.count() == 2


@pytest.mark.django_db
def test_what_one_may_not_do_in_the_api_is_403_and_what_one_may_not_see_404():
    comment = make_comment(make_item())
    hidden = make_comment(make_item(visibility="private"))
    stranger = api_client(make_user())

    def told(client, about):
        return [
            client.patch(api(about.item, f"/{about.uuid}"), {"text": "No"}, format="json").status_code,
            client.delete(api(about.item, f"/{about.uuid}")).status_code,
        ]

    assert told(stranger, comment) == [403, 403]
    assert told(stranger, hidden) == [404, 404]
    assert told(api_client(), comment) == [401, 401]
    assert told(api_client(comment.author), comment) == [200, 204]
    assert told(api_client(comment.author), comment) == [404, 404]
    assert stranger.get(api(comment.item, "?thread=x")).status_code == 404
    assert stranger.get(api(comment.item, "?colour=red")).json()["code"] == "unknown_parameter"


@pytest.mark.django_db(transaction=True)
def test_what_twenty_people_do_at_once_is_counted_exactly():
    item, people = make_item(), [make_user() for _ in range(20)]
    root = make_comment(item)

    def act(number):
        client = api_client(people[number % 20])
        try:
            if number % 5 == 0:
                return client.post(api(item), {"text": "Yes", "answering": str(root.uuid)}, format="json").status_code
            stars = {"stars": number % 5 + 1}
            return client.put(f"/api/library/items/{item.uuid}/rating", stars, format="json").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        told = list(threads.map(act, range(100)))

    root.refresh_from_db()
    rated = queries.item_ratings([item.pk])[item.pk]
    assert sorted(told) == [200] * 80 + [201] * 20
    assert (root.replies, queries.item_counters([item.pk])[item.pk].comments) == (20, 21)
    assert (rated.count, rated.stars) == (16, 4 * (2 + 3 + 4 + 5))
    assert not list(verify.differences())


@pytest.mark.django_db
def test_what_others_answered_outlives_the_account_of_whom_they_answered():
    root = make_comment(make_item())
    reply = make_comment(root.item, answering=root)

    root.author.delete()

    reply.refresh_from_db()
    assert (reply.parent, reply.deleted_at) == (None, None)


@pytest.mark.django_db
def test_who_may_no_longer_see_an_item_is_not_told_what_it_is_called_now(client):
    item, fan, friend = make_item(), make_user(), make_user()
    seen, unseen = make_comment(item, friend), make_comment(item, fan)
    Collaboration.objects.create(
        item=item, person=friend, invited_by=item.owner, state="accepted", answered_at=timezone.now()
    )
    Item.objects.filter(pk=item.pk).update(title="Unheard of", visibility="private")
    client = signed_in(client, item.owner)

    for comment in (seen, unseen):
        assert client.post(talk(comment, "reply"), {"text": "Not yet."}).status_code == 302

    assert [told.recipient for told in Notification.objects.all() if "Unheard of" in told.says] == [friend]

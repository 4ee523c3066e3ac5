"""What moderators and other staff do on the site itself is in the audit log: once, when something changed, about whom."""

import pytest

from accounts.models import StaffAction
from accounts.staffing import StaffRole
from gamification.achievements.models import Achievement
from library.learning.models import CourseTeacher
from library.moderation import reports
from library.people import collaborating
from library.playlists import sharing
from tests.analytics.people.world import client_of, staff
from tests.factories import (
    api_client,
    make_answer,
    make_comment,
    make_course,
    make_item,
    make_playlist,
    make_staff,
    make_thread,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def mod():
    return staff(StaffRole.MODERATOR)


@pytest.fixture
def desk(mod):
    return client_of(mod)


def noted():
    return [(line.what, line.person, line.detail) for line in StaffAction.objects.order_by("id")]


def report(key, about, *reasons):
    for reason in reasons:
        reports.report(make_user(), reports.SUBJECT[key], about, reason)


def decide(desk, key, about, decision):
    return desk.post(f"/moderation/{key}/{about.uuid}/", {"decision": decision})


@pytest.mark.parametrize(("decision", "what"), [("uphold", "report.upheld"), ("dismiss", "report.dismissed")])
def test_a_decision_about_a_report_is_one_line_about_who_wrote_it(desk, mod, decision, what):
    comment = make_comment(make_item(), text="Buy cheap watches")
    report("comment", comment, "spam", "spam", "abuse")

    decide(desk, "comment", comment, decision)
    decide(desk, "comment", comment, decision)

    said = {"kind": "comment", "reports": 3, "reasons": {"spam": 2, "abuse": 1}}
    assert noted() == [(what, comment.author, said)]
    assert StaffAction.objects.get().by == mod


def test_an_item_that_is_hidden_and_shown_again_after_an_appeal(desk):
    item = make_item(title="Tide")
    report("item", item, "rights")
    decide(desk, "item", item, "uphold")
    reports.report(item.owner, reports.SUBJECT["appeal"], item, note="I made it.")
    decide(desk, "appeal", item, "dismiss")
    reports.report(item.owner, reports.SUBJECT["appeal"], item, note="Really.")
    desk.post(f"/api/library/reports/appeal/{item.uuid}", {"decision": "uphold"}, content_type="application/json")

    assert [(what, person) for what, person, _detail in noted()] == [
        (what, item.owner) for what in ("report.upheld", "appeal.declined", "appeal.granted")
    ]
    assert [line.about_name for line in StaffAction.objects.all()] == ["Tide"] * 3


def test_the_page_of_a_member_tells_what_the_moderators_did(desk):
    item = make_item(make_user("ben"), title="Tide")
    desk.post(f"/items/{item.uuid}/delete/")

    page = client_of(make_staff()).get(f"/admin/people/{item.owner.uuid}/record/").content.decode()
    log = client_of(make_staff()).get("/admin/people/audit/?person=ben&what=item.deleted").content.decode()

    for text in (page, log):
        assert "Deleted an item" in text
        assert "Tide" in text


def test_a_change_of_an_item_says_what_was_changed_and_none_says_nothing(desk):
    item = make_item(title="Tide")
    url = f"/api/library/items/{item.uuid}"

    for _ in range(2):
        desk.patch(url, {"title": "Ebb", "visibility": "private"}, content_type="application/json")

    said = {"changed": ["title", "visibility"], "visibility": {"before": "public", "after": "private"}}
    assert noted() == [("item.changed", item.owner, said)]


def test_letting_a_hidden_item_be_seen_again_is_noted_of_whoever_works_on_it(mod, desk):
    item = make_item()
    collaborating.answer(collaborating.invite(item, mod, item.owner), "accepted")
    report("item", item, "rights")
    decide(client_of(make_staff()), "item", item, "uphold")

    desk.patch(f"/api/library/items/{item.uuid}", {"title": "Ebb"}, content_type="application/json")
    desk.patch(f"/api/library/items/{item.uuid}", {"visibility": "public"}, content_type="application/json")

    what, person, said = noted()[-1]
    assert [line[0] for line in noted()] == ["report.upheld", "item.changed"]
    assert (what, person, said["let_be_seen"]) == ("item.changed", item.owner, True)


def test_which_answer_helped_is_noted_when_it_is_another_one(desk):
    thread = make_thread(make_course())
    answer = make_answer(thread)
    url = f"/api/learning/courses/{thread.course.uuid}/discussions/{thread.uuid}/accepted"

    for post in (None, answer, answer, None):
        done = desk.put(url, {"post": post and str(post.uuid)}, content_type="application/json")
        assert done.status_code == 200

    assert [said["answer"] for _what, _person, said in noted()] == [str(answer.uuid), None]
    assert {person for _what, person, _said in noted()} == {thread.author}


def test_the_default_achievements_are_published_once():
    client = api_client(make_staff())

    for _ in range(2):
        assert client.post("/api/gamification/admin/achievements/seed").status_code == 200

    assert noted() == [("achievements.seeded", None, {"made": Achievement.objects.count()})]


def test_nothing_is_noted_of_what_is_ones_own_or_what_one_takes_part_in(mod, desk):
    item, course = make_item(mod), make_course()
    CourseTeacher.objects.create(course=course, user=mod)
    comment = make_comment(item)
    post = make_answer(make_thread(course))
    playlist = make_playlist(None, "List")
    sharing.invite(playlist, mod, "editor", playlist.owner)
    sharing.accept(playlist, mod)

    def sent(method, url, body=None):
        answer = getattr(desk, method)(url, body, content_type="application/json")
        assert answer.status_code in {200, 201, 204}, (url, answer.content)

    sent("delete", f"/api/library/items/{item.uuid}/comments/{comment.uuid}")
    sent("delete", f"/api/learning/courses/{course.uuid}/discussions/{post.thread.uuid}/posts/{post.uuid}")
    sent("patch", f"/api/learning/courses/{course.uuid}", {"title": "Ebb", "version": course.version})
    sent("post", f"/api/library/playlists/{playlist.uuid}/items", {"item": str(make_item().uuid)})
    sent("delete", f"/api/library/items/{item.uuid}")

    assert noted() == []


def test_members_write_no_lines():
    item = make_item()
    comment = make_comment(item)
    client = api_client(item.owner)

    assert client.delete(f"/api/library/items/{item.uuid}/comments/{comment.uuid}").status_code == 204
    assert client.patch(f"/api/library/items/{item.uuid}", {"title": "Ebb"}, format="json").status_code == 200
    assert client.delete(f"/api/library/items/{item.uuid}").status_code == 204

    assert noted() == []


def test_what_was_changed_reads_as_words(mod):
    item = make_item(title="Tide")
    desk = client_of(mod)
    report("item", item, "spam", "rights")
    decide(desk, "item", item, "dismiss")
    desk.patch(f"/api/library/items/{item.uuid}", {"visibility": "private"}, content_type="application/json")

    log = client_of(make_staff()).get("/admin/people/audit/").content.decode()

    assert "visibility public → private" in log
    assert all(words in log for words in ("kind item", "reports 2", "spam 1", "rights 1"))

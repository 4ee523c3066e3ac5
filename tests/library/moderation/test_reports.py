"""What people report, and what the staff make of it."""

import pytest
from django.utils import timezone

from library import comments
from library.models import Report
from library.moderation import reports
from library.people.models import Notification
from stats import verify
from tests.factories import (
    api_client,
    make_answer,
    make_comment,
    make_course,
    make_enrolment,
    make_item,
    make_staff,
    make_thread,
    make_user,
)

pytestmark = pytest.mark.django_db

SPAM = {"reason": "spam", "note": "Everywhere\u202e the same."}
QUEUE = "/moderation/"


def on_comment(comment):
    return f"/items/{comment.item.uuid}/comments/{comment.uuid}/report/"


def on_post(post):
    thread = post.thread
    return f"/courses/{thread.course.slug}/discussions/{thread.uuid}/posts/{post.uuid}/report/"


def decide(client, key, about, decision):
    return client.post(f"/moderation/{key}/{about.uuid}/", {"decision": decision})


def told(user):
    return [row.says for row in Notification.objects.filter(recipient=user, kind="moderation").order_by("pk")]


def test_a_comment_is_reported_and_taken_away(client):
    comment = make_comment(make_item(), text="Buy cheap watches")
    ana, bo = make_user(), make_user()
    for who in (ana, bo):
        client.force_login(who)
        assert "Buy cheap" in client.get(on_comment(comment)).content.decode()
        client.post(on_comment(comment), SPAM)

    staff = make_staff()
    client.force_login(staff)
    waiting = client.get(QUEUE).content.decode()
    decide(client, "comment", comment, "uphold")
    decide(client, "comment", comment, "uphold")

    for words in ("Buy cheap watches", "Spam or advertising · 2", "Everywhere the same.", ana.display_name):
        assert words in waiting
    assert "Buy cheap" not in client.get(f"/items/{comment.item.uuid}/").content.decode()
    assert "Nothing waits" in client.get(QUEUE).content.decode()
    assert told(comment.author) == ["Your comment was taken away by the staff"]
    assert told(ana) == told(bo) == ["What you reported was taken away. Thank you"]
    assert set(Report.objects.values_list("state", "decided_by")) == {("upheld", staff.pk)}
    assert not list(verify.differences())


def test_a_dismissed_report_leaves_everything_and_may_come_again(client):
    comment = make_comment(make_item())
    ana = make_user()
    client.force_login(ana)
    client.post(on_comment(comment), SPAM)
    client.force_login(make_staff())

    decide(client, "comment", comment, "dismiss")

    comment.refresh_from_db()
    assert comment.deleted_at is None
    assert Report.objects.get().state == "dismissed"
    assert "Nothing waits" in client.get(QUEUE).content.decode()
    client.force_login(ana)
    client.post(on_comment(comment), {"reason": "abuse"})
    assert [(one.reason, one.state) for one in Report.objects.all()] == [("abuse", "open")]


def test_an_item_is_made_private_and_a_question_goes_with_its_answers(client):
    item, thread = make_item(title="Stolen film"), make_thread(make_course(), title="Rude question")
    make_answer(thread)
    learner = make_enrolment(thread.course)
    client.force_login(learner)
    client.post(f"/items/{item.uuid}/report/", {"reason": "rights"})
    client.post(on_post(thread.posts.get(is_question=True)), {"reason": "abuse"})

    client.force_login(make_staff())
    waiting = client.get(QUEUE).content.decode()
    decide(client, "item", item, "uphold")
    decide(client, "post", thread.posts.get(is_question=True), "uphold")

    assert "Stolen film" in waiting
    assert "Rude question" in waiting
    client.force_login(learner)
    assert client.get(f"/items/{item.uuid}/").status_code == 404
    assert client.get(f"/courses/{thread.course.slug}/discussions/{thread.uuid}/").status_code == 404
    client.force_login(item.owner)
    assert client.get(f"/items/{item.uuid}/").status_code == 200
    assert not list(verify.differences())


def test_what_is_gone_no_longer_waits(client):
    comment = make_comment(make_item())
    client.force_login(make_user())
    client.post(on_comment(comment), SPAM)
    comments.delete(comment, comment.author)
    client.force_login(make_staff())

    assert "Nothing waits" in client.get(QUEUE).content.decode()
    assert decide(client, "comment", comment, "uphold").status_code == 404


def test_who_may_report_and_who_may_decide(client):
    comment, hidden = make_comment(make_item()), make_comment(make_item(visibility="private"))
    post = make_thread(make_course()).posts.get()
    stranger = make_user()

    assert client.post(on_comment(comment), SPAM)["Location"].startswith("/accounts/login/")
    assert client.get(QUEUE)["Location"].startswith("/accounts/login/")
    client.force_login(stranger)
    assert [client.post(path, SPAM).status_code for path in (on_comment(hidden), on_post(post))] == [404, 404]
    assert client.get(QUEUE).status_code == 403
    assert decide(client, "comment", comment, "uphold").status_code == 403
    client.force_login(comment.author)
    assert client.post(on_comment(comment), SPAM).status_code == 404
    client.force_login(make_staff())
    assert decide(client, "user", comment, "uphold").status_code == 404
    assert decide(client, "comment", comment, "burn").status_code == 400
    assert not Report.objects.exists()


@pytest.mark.parametrize("data", [{}, {"reason": "boring"}, {"reason": "spam", "note": "x" * 501}])
def test_a_bad_report_is_refused(client, data):
    comment, ana = make_comment(make_item()), make_user()
    client.force_login(ana)

    page = client.post(on_comment(comment), data)
    program = api_client(ana).post(f"/api/library{on_comment(comment)}", data, format="json")

    assert (page.status_code, program.status_code) == (400, 400)
    assert not Report.objects.exists()


def test_who_reports_very_much_is_told_to_wait(client):
    item, ana = make_item(), make_user()
    made = [make_comment(item) for _ in range(6)]
    client.force_login(ana)
    for comment in made[:5]:
        client.post(on_comment(comment), SPAM)

    refused = client.post(on_comment(made[5]), SPAM)
    again = client.post(on_comment(made[0]), {"reason": "abuse"})

    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 50
    assert "quickly" in refused.content.decode()
    assert again.status_code == 302
    assert Report.objects.count() == 5
    Report.objects.update(created_at=timezone.now() - timezone.timedelta(seconds=61))
    assert client.post(on_comment(made[5]), SPAM).status_code == 302


def test_the_api_reports_lists_and_decides():
    comment, staff = make_comment(make_item()), api_client(make_staff())
    path = f"/api/library/items/{comment.item.uuid}/comments/{comment.uuid}/report"

    made = api_client(make_user()).post(path, SPAM, format="json")
    listed = staff.get("/api/library/reports").json()
    decided = staff.post(f"/api/library/reports/comment/{comment.uuid}", {"decision": "uphold"}, format="json")

    assert (made.status_code, made.json()["state"]) == (201, "open")
    assert [(row["kind"], row["uuid"], len(row["reports"])) for row in listed["results"]] == [
        ("comment", str(comment.uuid), 1)
    ]
    assert (decided.status_code, decided.json()) == (200, {"decided": 1})
    assert staff.get("/api/library/reports").json()["count"] == 0
    assert api_client(make_user()).get("/api/library/reports").status_code == 403
    assert api_client().post(path, SPAM, format="json").status_code == 401
    assert (
        staff.post(f"/api/library/reports/user/{comment.uuid}", {"decision": "uphold"}, format="json").status_code
        == 404
    )


def test_the_queue_costs_a_fixed_number_of_queries(client, django_assert_max_num_queries):
    item, thread = make_item(), make_thread(make_course())
    for _ in range(8):
        person = make_user()
        for key, about in (("comment", make_comment(item)), ("item", make_item()), ("post", make_answer(thread))):
            reports.report(person, reports.SUBJECT[key], about, "spam")
            reports.report(make_user(), reports.SUBJECT[key], about, "abuse", "Look.")
        Report.objects.update(created_at=timezone.now() - timezone.timedelta(days=2))
    client.force_login(make_staff())
    client.get(QUEUE)

    with django_assert_max_num_queries(12):
        assert client.get(QUEUE).content.decode().count('class="card case"') == 20
    with django_assert_max_num_queries(12):
        client.get("/api/library/reports")

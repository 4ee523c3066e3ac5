"""The ledger is only appended to, explains every point, and is found and mended when it is damaged."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connections, transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gamification import corrections
from gamification.models import Correction, Entry, Player, Score, Tally
from gamification.refusals import Refused
from stats import ledger, verify
from stats.actors import user_actor
from stats.ids import uuid7
from stats.kinds import Kind
from tests.factories import make_staff, make_user
from tests.gamification.game import be_active, do, finish_lessons, noon, xp_of
from tests.stats import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def ben(db):
    return make_user("ben")


@pytest.fixture
def boss(db):
    return make_staff("boss")


def test_an_entry_cannot_be_changed(ben):
    finish_lessons(ben, 1)

    with pytest.raises(DatabaseError), transaction.atomic():
        Entry.objects.update(amount=1_000_000)

    assert xp_of(ben) == 70


@pytest.mark.postgresql
def test_an_entry_cannot_be_taken_out(ben):
    finish_lessons(ben, 1)

    with pytest.raises(DatabaseError), transaction.atomic():
        Entry.objects.all().delete()

    assert xp_of(ben) == 70


def test_a_cause_cannot_be_posted_twice_under_one_number(ben):
    finish_lessons(ben, 1)
    entry = Entry.objects.filter(rule="lesson").get()
    entry.pk = None

    with pytest.raises(DatabaseError), transaction.atomic():
        entry.save(force_insert=True)


def test_what_is_taken_back_is_an_entry_of_its_own(ben):
    course, post = str(uuid7()), str(uuid7())
    do(ben, Kind.DISCUSSION_POST, course=course, post=post)

    do(ben, Kind.POST_DELETED, course=course, post=post)

    assert list(Entry.objects.filter(rule="post").order_by("id").values_list("cause", "amount")) == [(0, 30), (1, -30)]
    assert xp_of(ben) == 20


def test_a_perfect_quiz_pays_instead_of_a_passed_one_and_loses_the_difference_when_voided(ben):
    quiz, course = world.make_film("Quiz"), str(uuid7())
    passed = {"item": quiz, "course": course, "passed": True}

    amounts = [
        [effect.amount for effect in do(ben, kind, percent=percent, **passed)]
        for kind, percent in (
            (Kind.QUIZ_COMPLETED, 80), (Kind.QUIZ_COMPLETED, 100), (Kind.QUIZ_COMPLETED, 100), (Kind.QUIZ_VOIDED, 100),
            (Kind.QUIZ_VOIDED, 100), (Kind.QUIZ_VOIDED, 80),
        )
    ]  # fmt: skip

    assert [sorted(some) for some in amounts] == [[20, 100], [50], [], [], [-50], [-100]]
    assert xp_of(ben) == 20
    world.assert_sound()


def test_five_posts_of_a_day_pay_and_deleting_one_lets_the_sixth_pay(ben):
    course, posts = str(uuid7()), [str(uuid7()) for _ in range(7)]
    for post in posts:
        do(ben, Kind.DISCUSSION_POST, course=course, post=post)
    assert xp_of(ben) == 20 + 5 * 30

    for post in posts[:2]:
        do(ben, Kind.POST_DELETED, course=course, post=post)
    assert xp_of(ben) == 20 + 5 * 30

    do(ben, Kind.POST_DELETED, course=course, post=posts[2])
    assert xp_of(ben) == 20 + 4 * 30
    world.assert_sound()


def test_a_damaged_ledger_and_what_follows_from_it_are_found_and_mended(ben):
    finish_lessons(ben, 3)
    be_active(ben, noon(0), noon(1))
    row = Entry.objects.filter(rule="lesson").order_by("id").last()
    forged = {"actor": ben.uuid, "earned_at": row.earned_at, "recorded_at": row.recorded_at, "cause": 0}
    Entry.objects.create(rule="lesson", ref="999999", amount=5_000, **forged)
    Entry.objects.create(rule="streak", ref="2024-01-02", amount=-20, **{**forged, "cause": 7, "earned_at": noon(1)})
    Player.objects.update(xp=9_999, run=400)
    Score.objects.filter(period="2024-01").delete()
    Tally.objects.update(people=5)
    found = {one.table for one in verify.differences()}

    verify.rebuild({"game"})

    assert found == {"gamification_entry", "gamification_player", "gamification_score", "gamification_tally"}
    assert xp_of(ben) == 3 * 50 + 3 * 20
    assert Entry.objects.filter(ref="999999").order_by("id").values_list("amount", flat=True)[1] == -5_000
    world.assert_sound()
    assert all(count == 0 for table, count in verify.rebuild({"game"}).items())


@settings(
    max_examples=5,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(given_or_taken=st.lists(st.sampled_from(["lesson", "post", "delete", "correct"]), max_size=8))
def test_the_total_is_always_the_sum_of_the_ledger_and_of_the_months(ben, boss, given_or_taken):
    with transaction.atomic():
        posts = []
        for what in given_or_taken:
            if what == "lesson":
                finish_lessons(ben, 1)
            elif what == "correct":
                corrections.correct(ben, 7, "Because", boss, ref=uuid7())
            elif what == "post":
                posts.append(str(uuid7()))
                do(ben, Kind.DISCUSSION_POST, course=str(uuid7()), post=posts[-1])
            elif posts:
                do(ben, Kind.POST_DELETED, course=str(uuid7()), post=posts.pop())
            total = xp_of(ben)
            for length in (7, 8):  # months are written as 2024-01, weeks as 2024-W01
                sums = [row.xp for row in Score.objects.filter(board="") if len(row.period) == length]
                assert sum(sums) == total
        transaction.set_rollback(True)


# Corrections


def test_a_correction_is_an_entry_with_a_reason_and_who_made_it(ben, boss):
    finish_lessons(ben, 2)

    row = corrections.correct(ben, -30, "  Posted for\na friend ", boss, ref=uuid7())

    assert xp_of(ben) == 120 - 30
    entry = Entry.objects.get(rule="correction")
    assert (entry.amount, entry.ref) == (-30, row.ref.hex)
    assert corrections.reasons([entry.ref]) == {entry.ref: "Posted for a friend"}
    assert (row.person, row.by) == (ben, boss)
    world.assert_sound()


def test_a_correction_that_is_sent_twice_is_made_once(ben, boss):
    ref = uuid7()
    for _ in range(2):
        corrections.correct(ben, 100, "A quiz that was wrong", boss, ref=ref)

    assert xp_of(ben) == 100
    with pytest.raises(Refused, match="already_exists"):
        corrections.correct(ben, 200, "A quiz that was wrong", boss, ref=ref)
    assert xp_of(ben) == 100


@pytest.mark.parametrize(
    ("amount", "reason", "code"),
    [
        (0, "Why", "value_out_of_range"),
        (100_001, "Why", "value_out_of_range"),
        (-100_001, "Why", "value_out_of_range"),
        (-71, "Why", "value_out_of_range"),
        (10, "  \n", "required"),
    ],
)
def test_a_senseless_correction_changes_nothing(ben, boss, amount, reason, code):
    finish_lessons(ben, 1)

    with pytest.raises(Refused, match=code):
        corrections.correct(ben, amount, reason, boss, ref=uuid7())

    assert xp_of(ben) == 70
    assert not Correction.objects.exists()


def test_staff_correct_points_in_the_admin_and_a_second_press_of_the_button_does_nothing(ben, boss, client):
    client.force_login(boss)
    form = {"username": "ben", "amount": "40", "reason": "A lesson that broke", "ref": str(uuid7())}

    answers = [client.post(reverse("admin:gamification_correction_add"), form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert xp_of(ben) == 40
    assert Correction.objects.get().by == boss
    page = client.get(reverse("admin:gamification_correction_changelist")).content.decode()
    assert "A lesson that broke" in page
    entry = Entry.objects.get()
    for address in (
        reverse("admin:gamification_entry_changelist") + "?q=ben",
        reverse("admin:gamification_entry_change", args=[entry.pk]),
    ):
        page = client.get(address).content.decode()
        assert "correction" in page
        assert "ben" in page
        assert len(re.findall(r"\b\d{1,2} [A-Z][a-z]{2} 20\d\d, \d\d:\d\d\b", page)) >= 2


@pytest.mark.parametrize(
    "wrong", [{"username": "nobody"}, {"amount": "-41"}, {"amount": "0"}, {"amount": "x"}, {"reason": ""}, {"ref": "1"}]
)
def test_the_admin_says_at_the_field_what_is_wrong(ben, boss, client, wrong):
    corrections.correct(ben, 40, "To begin with", boss, ref=uuid7())
    client.force_login(boss)
    form = {"username": "ben", "amount": "10", "reason": "Why", "ref": str(uuid7())} | wrong

    answer = client.post(reverse("admin:gamification_correction_add"), form)

    assert answer.status_code == 200
    assert set(answer.context["adminform"].form.errors) == set(wrong)
    assert xp_of(ben) == 40


@pytest.mark.parametrize("name", ["correction", "entry"])
def test_nobody_changes_or_deletes_in_the_admin_what_was_posted(ben, boss, client, name):
    row = corrections.correct(ben, 40, "To begin with", boss, ref=uuid7())
    key = row.pk if name == "correction" else Entry.objects.get().pk
    client.force_login(boss)

    assert client.get(reverse(f"admin:gamification_{name}_change", args=[key])).status_code == 200
    assert client.post(reverse(f"admin:gamification_{name}_change", args=[key]), {"amount": 1}).status_code == 403
    assert client.post(reverse(f"admin:gamification_{name}_delete", args=[key]), {"post": "yes"}).status_code == 403
    assert client.get(reverse("admin:gamification_entry_add")).status_code == 403


def test_the_ledger_in_the_admin_costs_the_same_for_many_entries(ben, boss, client, django_assert_max_num_queries):
    finish_lessons(ben, 30)
    client.force_login(boss)

    with django_assert_max_num_queries(14):
        client.get(reverse("admin:gamification_entry_changelist"))


def test_a_member_without_points_has_a_row_after_a_correction_only(ben, boss):
    with ledger.recording():
        ledger.record(Kind.SETTING_CHANGED, user_actor(ben.uuid), setting="time_zone", value="Asia/Tokyo")
    assert not Player.objects.exists()

    corrections.correct(ben, 400, "A prize", boss, ref=uuid7())

    player = Player.objects.get()
    assert (player.xp, player.level, player.zone, player.run) == (400, 2, "Asia/Tokyo", 0)
    world.assert_sound()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_the_last_points_at_once_one_is_refused(ben, boss):
    finish_lessons(ben, 1)

    def take(_number):
        try:
            corrections.correct(ben, -50, "Not earned", boss, ref=uuid7())
        except Refused as refused:
            return refused.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(take, range(4)))

    assert answers.count(None) == 1
    assert answers.count("value_out_of_range") == 3
    assert xp_of(ben) == 20

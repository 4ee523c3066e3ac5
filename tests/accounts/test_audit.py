"""The audit log: one line per act, which nobody changes."""

import pytest
from django.db import DatabaseError, connection, transaction

from accounts import audit
from accounts.models import FeatureGrant, Plan, StaffAction
from tests.factories import make_plans, make_staff, make_user

pytestmark = pytest.mark.django_db


def test_a_line_says_who_did_what_to_whom():
    ana, ben = make_staff("ana"), make_user("ben")

    line = audit.note(ana, "member.deactivated", ben, {"reason": "spam"})

    line.refresh_from_db()
    assert (line.by, line.what, line.person, line.detail) == (ana, "member.deactivated", ben, {"reason": "spam"})
    assert line.about_kind == line.about_key == line.about_name == ""


def test_a_line_about_a_thing_names_it_as_it_was_called():
    make_plans()
    plan = Plan.objects.get(key="premium")

    line = audit.note(make_staff(), "admin.changed", plan)

    assert (line.about_kind, line.about_key, line.about_name) == ("accounts.plan", str(plan.pk), plan.name)
    assert line.person is None


def test_what_belongs_to_a_member_is_about_that_member_and_keeps_no_name():
    ben = make_user("ben")
    grant = FeatureGrant.objects.create(user=ben, feature="ad_free")

    line = audit.note(make_staff(), "feature.granted", grant)

    assert line.person == ben
    assert "ben" not in line.about_name


def test_an_act_that_is_not_in_the_registry_is_refused():
    with pytest.raises(ValueError, match="no act"):
        audit.note(make_staff(), "member.eaten", make_user())

    assert not StaffAction.objects.exists()


def test_every_key_fits_its_column_and_stands_once():
    keys = [act.key for act in audit.ACTS]

    assert len(keys) == len(set(keys))
    assert max(map(len, keys)) <= StaffAction._meta.get_field("what").max_length


def test_the_database_refuses_to_change_a_line():
    line = audit.note(make_staff(), "member.messaged", make_user())

    with pytest.raises(DatabaseError, match="audit log cannot be changed"), transaction.atomic():
        StaffAction.objects.filter(pk=line.pk).update(what="member.activated")
    if connection.vendor == "postgresql":
        with pytest.raises(DatabaseError, match="audit log cannot be changed"), transaction.atomic():
            line.delete()

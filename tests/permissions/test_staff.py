"""The staff's matrix: every kind of staff at every address of the back office, every page of the admin, and the API."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.urls import URLResolver, get_resolver, reverse

from accounts import appointing
from accounts.models import Payment, StaffAction, User
from accounts.staffing import Area, Level, StaffRole, level_of, may, people
from config import rights
from stats.ids import uuid7
from tests.analytics.person.desk import browser, make_role
from tests.factories import make_item, make_plans, make_staff, make_user
from tests.permissions import staff
from tests.permissions.table import LOGIN, Row, parts
from tests.permissions.test_table import answer, counts, ours
from tests.permissions.world import World, make_world

pytestmark = pytest.mark.django_db
REFUSED = {"401", "403", "404", LOGIN}


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return [row for part in parts() for row in part.ROWS if staff.is_back_office(row.route)]


def world_of_staff(tmp_path, settings) -> World:
    settings.MEDIA_ROOT = tmp_path
    world = make_world()
    for part in parts():
        if hasattr(part, "prepare"):
            part.prepare(world)
    for role in StaffRole:
        world.people[role.value] = make_role(role)
    world.people["none"] = make_user("staff-of-nothing", is_staff=True)
    world.sign_in()
    return world


def test_every_address_of_the_back_office_has_its_area():
    missing = sorted(name for name in ours() if staff.is_back_office(name) and not staff.asked(name, "GET"))

    assert not missing, missing


def addresses(resolver, path="", space=""):
    """Yield the beginning of each address with the full name of its route."""
    for pattern in resolver.url_patterns:
        here = path + str(pattern.pattern).lstrip("^")
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern, here, f"{space}{pattern.namespace}:" if pattern.namespace else space)
        else:
            yield here, f"{space}{pattern.name}"


def test_whatever_lies_below_the_back_offices_addresses_belongs_to_it():
    below = {name for path, name in addresses(get_resolver()) if path.startswith(("admin/", "api/admin/"))}

    strangers = {
        name
        for name in below
        if not (name.startswith("admin:") or staff.is_back_office(name) or name in staff.EVERYBODYS)
    }

    assert not strangers, sorted(strangers)


@pytest.mark.parametrize("role", [*(role for role in StaffRole if role is not StaffRole.ADMIN), "none", "member"])
def test_every_address_below_a_models_pages_is_closed_to_who_may_not_read_it(role):
    person = make_role(role) if role in set(StaffRole) else make_user("nobody", is_staff=role == "none")
    client = browser(person)

    wrong, tried = [], 0
    for model, model_admin in admin.site._registry.items():
        if role in staff.MODELS[model._meta.label_lower][0].split():
            continue
        for pattern in model_admin.urls:
            if not pattern.name:
                continue
            given = dict.fromkeys(pattern.pattern.converters, "1")
            for method in ("get", "head", "post"):
                answer = getattr(client, method)(reverse(f"admin:{pattern.name}", kwargs=given))
                tried += 1
                if answer.status_code not in {403, 404, 405}:
                    wrong.append(f"{method} {pattern.name}: {answer.status_code}")

    assert tried
    assert not wrong, "\n".join(wrong)


def test_every_kind_of_staff_at_every_address(rows, tmp_path, settings):
    world = world_of_staff(tmp_path, settings)
    before = counts()

    wrong = []
    for row in rows:
        wanted = staff.asked(row.route, row.method)
        as_superuser = answer(world, row, "staff", before)
        for role in (*StaffRole, "none", "member"):
            allowed = bool(wanted) and all(staff.holds(role, area, level) for area, level in wanted)
            told = answer(world, row, str(role), before)
            fine = told in REFUSED if not allowed else told == as_superuser or row.route in staff.OWN
            if not fine:
                wrong.append(
                    f"{row.method} {row.route} as {role}: {told}, {'as ' + as_superuser if allowed else 'refused'}"
                )

    assert not wrong, "\n".join(wrong)


def test_who_is_refused_learns_nothing(tmp_path, settings):
    world = world_of_staff(tmp_path, settings)
    client = browser(world.people["member"])
    there = client.get(reverse("desk:person", args=[world.owner.uuid]))
    nowhere = client.get("/admin/people/00000000-0000-7000-8000-000000000000/")

    assert there.status_code == nowhere.status_code == 403
    assert world.owner.username not in there.content.decode()


def test_every_model_of_the_admin_has_its_readers():
    assert {model._meta.label_lower for model in admin.site._registry} <= set(staff.MODELS)


@pytest.mark.parametrize("role", [*StaffRole, "none", "member"])
def test_every_page_of_the_admin(role):
    make_plans()
    person = make_role(role) if role in set(StaffRole) else make_user("nobody", is_staff=role == "none")
    client = browser(person)

    wrong = []
    for model in (model._meta.label_lower for model in admin.site._registry):
        readers, writers = (told.split() for told in staff.MODELS[model])
        name = model.replace(".", "_")
        reads = client.get(reverse(f"admin:{name}_changelist")).status_code
        adds = client.get(reverse(f"admin:{name}_add")).status_code
        if (reads == 200) is not (role == "admin" or role in readers):
            wrong.append(f"reading {model}: {reads}")
        if adds == 200 and not (role == "admin" or role in writers):
            wrong.append(f"adding {model}: {adds}")
        if {reads, adds} - {200, 302, 403}:
            wrong.append(f"{model}: {reads} {adds}")
    assert not wrong, "\n".join(wrong)


def test_the_groups_are_as_the_matrix_says_and_put_right_again():
    from django.apps import apps

    support = Group.objects.get(name="support")
    before = set(support.permissions.values_list("codename", flat=True))
    assert {"change_subscription", "view_user", "change_user"} <= before
    assert not {"view_payment", "change_plan", "view_source"} & before
    support.permissions.clear()
    support.permissions.add(*Group.objects.get(name="finance").permissions.filter(codename="view_payment"))

    for label in rights.OUR_APPS:
        rights.sync(apps.get_app_config(label))

    assert set(support.permissions.values_list("codename", flat=True)) == before


@pytest.mark.parametrize("role", ["none", "support", "analyst"])
def test_what_was_given_by_hand_to_one_account_or_a_group_counts_nowhere(role):
    make_plans()
    payment, user = reverse("admin:accounts_payment_changelist"), reverse("admin:accounts_user_changelist")
    person = make_user("by-hand", is_staff=True) if role == "none" else make_role(role, "by-hand")
    addresses = [user, payment, "/admin/stats/source/add/", "/api/stats/analytics", "/admin/people/audit/"]
    before = [browser(person).get(address).status_code for address in addresses]

    person.user_permissions.set(Permission.objects.all())
    ours = Group.objects.create(name="friends")
    ours.permissions.set(Permission.objects.all())
    person.groups.add(ours)
    Group.objects.get(name="support").permissions.add(*Permission.objects.all())

    after = [browser(person).get(address).status_code for address in addresses]
    assert after == before
    assert 403 in after
    assert not User.objects.get(pk=person.pk).has_perm("accounts.delete_payment")
    assert not User.objects.get(pk=person.pk).has_module_perms("auth")


def test_permissions_are_those_of_the_groups_of_the_roles():
    for role in StaffRole:
        held = {
            f"{each.content_type.app_label}.{each.codename}"
            for each in Group.objects.get(name=role.value).permissions.all()
        }

        assert held == rights.permissions_of(role), role


def test_a_role_needs_the_staff_flag_and_an_active_account():
    person = make_role("admin")
    assert level_of(person, Area.MONEY) is Level.CHANGE
    for change in ({"is_staff": False}, {"is_active": False}):
        other = make_role("finance", username=f"other-{len(change)}-{next(iter(change))}")
        User.objects.filter(pk=other.pk).update(**change)
        assert level_of(User.objects.get(pk=other.pk), Area.MONEY) is Level.NONE


def test_several_roles_add_up():
    person = make_user()
    appointing.appoint(person, [StaffRole.ANALYST, StaffRole.MODERATOR], by=None)

    assert may(person, Area.CONTENT, Level.CHANGE)
    assert may(person, Area.NUMBERS)
    assert not may(person, Area.ADDRESSES)


def test_who_has_a_level_is_found_as_a_set():
    finance, boss = make_role("finance"), make_staff()
    make_role("support")
    make_role("admin", username="late", is_active=True)
    User.objects.filter(username="late").update(is_active=False)

    assert set(people(Area.MONEY, Level.CHANGE)) == {finance, boss}


# Appointing


def test_roles_are_given_taken_and_noted_and_hold_at_the_next_request():
    boss, ben = make_role("admin"), make_user("ben")
    theirs = browser(ben)
    assert theirs.get(reverse("desk:people")).status_code == 403

    browser(boss).post(reverse("desk:person-roles", args=[ben.uuid]), {"roles": ["support", "finance"]})
    assert theirs.get(reverse("desk:people")).status_code == 200
    browser(boss).post(reverse("desk:person-roles", args=[ben.uuid]), {})

    assert theirs.get(reverse("desk:people")).status_code == 403
    last = StaffAction.objects.filter(what="staff.roles_changed", person=ben).first()
    assert last.detail == {"before": ["finance", "support"], "after": []}


@pytest.mark.parametrize("role", ["support", "analyst", "moderator", "finance"])
def test_only_administrators_appoint(role):
    ben = make_user("ben")

    answer = browser(make_role(role)).post(reverse("desk:person-roles", args=[ben.uuid]), {"roles": ["admin"]})

    assert answer.status_code == 403
    assert not User.objects.get(pk=ben.pk).is_staff


@pytest.mark.parametrize("who", ["self", "superuser"])
def test_nobody_appoints_oneself_or_a_superuser(who):
    boss = make_role("admin")
    whom = boss if who == "self" else make_staff()

    browser(boss).post(reverse("desk:person-roles", args=[whom.uuid]), {"roles": ["support"]})

    assert not StaffAction.objects.filter(what="staff.roles_changed", by=boss).exists()


def test_the_command_gives_shows_and_takes_roles(capsys):
    make_user("ben")

    call_command("staff_role", "ben", "support", "analyst")
    assert capsys.readouterr().out.split() == ["analyst", "support"]
    call_command("staff_role", "BEN")
    assert capsys.readouterr().out.split() == ["analyst", "support"]
    call_command("staff_role", "ben", "none")
    assert capsys.readouterr().out.split() == ["none"]
    for wrong in (("ben", "king"), ("ben", "none", "support"), ("eve", "support")):
        with pytest.raises(CommandError):
            call_command("staff_role", *wrong)


# The admin's own pages


def test_support_cannot_touch_staff_in_the_admin():
    boss = make_staff("boss")

    page = browser(make_role("support")).post(
        reverse("admin:accounts_user_change", args=[boss.pk]), {"is_active": "", "first_name": "Eve"}
    )

    assert page.status_code == 403
    assert User.objects.get(pk=boss.pk).is_active


def test_support_deactivates_members_and_no_staff_in_a_list():
    ben, colleague = make_user("ben"), make_role("finance")
    chosen = {"action": "deactivate", "_selected_action": [ben.pk, colleague.pk]}

    browser(make_role("support")).post(reverse("admin:accounts_user_changelist"), chosen)

    assert not User.objects.get(pk=ben.pk).is_active
    assert User.objects.get(pk=colleague.pk).is_active
    assert StaffAction.objects.get(what="member.deactivated").person == ben


def test_nobody_is_found_by_an_address_that_one_may_not_see():
    make_plans()
    from accounts import subscriptions
    from accounts.roles import Role

    ben = make_user("ben", email="unlikely@example.org")
    subscriptions.upgrade_subscription(ben, Role.PREMIUM, 30)
    address = reverse("admin:accounts_subscription_changelist")

    assert ">ben<" in browser(make_role("support")).get(f"{address}?q=unlikely").content.decode()
    assert ">ben<" not in browser(make_role("analyst")).get(f"{address}?q=unlikely").content.decode()


def test_what_is_done_in_the_admin_is_noted():
    make_plans()
    boss = make_role("admin")
    client = browser(boss)

    client.post(
        reverse("admin:accounts_featuregrant_add"), {"user": make_user("ben").pk, "feature": "ad_free", "granted": "on"}
    )
    client.post(
        reverse("admin:accounts_user_changelist"),
        {"action": "give_premium", "_selected_action": [User.objects.get(username="ben").pk]},
    )

    told = list(StaffAction.objects.filter(by=boss).order_by("id").values_list("what", flat=True))
    assert "admin.added" in told
    assert StaffAction.objects.get(what="admin.action").detail["action"] == "give_premium"


def test_what_only_asks_and_what_is_refused_is_not_noted_as_done():
    make_plans()
    boss, ben = make_role("admin"), make_user("ben")
    client = browser(boss)
    paid = Payment.objects.create(
        user=ben, kind="payment", amount_minor=600, currency="EUR", gateway="manual", product="other", event_id=uuid7()
    )

    asking = client.post(
        reverse("admin:accounts_payment_changelist"), {"action": "give_back", "_selected_action": [paid.pk]}
    )
    refused = client.post(reverse("admin:accounts_featuregrant_add"), {"user": ben.pk, "feature": "wings"})
    nothing = client.post(reverse("admin:accounts_user_changelist"), {"action": "fly", "_selected_action": [ben.pk]})

    assert (asking.status_code, refused.status_code, nothing.status_code) == (200, 200, 302)
    assert not StaffAction.objects.filter(by=boss).exists()


# The site and its API


def test_the_api_masks_addresses_and_finds_nobody_by_them():
    make_user("ben", email="unlikely@example.org")

    support = browser(make_role("support")).get("/api/users/?search=unlikely").json()
    analyst = browser(make_role("analyst")).get("/api/users/?search=unlikely").json()
    by_name = browser(make_role("analyst", "another")).get("/api/users/?search=ben").json()

    assert [row["email"] for row in support["results"]] == ["unlikely@example.org"]
    assert analyst["results"] == []
    assert [row["email"] for row in by_name["results"]] == ["u•••@•••.org"]


@pytest.mark.parametrize(
    ("method", "path", "data", "roles"),
    [
        ("get", "/api/users/", None, "support analyst moderator finance"),
        ("post", "/api/users/", {}, "support"),
        ("get", "/api/users/stats", None, "support analyst moderator finance"),
        ("get", "/api/users/subscribers", None, "support analyst finance"),
        ("get", "/api/users/{ben}", None, "support analyst moderator finance"),
        ("get", "/api/users/{ben}/history", None, "support analyst moderator finance"),
        ("delete", "/api/users/{ben}/history", None, "support"),
        ("post", "/api/users/{ben}/upgrade", {"role": "premium", "days": 30}, "support finance"),
        ("post", "/api/users/{ben}/upload", {"content_type": "image"}, ""),
        ("get", "/api/stats/analytics", None, "analyst finance"),
        ("get", "/api/library/reports", None, "support analyst moderator"),
        ("post", "/api/gamification/admin/achievements/seed", None, ""),
    ],
)
def test_the_api_by_area(method, path, data, roles):
    make_plans()
    ben = make_user("ben")
    where = path.format(ben=ben.uuid)
    refused = set()
    for role in StaffRole:
        client = browser(make_role(role))
        ask = getattr(client, method)
        answer = (
            ask(where) if data is None and method == "get" else ask(where, data or {}, content_type="application/json")
        )
        if answer.status_code in {401, 403, 404}:
            refused.add(role.value)
    allowed = {role.value for role in StaffRole} - refused

    assert allowed == {"admin", *roles.split()}


def test_content_is_seen_by_its_readers_and_changed_by_its_keepers_alone():
    item = make_item(title="Diary", visibility="private")
    page, edit = reverse("library:item", args=[item.uuid]), reverse("library:item-edit", args=[item.uuid])
    clients = {role.value: browser(make_role(role)) for role in StaffRole}

    told = {role: [client.get(where).status_code for where in (page, edit)] for role, client in clients.items()}

    assert told == {
        "support": [200, 404],
        "analyst": [200, 404],
        "moderator": [200, 200],
        "finance": [404, 404],
        "admin": [200, 200],
    }

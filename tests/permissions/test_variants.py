"""A page that is closed to a kind of staff is closed however it is asked for."""

import pytest
from django.urls import reverse

from accounts.staffing import StaffRole
from tests.permissions import staff
from tests.permissions.table import parts
from tests.permissions.test_staff import world_of_staff
from tests.permissions.test_table import client_of

pytestmark = pytest.mark.django_db

VARIANTS = (
    ("head", "", {}),
    ("options", "", {}),
    ("get", "?print=1", {}),
    ("get", "?format=csv", {}),
    ("get", "?live=1", {}),
    ("get", "", {"HX-Request": "true"}),
    ("get", "", {"X-Progress": "1", "X-Requested-With": "XMLHttpRequest"}),
    ("get", "", {"Accept": "text/csv"}),
    ("get", "", {"If-None-Match": "*"}),
    ("get", "", {"X-HTTP-Method-Override": "POST"}),
)


def test_no_other_way_of_asking_tells_more(tmp_path, settings):
    rows = [row for part in parts() for row in part.ROWS if staff.is_back_office(row.route)]
    world = world_of_staff(tmp_path, settings)
    clients = {role: client_of(world, str(role)) for role in (*StaffRole, "none", "member")}

    wrong = []
    for row in (row for row in rows if row.method == "GET" and row.route not in staff.OWN):
        wanted = staff.asked(row.route, row.method)
        address = reverse(row.route, kwargs=world.subjects[row.subject])
        for role, client in clients.items():
            if wanted and all(staff.holds(str(role), area, level) for area, level in wanted):
                continue
            asked = [(how, address + query, headers) for how, query, headers in VARIANTS]
            for how, where, headers in [*asked, ("get", address.rstrip("/"), {})]:
                got = getattr(client, how)(where, headers=headers)
                is_elsewhere = where == address.rstrip("/") != address and got.status_code in (301, 302)
                if got.status_code not in {401, 403, 404, 405, 406} and not is_elsewhere:
                    wrong.append(f"{how} {where} {headers} as {role}: {got.status_code}")
                elif world.owner.username.encode() in got.content:
                    wrong.append(f"{how} {where} as {role} names somebody")

    assert not wrong, "\n".join(wrong)

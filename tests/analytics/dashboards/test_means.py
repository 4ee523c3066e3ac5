"""Each number has one definition: its record says it, the page shows it, the documentation lists it."""

from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils.html import escape

from analytics.dashboards import describing
from analytics.dashboards.registry import Page, panels, panels_of
from analytics.revenue import figures

DOCS = Path(settings.BASE_DIR) / "docs" / "metrics.md"
BEGIN, END = "<!-- manage.py describe_numbers -->\n\n", "\n\n<!-- end -->"


def test_every_panel_says_what_it_means_in_a_sentence():
    assert [panel.key for panel in panels().values() if len(str(panel.means)) < 20 or str(panel.means)[-1] != "."] == []


def test_the_same_title_on_two_pages_means_the_same():
    told: dict[tuple[str, str], set[str]] = {}
    for panel in panels().values():
        told.setdefault((str(panel.title), panel.shape), set()).add(str(panel.means))

    assert {title: words for title, words in told.items() if len(words) > 1} == {}


def test_the_documentation_has_the_definitions_of_the_records():
    text = DOCS.read_text()

    assert text.partition(BEGIN)[2].partition(END)[0] == describing.tables(), "run manage.py describe_numbers"


@pytest.mark.django_db
@pytest.mark.parametrize("page", list(Page))
def test_a_definition_stands_beside_its_number_and_is_opened_by_a_button(staff, page):
    text = staff.get(reverse(f"dashboards:{page.value}")).content.decode()

    for panel in panels_of(page):
        assert f'popovertarget="means-{panel.key}"' in text, panel.key
        assert f'id="means-{panel.key}">{escape(str(panel.means))}<' in text, panel.key


def test_cards_of_revenue_and_its_api_share_one_definition():
    shown = {str(panel.means) for panel in panels().values()}

    assert [one.key for one in figures.FIGURES if str(one.means) not in shown] == []

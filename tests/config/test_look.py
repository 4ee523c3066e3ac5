"""Tags and filters: numbers, times and names as people read them; pictures without anything inline."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template, TemplateSyntaxError

from config.templatetags import look

ROOT = Path(settings.BASE_DIR)
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
NAMED = re.compile(r"""\{%\s*(?:icon|motif)\s+"([a-z0-9-]+)"([^%]*)%\}|icon="([a-z0-9-]+)\"""")


def templates() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.html"))


@pytest.mark.parametrize(("ms", "shown"), [(None, ""), (0, "0:00"), (1_450_000, "24:10"), (3_723_999, "1:02:03")])
def test_a_length_is_written_as_on_a_clock(ms, shown):
    assert look.duration(ms) == shown


@pytest.mark.parametrize(
    ("ms", "shown"),
    [
        (None, "0 s"),
        (12_900, "12 s"),
        (48 * 60_000, "48 min"),
        (10_080_000, "2 h 48 min"),
        (7_200_000, "2 h"),
        (4e9, "1,111 h 6 min"),
    ],
)
def test_a_time_spent_is_written_in_words(ms, shown):
    assert look.spent(ms) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [(None, "0"), (0, "0"), (1240, "1,240"), (999_999, "999,999"), (1_284_906, "1.2 M"), (3e9, "3.0 G")],
)
def test_a_count_is_written_with_its_thousands(number, shown):
    assert look.compact(number) == shown


def test_hours_have_one_decimal():
    assert look.hours(65_520_000) == "18.2"
    assert look.hours(None) == "0.0"


@pytest.mark.parametrize(
    ("before", "shown"),
    [
        (timedelta(seconds=5), ("now", "")),
        (timedelta(seconds=-30), ("now", "")),
        (timedelta(minutes=4), ("4", "min ago")),
        (timedelta(hours=2), ("2", "h ago")),
        (timedelta(hours=13), ("yesterday", "")),
        (timedelta(hours=30), ("yesterday", "")),
        (timedelta(days=3), ("3", "days ago")),
        (timedelta(days=60), ("22 Sep 2026", "")),
    ],
)
def test_how_long_ago_is_a_figure_and_a_unit(before, shown):
    assert look.since(NOW - before, NOW) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [("noa.lind", "NL"), ("Ilse Marten", "IM"), ("noa", "NO"), ("", "?"), ("a b c", "AC"), ("é", "É")],
)
def test_initials_are_one_or_two_capitals(name, shown):
    assert look.initials(name) == shown


def test_a_name_keeps_its_tint():
    assert {look.tint("noa") for _ in range(3)} == {look.tint("noa")}
    assert {look.tint(f"member {number}") for number in range(100)} == {1, 2, 3, 4, 5}


@pytest.mark.parametrize(
    ("value", "most", "lit"), [(0, 8, 0), (25, 40, 5), (39.9, 40, 7), (40, 40, 8), (99, 40, 8), (1, 0, 0)]
)
def test_a_ring_is_full_only_when_all_is_there(value, most, lit):
    assert look.ring(value, most).count('class="on"') == lit
    assert look.ring(value, most).count("<path") == 8


def test_a_motif_has_eight_dots_and_one_is_lit():
    drawn = look.motif("history", lit=3)

    assert drawn.count("<circle") == 8
    assert drawn.count('class="p"') == 1


def test_an_icon_takes_the_text_size_and_says_nothing_to_screen_readers():
    drawn = Template('{% icon "heart" filled=True class="icon-lg" %}').render(Context())

    assert 'class="icon icon-lg"' in drawn
    assert 'fill="currentColor"' in drawn
    assert 'aria-hidden="true"' in drawn
    assert "style=" not in drawn
    assert "M0 0h24v24H0z" not in drawn


def test_an_icon_that_is_not_vendored_is_an_error():
    with pytest.raises(TemplateSyntaxError, match="does not exist"):
        look.icon("no-such-icon")


@pytest.mark.parametrize("path", templates(), ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_every_icon_that_a_template_names_is_there(path):
    for inline, options, given in NAMED.findall(path.read_text()):
        style = "filled" if "filled=True" in options else "outline"
        assert (look.ICONS / style / f"{inline or given}.svg").exists(), inline or given


def test_every_vendored_icon_is_used():
    folders = ("templates", "accounts", "analytics", "config", "gamification", "library", "stats")
    sources = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in {".html", ".py"}]
    text = "\n".join(path.read_text() for path in sources)

    unused = [path.stem for path in look.ICONS.rglob("*.svg") if f'"{path.stem}"' not in text]

    assert unused == []


@pytest.mark.parametrize(
    ("agent", "shown"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0", "Firefox on Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/142.0.0.0 Safari/537.36 Edg/142.0", "Edge on Windows"),
        ("curl/8.11", "curl/8.11"),
        ("", "Unknown program"),
    ],
)
def test_a_session_names_browser_and_system(agent, shown):
    assert look.browser_name(agent) == shown


def test_a_query_keeps_what_it_does_not_change(rf):
    context = Context({"request": rf.get("/?q=sky&page=3&type=video")})

    assert look.query(context, page=4) == "?q=sky&page=4&type=video"
    assert look.query(context, page=None, q="a b") == "?q=a+b&type=video"

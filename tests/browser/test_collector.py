"""The collector in a real browser: nothing is lost, nothing is doubled, nothing is counted that was not played."""

import gzip
import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.media import WATCH, mp4
from tests.browser.receiver import DROP, SCRIPT, Receiver

pytestmark = pytest.mark.browser

ITEM = "0198f000-0000-7000-8000-000000000001"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}")
QUEUED = "Object.keys(localStorage).filter((name) => name.startsWith('eightpoint:')).length"
EVERYTHING = "Object.keys(localStorage).filter((name) => name.startsWith('eightpoint')).length"
FLUSH = "dispatchEvent(new Event('online'))"


def act(page: Page, name: str, times: int = 1) -> None:
    """Track actions `name-0`, `name-1`, … from the page."""
    page.evaluate(
        "([name, times]) => { for (let n = 0; n < times; n++) eightpoint.track('action', { name: `${name}-${n}` }); }",
        [name, times],
    )


def names(events: list[dict]) -> list[str]:
    """The names of actions, as they arrived."""
    return [event["name"] for event in events if event["type"] == "action"]


def video(source: str = "/media", **data: object) -> str:
    """A video element of the item, with more `data-play-…` attributes."""
    told = {"item": ITEM, "type": "video", "source": "direct", **data}
    attributes = " ".join(f'data-play-{name}="{value}"' for name, value in told.items())
    return f'<video src="{source}" muted controls preload="auto" width="320" {attributes}></video>'


def play(page: Page, rate: float = 1) -> None:
    """Start the video and wait until it plays."""
    page.evaluate(
        "async (rate) => { const video = document.querySelector('video'); video.playbackRate = rate; await video.play(); }",
        rate,
    )


def pause(page: Page) -> None:
    """Pause the video, and let the pause be reported."""
    page.evaluate(
        "new Promise((done) => { const video = document.querySelector('video'); video.onpause = () => setTimeout(done, 50);"
        " video.pause(); })"
    )


def last_play(site: Receiver, page: Page) -> dict:
    """Send what waits and return the newest report of a play."""
    page.evaluate(FLUSH)
    page.wait_for_function(f"{QUEUED} === 0")
    return site.of("play")[-1]


def covered(report: dict) -> float:
    """Media seconds that the report's ranges unite to."""
    seen, end = 0.0, 0.0
    for start, stop in sorted(report["ranges"]):
        seen += max(0.0, stop - max(start, end))
        end = max(end, stop)
    return seen


# Queue and sending


def test_the_script_is_smaller_than_three_kilobytes():
    assert len(gzip.compress(SCRIPT.read_bytes(), 9)) < 3000


def test_events_leave_after_five_seconds_together(site: Receiver, context: BrowserContext):
    page = context.new_page()
    page.clock.install(time=NOON)
    page.goto(site.page("/watch", title="Night sky") + "?q=1#part")
    page.clock.pause_at(NOON + timedelta(seconds=3))

    act(page, "open", 3)
    page.clock.run_for(1_500)
    before = len(site.state.batches)
    page.clock.run_for(1_000)
    site.wait(lambda site: site.accepted)

    assert before == 0
    (batch,) = site.state.batches
    view, *actions = batch.events
    assert (view["type"], view["url"], view["title"]) == ("page_view", f"{site.url}/watch?q=1", "Night sky")
    assert names(actions) == ["open-0", "open-1", "open-2"]
    assert all(UUID7.fullmatch(event["id"]) for event in batch.events)
    assert batch.ids == sorted(set(batch.ids))
    assert len({event["session_id"] for event in batch.events}) == 1
    assert all(event["occurred_at"] < batch.body["sent_at"] for event in batch.events)
    assert "key" not in batch.body
    page.wait_for_function(f"{QUEUED} === 0")


def test_fifty_waiting_events_leave_at_once_and_in_batches_of_fifty(site: Receiver, context: BrowserContext):
    page = context.new_page()
    page.clock.install()
    page.goto(site.page(script='data-page-views="off"'))

    act(page, "many", 120)
    site.wait(lambda site: len(site.accepted) == 120)

    assert [len(batch.events) for batch in site.state.batches] == [50, 50, 20]
    assert names(site.accepted) == [f"many-{n}" for n in range(120)]


def test_a_server_in_trouble_is_left_alone_for_as_long_as_it_asks_and_then_gets_the_same_ids(
    site: Receiver, context: BrowserContext
):
    site.state.answers = [(503, {"Retry-After": "40"}), (429, {}), (500, {})]
    page = context.new_page()
    page.clock.install()
    page.goto(site.page())
    act(page, "patient", 2)

    page.clock.run_for(5_000)
    site.wait(lambda site: len(site.state.batches) == 1)
    page.wait_for_timeout(50)
    page.clock.run_for(39_000)
    asked_to_wait = len(site.state.batches)
    page.clock.run_for(22_000)
    site.wait(lambda site: len(site.state.batches) > 1)
    for _ in range(2):
        page.wait_for_timeout(50)
        page.clock.run_for(60_000)
    site.wait(lambda site: site.accepted)

    assert asked_to_wait == 1
    assert [batch.status for batch in site.state.batches][:4] == [503, 429, 500, 202]
    assert len({tuple(batch.ids) for batch in site.state.batches}) == 1


def test_what_happens_offline_arrives_once_the_network_is_back(site: Receiver, context: BrowserContext):
    page = context.new_page()
    page.goto(site.page(script='data-page-views="off"'))
    context.set_offline(True)
    act(page, "offline", 5)
    page.evaluate(FLUSH)
    page.wait_for_timeout(200)
    arrived_offline = len(site.state.batches)

    context.set_offline(False)
    site.wait(lambda site: len(site.accepted) == 5)

    assert arrived_offline == 0
    assert names(site.accepted) == [f"offline-{n}" for n in range(5)]


def test_a_cut_connection_loses_nothing(site: Receiver, context: BrowserContext):
    page = context.new_page()
    page.goto(site.page(script='data-page-views="off"'))
    site.state.status = DROP
    act(page, "cut", 2)
    page.evaluate(FLUSH)
    site.wait(lambda site: site.state.batches)

    site.state.status = 202
    page.evaluate(FLUSH)
    site.wait(lambda site: site.accepted)

    assert names(site.accepted) == ["cut-0", "cut-1"]
    assert set(site.state.batches[0].ids) == {event["id"] for event in site.accepted}


def test_unsent_events_survive_a_reload(site: Receiver, context: BrowserContext):
    site.state.status = 503
    page = context.new_page()
    page.goto(site.page(script='data-page-views="off"'))
    act(page, "kept", 3)
    page.evaluate(FLUSH)
    site.wait(lambda site: site.state.batches)
    first = site.state.batches[0].ids

    page.reload()
    site.state.status = 202
    page.evaluate(FLUSH)
    site.wait(lambda site: site.accepted)

    assert [event["id"] for event in site.accepted] == first
    page.wait_for_function(f"{QUEUED} === 0")


def test_a_closed_tab_sends_what_waits_and_keeps_it_until_a_later_page_has_an_answer(
    site: Receiver, context: BrowserContext
):
    address = site.page(script='data-page-views="off" data-key="pk_abc"')
    page, other = context.new_page(), context.new_page()
    page.goto(address)
    act(page, "closing", 2)
    site.state.status = 503

    page.close(run_before_unload=True)
    site.wait(lambda site: site.state.batches)
    (beacon,) = site.state.batches
    site.state.status = 202
    other.goto(address)
    other.evaluate(FLUSH)
    other.wait_for_function(f"{QUEUED} === 0")

    assert names(beacon.events) == ["closing-0", "closing-1"]
    assert beacon.content_type.startswith("text/plain")
    assert beacon.body["key"] == "pk_abc"
    assert {event["id"] for event in site.accepted} == set(beacon.ids)


def test_two_tabs_share_the_queue_and_lose_nothing_when_one_is_closed(site: Receiver, context: BrowserContext):
    site.state.status = 503
    address = site.page(script='data-page-views="off"')
    one, two = context.new_page(), context.new_page()
    for page in (one, two):
        page.goto(address)
    for number in range(10):
        act(one, f"one-{number}")
        act(two, f"two-{number}")
    one.evaluate(FLUSH)
    site.wait(lambda site: site.state.batches)

    one.close()
    site.state.status = 202
    two.wait_for_function(f"{QUEUED} === 20")
    two.evaluate(FLUSH)
    two.wait_for_function(f"{QUEUED} === 0")

    assert sorted(names(site.of("action"))) == sorted(f"{tab}-{n}-0" for tab in ("one", "two") for n in range(10))


def test_a_full_queue_drops_the_oldest_and_says_how_many(site: Receiver, context: BrowserContext):
    site.state.status = 503
    page = context.new_page()
    page.goto(site.page(script='data-page-views="off"'))
    act(page, "first")
    page.evaluate(FLUSH)
    site.wait(lambda site: site.state.batches)

    act(page, "flood", 1004)
    waiting = page.evaluate(QUEUED)
    site.state.status = 202
    page.evaluate(FLUSH)
    page.wait_for_function(f"{QUEUED} === 0", timeout=30_000)

    arrived = site.of("action")
    assert waiting == 1000
    assert names(arrived)[:1000] == [f"flood-{n}" for n in range(4, 1004)]
    assert [event["props"] for event in arrived if event["name"] == "collector_dropped"] == [{"count": 5}]


def test_a_batch_that_is_too_large_is_halved(site: Receiver, context: BrowserContext):
    site.state.answers = [(413, {}), (413, {})]
    page = context.new_page()
    page.goto(site.page(script='data-page-views="off"'))

    act(page, "large", 8)
    page.evaluate(FLUSH)
    page.wait_for_function(f"{QUEUED} === 0")

    assert [len(batch.events) for batch in site.state.batches] == [8, 4, 2, 6]
    assert names(site.accepted) == [f"large-{n}" for n in range(8)]


def test_one_unreadable_event_goes_alone(site: Receiver, context: BrowserContext):
    site.state.refuses = "odd-3"
    page = context.new_page()
    page.goto(site.page(script='data-page-views="off"'))

    act(page, "odd", 8)
    page.evaluate(FLUSH)
    page.wait_for_function(f"{QUEUED} === 0")

    assert sorted(names(site.accepted)) == [f"odd-{n}" for n in range(8) if n != 3]


def test_a_batch_of_bad_events_is_given_up(site: Receiver, context: BrowserContext):
    site.state.answers = [(422, {})]
    page = context.new_page()
    page.goto(site.page(script='data-page-views="off"'))

    act(page, "bad", 2)
    page.evaluate(FLUSH)
    page.wait_for_function(f"{QUEUED} === 0")

    assert len(site.state.batches) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_stops_the_page(site: Receiver, context: BrowserContext, status: int):
    site.state.status = status
    page = context.new_page()
    page.clock.install()
    page.goto(site.page())
    page.clock.run_for(5_000)
    site.wait(lambda site: site.state.batches)

    act(page, "silent", 60)
    page.wait_for_timeout(50)
    page.clock.run_for(60_000)
    page.goto("about:blank")

    assert len(site.state.batches) == 1


# Storage and identity


def test_blocked_storage_is_survived(site: Receiver, context: BrowserContext):
    context.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage'])"
        " Object.defineProperty(window, name, { get() { throw new DOMException('no', 'SecurityError'); } });"
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(site.page(body=video()))

    act(page, "memory", 2)
    play(page, 4)
    page.wait_for_timeout(600)
    pause(page)
    page.evaluate(FLUSH)
    site.wait(lambda site: site.of("play"))

    assert names(site.of("action")) == ["memory-0", "memory-1"]
    assert len({event["session_id"] for event in site.accepted}) == 1
    assert errors == []


def test_full_storage_is_survived(site: Receiver, context: BrowserContext):
    page = context.new_page()
    page.goto(site.page(script='data-page-views="off"'))
    page.evaluate(
        "for (let size = 5e6; size >= 1; size = Math.floor(size / 2)) try {"
        " localStorage.filler = (localStorage.filler || '') + 'x'.repeat(size); } catch {}"
    )

    act(page, "crowded", 4)
    page.evaluate(FLUSH)
    site.wait(lambda site: len(site.of("action")) == 4)

    assert names(site.accepted) == [f"crowded-{n}" for n in range(4)]


def test_one_session_for_all_tabs_until_half_an_hour_of_silence(site: Receiver, context: BrowserContext):
    address = site.page(script='data-page-views="off"')
    one, two = context.new_page(), context.new_page()
    for page in (one, two):
        page.clock.install(time=NOON)
        page.goto(address)

    act(one, "begin")
    two.clock.set_fixed_time(NOON + timedelta(minutes=29))
    act(two, "within")
    one.clock.set_fixed_time(NOON + timedelta(minutes=58))
    act(one, "still-within")
    two.clock.set_fixed_time(NOON + timedelta(minutes=89))
    act(two, "after")
    one.evaluate(FLUSH)
    site.wait(lambda site: len(site.of("action")) == 4)

    begin, within, still_within, after = (
        next(event["session_id"] for event in site.accepted if event["name"] == f"{name}-0")
        for name in ("begin", "within", "still-within", "after")
    )
    assert begin == within == still_within
    assert after != begin


def test_what_one_member_did_is_not_sent_as_another(site: Receiver, context: BrowserContext):
    site.state.status = 503
    page = context.new_page()
    for user in ("", "ana", "ben"):
        page.goto(site.page(f"/{user}", script=f'data-page-views="off" data-user="{user}"'))
        act(page, user or "guest")

    site.state.status = 202
    page.evaluate(FLUSH)
    site.wait(lambda site: site.accepted)
    as_ben = names(site.of("action"))
    page.wait_for_function(f"{QUEUED} === 1")
    page.goto(f"{site.url}/ana")
    page.evaluate(FLUSH)
    page.wait_for_function(f"{QUEUED} === 0")

    assert as_ben == ["guest-0", "ben-0"]
    assert names(site.of("action")) == ["guest-0", "ben-0", "ana-0"]


@pytest.mark.parametrize(
    "choice",
    [
        "Object.defineProperty(navigator, 'doNotTrack', { value: '1' })",
        "Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })",
        "document.cookie = 'optout=1; path=/'",
    ],
)
def test_who_does_not_want_it_is_left_alone(site: Receiver, context: BrowserContext, choice: str):
    context.add_init_script(choice)
    page = context.new_page()
    page.goto(site.page(body=video()))

    act(page, "private", 60)
    play(page, 4)
    page.wait_for_timeout(600)
    page.evaluate(FLUSH)
    stored = page.evaluate(f"{EVERYTHING} + sessionStorage.length")
    page.goto("about:blank")
    page.wait_for_timeout(200)

    assert stored == 0
    assert site.state.batches == []


def test_opting_out_forgets_what_waits_and_opting_in_starts_again(site: Receiver, context: BrowserContext):
    page = context.new_page()
    page.goto(site.page())
    act(page, "before")

    page.evaluate("eightpoint.optOut()")
    act(page, "meanwhile")
    stored, cookies = page.evaluate(EVERYTHING), context.cookies()
    page.evaluate("eightpoint.optIn()")
    act(page, "after")
    page.evaluate(FLUSH)
    site.wait(lambda site: site.accepted)

    assert stored == 0
    assert [(cookie["name"], cookie["value"]) for cookie in cookies] == [("optout", "1")]
    assert context.cookies() == []
    assert names(site.accepted) == ["after-0"]


def test_a_marked_button_is_tracked(site: Receiver, context: BrowserContext):
    page = context.new_page()
    page.goto(
        site.page(
            script='data-page-views="off"',
            body=f'<button data-track="share" data-track-item="{ITEM}" data-track-platform="email"><b>Send</b></button>',
        )
    )

    page.click("b")
    page.evaluate(FLUSH)
    site.wait(lambda site: site.accepted)

    (event,) = site.accepted
    assert (event["type"], event["item"], event["platform"]) == ("share", ITEM, "email")


# Plays


@pytest.mark.alone
def test_ten_seconds_at_once_and_ten_at_double_speed_are_twenty_watched_and_thirty_covered(
    site: Receiver, context: BrowserContext
):
    page = context.new_page()
    page.goto(site.page(body=video(duration=60), script='data-page-views="off"'))

    page.evaluate(WATCH)
    report = last_play(site, page)

    assert report["duration_seconds"] == pytest.approx(20, abs=0.7)
    assert covered(report) == pytest.approx(30, abs=1)
    assert report["position_seconds"] == pytest.approx(30, abs=1)
    assert (report["item"], report["content_type"], report["source"]) == (ITEM, "video", "direct")
    assert (report["item_duration_seconds"], report["quality"], report["speed"]) == (60, "36p", 2)
    reports = site.of("play")
    assert len({one["play_id"] for one in reports}) == len({one["occurred_at"] for one in reports}) == 1
    assert reports[0]["duration_seconds"] == 0
    assert 3 <= len(reports) <= 5


@pytest.mark.alone
def test_pauses_and_jumps_are_not_watched(site: Receiver, context: BrowserContext):
    page = context.new_page()
    page.goto(site.page(body=video(), script='data-page-views="off"'))

    play(page)
    page.wait_for_timeout(1_000)
    pause(page)
    page.wait_for_timeout(1_000)
    play(page)
    for target in (50, 10, 40, 20, 30, 5, 45):
        page.evaluate("(target) => { document.querySelector('video').currentTime = target; }", target)
        page.wait_for_timeout(60)
    page.wait_for_timeout(1_000)
    pause(page)
    report = last_play(site, page)

    assert report["duration_seconds"] == pytest.approx(2.2, abs=0.5)
    assert covered(report) == pytest.approx(report["duration_seconds"], abs=0.3)
    assert all(stop - start < 1.5 for start, stop in report["ranges"])


def test_a_jump_to_the_end_covers_nothing(site: Receiver, context: BrowserContext):
    page = context.new_page()
    page.goto(site.page(body=video(), script='data-page-views="off"'))

    play(page)
    page.wait_for_timeout(500)
    page.evaluate("document.querySelector('video').currentTime = 59.8")
    page.wait_for_function("document.querySelector('video').ended")
    page.wait_for_timeout(100)
    report = last_play(site, page)

    assert report["duration_seconds"] < 1.5
    assert covered(report) < 1.5


def test_a_report_that_still_waits_gives_way_to_the_next(site: Receiver, context: BrowserContext):
    site.state.status = 503
    page = context.new_page()
    page.goto(site.page(body=video(), script='data-page-views="off"'))

    for _ in range(3):
        play(page)
        page.wait_for_timeout(100)
        pause(page)
    waiting = page.evaluate(QUEUED)
    site.state.status = 202
    report = last_play(site, page)

    assert waiting == 1
    assert report["duration_seconds"] > 0.2


@pytest.mark.alone
@pytest.mark.parametrize(("gain", "watched"), [(0.1, 0.8), (0.25, 2), (0.4, 2)], ids=["slower", "even", "faster"])
def test_clock_and_media_must_both_go_on(site: Receiver, context: BrowserContext, gain: float, watched: float):
    page = context.new_page()
    page.clock.install(time=NOON)
    page.goto(site.page(script='data-page-views="off"'))
    page.clock.pause_at(NOON + timedelta(seconds=2))
    page.evaluate(
        """item => {
            const rest = { dataset: { playItem: item }, currentTime: 0, playbackRate: 1, readyState: 4, play() {} };
            window.media = Object.assign(new EventTarget(), rest, { getBoundingClientRect: () => ({}) });
            eightpoint.play(media);
        }""",
        ITEM,
    )

    for _ in range(8):
        page.clock.run_for(250)
        page.evaluate("gain => { media.currentTime += gain; media.dispatchEvent(new Event('timeupdate')); }", gain)
    page.evaluate("media.dispatchEvent(new Event('pause'))")
    report = last_play(site, page)

    assert report["duration_seconds"] == pytest.approx(watched, abs=0.01)
    assert covered(report) == pytest.approx(8 * gain, abs=0.01)


@pytest.mark.alone
def test_waiting_for_the_network_is_not_watching(context: BrowserContext):
    site = Receiver(mp4(8, width=160, height=90, noisy=True))
    site.state.bytes_may_pass.clear()
    page = context.new_page()
    page.goto(site.page(body=video("/media-slow"), script='data-page-views="off"'))

    play(page, 2)
    page.wait_for_function("document.querySelector('video').readyState < 3")
    page.wait_for_timeout(1_500)
    site.state.bytes_may_pass.set()
    page.wait_for_function("document.querySelector('video').ended")
    page.wait_for_timeout(100)
    report = last_play(site, page)
    site.stop()

    assert report["duration_seconds"] == pytest.approx(4, abs=0.4)
    assert covered(report) == pytest.approx(8, abs=0.3)
    assert report["completed"] is True


@pytest.mark.alone
def test_a_machine_that_slept_was_not_watching(site: Receiver, context: BrowserContext):
    page = context.new_page()
    page.goto(site.page(body=video(), script='data-page-views="off"'))

    play(page)
    page.wait_for_timeout(1_000)
    page.evaluate("{ const until = performance.now() + 2500; while (performance.now() < until); }")
    page.wait_for_timeout(1_000)
    pause(page)
    report = last_play(site, page)

    assert report["duration_seconds"] == pytest.approx(2, abs=0.6)


@pytest.mark.alone
def test_playing_again_from_the_start_is_a_new_play(context: BrowserContext):
    site = Receiver(mp4(2))
    page = context.new_page()
    page.goto(
        site.page(body=video(id="old", started="2026-01-17T14:00:00Z", watched="7"), script='data-page-views="off"')
    )

    for _ in range(2):
        play(page, 4)
        page.wait_for_function("document.querySelector('video').ended")
        page.wait_for_timeout(100)
        last_play(site, page)
    site.stop()

    finals = {report["play_id"]: report for report in site.of("play")}
    first, second = finals.values()
    assert (first["play_id"], first["completed"], first.get("replayed")) == ("old", True, None)
    assert (second["completed"], second["replayed"]) == (True, True)
    assert first["duration_seconds"] == pytest.approx(7.5, abs=0.3)
    assert second["duration_seconds"] == pytest.approx(0.5, abs=0.3)
    assert UUID7.fullmatch(second["play_id"])


@pytest.mark.alone
def test_a_resumed_play_keeps_its_id_and_start_and_adds_to_what_was_watched(site: Receiver, context: BrowserContext):
    started = "2026-01-17T14:00:00.123456+00:00"
    page = context.new_page()
    page.goto(
        site.page(body=video(id="p1", started=started, watched="20.5", resume="30"), script='data-page-views="off"')
    )

    page.wait_for_function("document.querySelector('video').currentTime === 30")
    play(page)
    page.wait_for_timeout(1_000)
    pause(page)
    report = last_play(site, page)

    assert (report["play_id"], report["occurred_at"]) == ("p1", started)
    assert report["duration_seconds"] == pytest.approx(21.5, abs=0.3)
    assert report["ranges"][0][0] == pytest.approx(30, abs=0.1)


@pytest.mark.alone
def test_a_reload_in_the_middle_goes_on_with_the_same_play(site: Receiver, context: BrowserContext):
    page = context.new_page()
    page.goto(site.page(body=video(), script='data-page-views="off"'))

    for _ in range(2):
        play(page)
        page.wait_for_timeout(1_000)
        page.reload()
    report = last_play(site, page)

    assert len({report["play_id"] for report in site.of("play")}) == 1
    assert report["duration_seconds"] == pytest.approx(2, abs=0.4)
    assert report["skipped"] is True


def test_two_tabs_are_two_plays(site: Receiver, context: BrowserContext):
    address = site.page(body=video(), script='data-page-views="off"')
    one, two = context.new_page(), context.new_page()
    for page in (one, two):
        page.goto(address)
        play(page)
        page.wait_for_timeout(300)
        pause(page)
        last_play(site, page)

    assert len({report["play_id"] for report in site.of("play")}) == 2


def test_an_image_counts_once_it_was_seen_for_a_second(site: Receiver, context: BrowserContext):
    picture = f'<img src="/picture.svg" width="80" height="60" alt="" data-play-item="{ITEM}" data-play-type="image">'
    page = context.new_page()
    page.goto(site.page(body=f'<div style="height: 3000px"></div>{picture}', script='data-page-views="off"'))
    page.wait_for_timeout(1_300)
    unseen = page.evaluate(QUEUED)

    started = time.monotonic()
    page.evaluate("document.querySelector('img').scrollIntoView()")
    page.wait_for_function(f"{QUEUED} === 1")
    took = time.monotonic() - started
    report = last_play(site, page)

    assert unseen == 0
    assert took > 0.9
    assert (report["item"], report["content_type"]) == (ITEM, "image")
    assert 1 <= report["duration_seconds"] < 2.5
    assert "ranges" not in report


def test_an_element_added_later_is_watched_when_told(site: Receiver, context: BrowserContext):
    page = context.new_page()
    page.goto(site.page(script='data-page-views="off"'))
    page.evaluate(
        "(html) => { document.body.innerHTML = html; eightpoint.play(document.querySelector('video')); }", video()
    )

    play(page, 4)
    page.wait_for_timeout(500)
    pause(page)
    report = last_play(site, page)

    assert covered(report) > 1

"""The frame in a real browser: nothing is blocked by the policy, themes hold, parts answer to mouse and keyboard."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FOR_ALL = ["/", "/browse/", "/how-we-count/", "/privacy/", "/docs", "/redoc", "/api/", "/accounts/login/", "/nothing/"]
FOR_STAFF = [
    "/", "/browse/", "/upload/", "/history/", "/profile/", "/settings/", "/features/", "/accounts/email/", "/accounts/2fa/",
    "/accounts/2fa/totp/activate/", "/accounts/sessions/", "/accounts/password/change/", "/api/users/",
    "/admin/", "/admin/stats/source/", "/admin/stats/source/add/", "/admin/accounts/user/",
]  # fmt: skip


@pytest.fixture(autouse=True)
def database_calls_are_allowed(monkeypatch):
    """Playwright keeps an event loop in this thread, which Django takes for async code."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture
def complaints(page):
    """Collect what the browser complains of."""
    found: list[str] = []
    page.on("console", lambda message: found.append(f"{page.url}: {message.text}") if message.type == "error" else None)
    page.on("pageerror", lambda error: found.append(f"{page.url}: {error}"))
    return found


def log_in(page, live_server, **what):
    user = get_user_model().objects.create_superuser("noa.lind", "noa@example.org", "a short sentence", **what)
    client = Client()
    client.force_login(user)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    return user


def theme(page) -> str:
    return page.evaluate("document.documentElement.dataset.bsTheme")


def test_a_visitor_sees_every_page_without_a_complaint(page, complaints):
    for path in FOR_ALL:
        page.goto(path, wait_until="networkidle")

    assert [one for one in complaints if "status of 404" not in one] == []


def test_staff_see_every_page_without_a_complaint(page, complaints, live_server):
    log_in(page, live_server)

    for path in FOR_STAFF:
        page.goto(path, wait_until="networkidle")

    assert complaints == []


@pytest.mark.parametrize(
    "path", ["/", "/browse/", "/privacy/", "/how-we-count/", "/accounts/signup/", "/api/", "/docs", "/nothing/"]
)
def test_no_page_scrolls_sideways_on_a_phone(page, path):
    page.set_viewport_size({"width": 390, "height": 844})

    page.goto(path, wait_until="networkidle")

    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("system", ["light", "dark"])
def test_a_visitor_has_the_theme_of_the_system_until_another_is_chosen(page, system):
    page.emulate_media(color_scheme=system)
    page.goto("/privacy/")
    assert theme(page) == system

    page.get_by_role("button", name="Switch between light and dark").click()
    page.reload()

    assert theme(page) == {"light": "dark", "dark": "light"}[system]


def test_a_member_has_the_chosen_theme_and_may_switch_it_here(page, live_server):
    user = log_in(page, live_server, theme="dark")
    page.goto("/privacy/")
    assert theme(page) == "dark"

    page.get_by_role("button", name="Switch between light and dark").click()
    page.reload()
    assert theme(page) == "light"

    user.theme = "system"
    user.save()
    page.emulate_media(color_scheme="dark")
    page.reload()
    assert theme(page) == "dark"  # the settings changed, so this browser's switch is forgotten


def test_the_menu_opens_closes_and_logs_out(page, live_server):
    log_in(page, live_server)
    page.goto("/privacy/")
    menu = page.locator("details.menu")

    menu.locator("summary").click()
    page.keyboard.press("Escape")
    assert not menu.evaluate("menu => menu.open")
    menu.locator("summary").click()
    page.get_by_role("button", name="Log out").click()

    page.wait_for_url("**/")
    assert page.get_by_text("You are logged out.").is_visible()
    page.get_by_role("button", name="Dismiss").click()
    assert page.get_by_text("You are logged out.").count() == 0


def test_a_slash_leads_to_the_search(page):
    page.goto("/privacy/")

    page.keyboard.press("/")
    page.keyboard.type("night sky")
    page.keyboard.press("Enter")

    page.wait_for_url("**/browse/?q=night+sky")


def test_reports_are_switched_off_for_this_browser(page):
    page.goto("/privacy/")

    page.get_by_role("button", name="Switch reports off").click()
    page.reload()

    assert page.get_by_text("This browser reports nothing.").is_visible()
    assert {"optout": "1"}.items() <= {one["name"]: one["value"] for one in page.context.cookies()}.items()


def test_a_password_can_be_shown(page):
    page.goto("/accounts/login/")
    field = page.get_by_label("Password", exact=True)

    page.get_by_role("button", name="Show the password").click()

    assert field.get_attribute("type") == "text"


def test_the_browsable_api_sends_a_body_and_shows_the_answer(page, live_server, complaints):
    log_in(page, live_server)
    page.goto("/api/users/")

    page.get_by_label("Body").fill('{"username": "ana", "email": "no address"}')
    page.get_by_role("button", name="POST").click()
    page.get_by_text("invalid_email").first.wait_for()
    page.get_by_label("Body").fill('{"username": "ana", "email": "ana@example.org"}')
    page.get_by_role("button", name="POST").click()
    page.get_by_text("201 Created").wait_for()

    assert get_user_model().objects.filter(username="ana").exists()
    assert [one for one in complaints if "status of 400" not in one] == []

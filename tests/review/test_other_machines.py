"""Where other machines can reach the page: TLS, named users, and what their browsers are told."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from front_desk import Running, Start

from scrub837.configure import load_settings
from scrub837.errors import SettingsInvalid
from scrub837.review.people import add_user
from scrub837.review.sessions import TRIES

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PASSWORD = "a long enough word"  # noqa: S105 - of nobody


@pytest.fixture
def served(start: Start, tmp_path: Path) -> Running:
    """A page as others reach it, with a certificate of our own and one user."""
    certificate, key = tmp_path / "page.pem", tmp_path / "page.key"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj", "/CN=claims.example",
            "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    settings = tmp_path / "scrub837.toml"
    settings.write_text(f'[review]\nhost = "0.0.0.0"\ncertificate = "{certificate}"\nkey = "{key}"\n')
    with pytest.raises(SettingsInvalid, match="everybody would be let in"):
        load_settings(settings)
    add_user(settings, "dana", PASSWORD)
    review = load_settings(settings).review
    assert review is not None
    assert PASSWORD not in settings.read_text()
    return start(
        host="0.0.0.0",  # noqa: S104 - as the settings say
        names=("localhost",), certificate=certificate, key=key, users=review.users,
    )  # fmt: skip


def come_in(page: Page, name: str, password: str) -> None:
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Come in").click()


def test_a_browser_comes_in_by_name_and_password(browser: Browser, served: Running) -> None:
    base = f"https://localhost:{served.port}"
    context = browser.new_context(ignore_https_errors=True)
    page = context.new_page()
    answer = page.goto(f"{base}/work")
    assert answer is not None
    assert page.url == f"{base}/enter"  # nothing is shown before
    assert answer.headers["strict-transport-security"].startswith("max-age=")
    come_in(page, "dana", "not her password")
    assert "That is not the name and password." in page.locator("#main").inner_text()
    come_in(page, "nobody", PASSWORD)
    assert "That is not the name and password." in page.locator("#main").inner_text()
    assert context.cookies() == []
    come_in(page, "dana", PASSWORD)
    assert page.url == f"{base}/"
    assert "dana is here" in page.locator("footer").inner_text()
    [cookie] = context.cookies()
    assert cookie["name"] == "__Host-scrub837"  # browsers take it from this host alone, and only by TLS
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Strict")
    assert page.evaluate("document.cookie") == ""
    page.get_by_role("button", name="Lock").click()
    assert page.url == f"{base}/enter"
    assert context.cookies() == []
    page.goto(f"{base}/work")
    assert page.url == f"{base}/enter"
    for _ in range(TRIES - 3):  # two were wrong before
        served.desk.sessions.wrong("127.0.0.1")
    for _ in range(2):
        come_in(page, "dana", "guess")
    assert "Too many wrong tries" in page.locator("#main").inner_text()
    page.goto(f"{base}/enter")
    come_in(page, "dana", PASSWORD)  # the right one waits as well
    assert "Too many wrong tries" in page.locator("#main").inner_text()
    assert not served.desk.sessions.too_many("192.0.2.9")  # nobody else is kept out by that
    context.close()


def test_without_tls_nothing_is_answered(served: Running) -> None:
    import http.client

    plain = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    plain.request("GET", "/")
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        plain.getresponse()
    plain.close()
    unchecked = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    port = served.port
    for host, status in ((f"localhost:{port}", 303), (f"0.0.0.0:{port}", 421), ("evil.example", 421)):
        secure = http.client.HTTPSConnection("127.0.0.1", served.port, timeout=10, context=unchecked)
        secure.request("GET", "/", headers={"Host": host})
        assert secure.getresponse().status == status, host
        secure.close()

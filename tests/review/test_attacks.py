"""What somebody may try from another page, another machine or inside a file; none of it works."""

from __future__ import annotations

import stat
import time
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from front_desk import Client, Start, batch_bytes

from scrub837.errors import SettingsInvalid
from scrub837.review.people import add_user
from scrub837.review_settings import Review, check_host


def test_a_forged_form_is_not_taken(start: Start) -> None:
    here = start()
    client = here.client()
    assert client.upload("a.837", batch_bytes()).status == 303
    page, before = "/batches/1/claims/2", here.decisions()
    hold = {"what": "hold", "reason": "forged", "version": "1"}
    assert client.post(page, hold | {"csrf": ""}).status == 403
    assert client.post(page, hold | {"csrf": "x" * 43}).status == 403
    assert client.post(page, hold, Origin="https://evil.example").status == 403
    assert client.post(page, hold, Origin="null").status == 403
    assert client.post(page, hold, **{"Sec-Fetch-Site": "cross-site"}).status == 403
    stranger = Client(here.port, csrf=client.csrf)  # has the token of the form, not the cookie
    assert stranger.post(page, hold).at("location") == "/locked"
    assert here.decisions() == before
    assert client.post(page, hold).status == 303  # the same form, where it belongs
    assert here.decisions() == before + 1


def test_a_stolen_link_opens_nothing_once_it_was_used(start: Start) -> None:
    here, token = start(), ""
    token = here.token()
    looked = Client(here.port).get(f"/enter?token={token}")
    assert (looked.status, "Come in" in looked.text) == (200, True)  # looking uses nothing up
    assert Client(here.port).enter(token).status == 303
    thief = Client(here.port)
    assert thief.get(f"/enter?token={token}").status == 403
    assert thief.enter(token).status == 403
    assert "set-cookie" not in thief.enter(token).headers
    assert thief.get("/").at("location") == "/locked"


def test_guessing_is_stopped(start: Start) -> None:
    here = start()
    thief = Client(here.port)
    states = [thief.enter(f"guess-{n}").status for n in range(10)]
    assert states == [403] * 8 + [429] * 2
    assert thief.enter(here.token()).status == 429


def test_a_session_is_never_one_that_was_brought_along(start: Start) -> None:
    here = start()
    name = here.client().cookie.partition("=")[0]
    planted = Client(here.port, cookie=f"{name}=planted-by-somebody")
    answer = planted.post("/enter", {"token": here.token(), "name": "Dana Quill"})
    given = answer.at("set-cookie")
    assert answer.status == 303
    assert "planted" not in given
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {part.strip() for part in given.split(";")}
    assert Client(here.port, cookie=f"{name}=planted-by-somebody").get("/").status == 303


def test_who_locks_or_goes_away_is_out(start: Start) -> None:
    here = start()
    client = here.client()
    assert client.post("/lock", {}).at("location") == "/locked"
    assert client.get("/work").at("location") == "/locked"
    other = here.client()
    other.upload("a.837", batch_bytes())
    here.desk.sessions.lock_after = 0.6
    for _ in range(4):  # a page that asks by itself is no sign that somebody is there
        time.sleep(0.2)
        asked = other.get("/poll/batches/1", **{"HX-Request": "true"})
    assert (asked.status, asked.at("hx-redirect")) == (401, "/locked")
    assert other.get("/").at("location") == "/locked"
    printed = Client(here.port).post("/link", {})
    assert "token=" not in printed.text  # a new link stands in the terminal and nowhere else
    assert "token=" in here.told[-1]


@pytest.mark.parametrize("where", ["name", "number", "file", "search", "reason"])
def test_script_stays_text(start: Start, where: str) -> None:
    here, evil = start(), "<script>window.owned=1</script>\"'><img src=x onerror=owned=1>"
    client = here.client()
    data = batch_bytes(edits=(("NM1*IL*1*SAMPLE*", f"NM1*IL*1*{evil}*"),) if where == "name" else ())
    if where == "number":
        data = data.replace(b"CLM*PLAIN*", f"CLM*{evil}*".encode())
    name = f"{evil.replace(chr(34), '').replace('/', '')}.837" if where == "file" else "a.837"
    assert client.upload(name, data).status == 303
    pages = [client.get(path).text for path in ("/", "/batches/1", "/work?state=all", "/trail")]
    if where == "search":
        pages.append(client.post("/work", {"find": evil}).text)
    if where == "reason":
        client.post("/batches/1/claims/1", {"what": "hold", "reason": evil, "version": "1"})
        pages += [client.get("/trail").text]
    pages += [client.get(f"/batches/1/claims/{n}").text for n in (1, 2)]
    assert any("window.owned" in page for page in pages)  # it is shown
    for page in pages:
        assert "<script>window" not in page
        assert "<img src=x" not in page
        assert page.count("<script") == 2  # our two files


def test_an_upload_without_end_is_cut_off(start: Start) -> None:
    here = start(most_megabytes=1)
    client = here.client()
    kept = set(here.desk.workspace.files.iterdir())
    assert client.upload("huge.837", b"ISA" * 700_000).status == 413
    chunk = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n' + b"A" * 3_000_000
    parts = iter([chunk[n : n + 65536] for n in range(0, len(chunk), 65536)])
    try:
        kind = {"Content-Type": "multipart/form-data; boundary=b"}
        assert client.send("POST", "/upload", parts, kind).status == 413  # in chunks, without a length
    except (BrokenPipeError, ConnectionResetError):
        pass  # the server would not listen to the end
    assert client.post("/work", {"find": "x" * 300_000}).status == 413
    assert set(here.desk.workspace.files.iterdir()) == kept
    assert client.get("/").status == 200


def test_no_path_leads_out_of_the_workspace(start: Start, tmp_path: Path) -> None:
    here = start()
    client, workspace = here.client(), here.desk.workspace
    (tmp_path / "secret.txt").write_text("SECRET")
    (workspace.incoming / "link.837").symlink_to(tmp_path / "secret.txt")
    assert client.upload("../../../secret.txt", batch_bytes()).at("location") == "/batches/1"
    assert (tmp_path / "secret.txt").read_text() == "SECRET"
    assert [one.name for one in workspace.files.iterdir()] == ["000001.x12"]
    assert stat.S_IMODE(workspace.file(1).stat().st_mode) == 0o600
    assert stat.S_IMODE(workspace.folder.stat().st_mode) == 0o700
    for path in (
        "/static/../review.sqlite",
        "/static/..%2f..%2freview.sqlite",
        "/static/%2e%2e/desk.py",
        "/batches/1/files/..%2f..%2freview.sqlite",
        "/batches/1/files/corrected%00",
        "/batches/..%2f1",
    ):
        assert client.get(path).status == 404, path
    for key in ("../../secret.txt", "link.837", "secret.txt", ""):
        assert client.post("/pick", {"key": key}).at("location") == "/?wrong=gone"
    assert "link.837" not in client.get("/").text  # a link is not offered


def test_another_host_name_is_not_answered(start: Start) -> None:
    here = start()
    client = here.client()
    for host in ("evil.example", f"evil.example:{here.port}", "127.0.0.1", "127.0.0.1:1", ""):
        assert client.get("/", Host=host).status == 421, host
    assert client.get("/", Host=f"localhost:{here.port}").status == 200


def test_every_answer_says_that_it_is_not_framed_or_kept(start: Start) -> None:
    here = start()
    client = here.client()
    client.upload("a.837", batch_bytes())
    answers = [
        client.get(path)
        for path in (
            "/",
            "/batches/1",
            "/batches/1/claims/1",
            "/work",
            "/nowhere",
            "/static/review.js",
            "/batches/9",
        )
    ]
    answers += [
        Client(here.port).get("/locked"),
        client.post("/work", {"csrf": ""}),
        client.get("/", Host="x"),
    ]
    for answer in answers:
        policy = answer.at("content-security-policy")
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.at("x-frame-options") == "DENY"
        assert answer.at("cache-control") == "no-store"
        assert answer.at("x-content-type-options") == "nosniff"
        assert "server" not in answer.headers


def test_a_method_is_not_another(start: Start) -> None:
    here = start()
    client = here.client()
    client.upload("a.837", batch_bytes())
    before, query = here.decisions(), f"csrf={client.csrf}&what=hold&reason=x&version=1"
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"):
        assert client.send(method, f"/batches/1/claims/1?{query}").status == 405, method
    assert client.get(f"/batches/1/claims/1?{query}&_method=POST").status == 200
    for path in ("/upload", "/pick", "/lock", "/share"):
        assert client.get(f"{path}?{query}").status == 405, path
    json = {"Content-Type": "application/json"}
    assert client.send("POST", "/batches/1/claims/1", query.encode(), json).status == 415
    plain = {"Content-Type": "text/plain"}  # what a form of another site can send without being asked
    assert client.send("POST", "/batches/1/claims/1", query.encode(), plain).status == 415
    override = {"X-HTTP-Method-Override": "POST", "HX-Request": "true"}
    assert client.send("GET", f"/batches/1/claims/1?{query}", headers=override).status == 200
    assert here.decisions() == before


def test_an_archive_is_not_unpacked(start: Start) -> None:
    here, packed = start(), BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../evil.837", batch_bytes())
        archive.writestr("bomb.837", b"0" * 5_000_000)
    client = here.client()
    assert client.upload("claims.zip", packed.getvalue()).at("location") == "/batches/1"
    assert "REFUSED" in client.get("/batches/1").text
    files = here.desk.workspace.files
    assert [one.stat().st_size for one in files.iterdir()] == [len(packed.getvalue())]


def test_a_search_is_no_statement(start: Start) -> None:
    here = start()
    client = here.client()
    client.upload("a.837", batch_bytes())
    for find in ("' OR 1=1 --", "%", "_AI_", 'x"; DROP TABLE items; --'):
        assert "No claim has all of these words" in client.post("/work", {"find": find}).text, find
    assert "PLACEHOLDER" not in client.post("/work", {"find": "pair"}).text
    assert client.post("/work", {"find": "sample pair 2026-11-03 97530"}).text.count("/claims/1") == 1
    assert client.get("/work?payer=99&rule=x'&sort=;--&state=%00&page=-3&batch=1e9").status == 200


def test_others_come_in_only_by_tls_and_name(start: Start, tmp_path: Path) -> None:
    for wrong in (
        Review(host="192.0.2.7"),
        Review(host="192.0.2.7", certificate=Path("a.pem"), key=Path("a.key")),
    ):
        with pytest.raises(SettingsInvalid):
            check_host(wrong)
    settings = tmp_path / "scrub837.toml"
    add_user(settings, "dana", "a long enough word")
    add_user(settings, "lee", "another long word")
    add_user(settings, "dana", "a newer and longer word")
    from scrub837.configure import load_settings

    review = load_settings(settings).review
    assert review is not None
    assert "long" not in settings.read_text()
    here = start(users=review.users)
    client = Client(here.port)
    assert client.post("/enter", {"name": "dana", "password": "a long enough word"}).status == 403
    assert client.post("/enter", {"name": "nobody", "password": ""}).status == 403
    assert client.post("/enter", {"token": here.token(), "name": "dana"}).status == 403  # a link is no name
    assert client.post("/enter", {"name": "dana", "password": "a newer and longer word"}).status == 303
    assert client.post("/link", {}).at("location") == "/locked"


def test_the_trail_cannot_be_changed(start: Start) -> None:
    here = start()
    here.client().upload("a.837", batch_bytes())
    store = here.desk.store
    for text in ("UPDATE trail SET person = 'x'", "DELETE FROM trail"):
        with pytest.raises(Exception, match="append-only"):
            store.query(text)
    assert store.broken() is None
    store.query("DROP TRIGGER trail_kept")
    store.query("UPDATE trail SET person = 'Somebody Else' WHERE id = 2")
    assert store.broken() == 2

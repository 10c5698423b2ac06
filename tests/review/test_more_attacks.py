"""More of what somebody may try: broken requests, odd numbers, names in files, what is left in a browser."""

from __future__ import annotations

import os
import socket
import tomllib
from typing import TYPE_CHECKING

import pytest
from front_desk import Client, Running, Start, batch_bytes

from scrub837.review.sessions import TRIES

if TYPE_CHECKING:
    from playwright.sync_api import Browser

EVIL = '"><svg onload=owned=1><script>window.owned=1</script>'


def raw(here: Running, text: str) -> str:
    """What comes back for bytes no client would send."""
    with socket.create_connection(("127.0.0.1", here.port), timeout=10) as one:
        one.sendall(text.encode("latin-1"))
        one.shutdown(socket.SHUT_WR)
        parts = []
        while part := one.recv(65536):
            parts.append(part)
    return b"".join(parts).decode("latin-1")


def test_a_request_is_not_two(start: Start) -> None:
    here = start()
    client = here.client()
    host, cookie = f"Host: 127.0.0.1:{here.port}\r\n", f"Cookie: {client.cookie}\r\n"
    form = "Content-Type: application/x-www-form-urlencoded\r\n"
    body = f"csrf={client.csrf}"
    inside = f"POST /lock HTTP/1.1\r\n{host}{cookie}{form}Content-Length: {len(body)}\r\n\r\n{body}"
    for both in (
        f"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inside}",
        f"Content-Length: 5\r\nContent-Length: {len(inside)}\r\n\r\nhello{inside}",
        f"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{inside}",
        f"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n{inside}",
    ):
        raw(here, f"POST /work HTTP/1.1\r\n{host}{form}{both}")
        assert client.get("/").status == 200, both  # nobody was locked out by what was hidden inside
    twice = raw(here, f"GET / HTTP/1.1\r\n{host}Host: evil.example\r\n{cookie}Connection: close\r\n\r\n")
    assert "Batches" not in twice
    whole = raw(here, f"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n{cookie}\r\n")
    assert " 421 " in whole.partition("\r\n")[0]


def test_who_asks_is_not_what_a_header_says(start: Start) -> None:
    here = start()
    for n in range(TRIES):
        forged = {"X-Forwarded-For": f"192.0.2.{n}", "Forwarded": f"for=192.0.2.{n}"}
        assert Client(here.port).post("/enter", {"token": "guess", "name": "Eve"}, **forged).status == 403
    forged = {"X-Forwarded-For": "192.0.2.99"}
    assert Client(here.port).post("/enter", {"token": "guess", "name": "Eve"}, **forged).status == 429
    forged = {"X-Forwarded-Host": f"127.0.0.1:{here.port}"}
    assert Client(here.port).get("/", Host="evil.example", **forged).status == 421


def test_no_form_leads_away(start: Start) -> None:
    here = start()
    client = Client(here.port)
    far = {"next": "https://evil.example/", "go": "//evil.example", "back": "//evil.example"}
    answer = client.post("/enter", {"token": here.token(), "name": "Dana Quill", **far})
    assert answer.at("location") == "/"
    inside = here.client()
    inside.upload("a.837", batch_bytes())
    for path in ("/lock?next=//evil.example", "/batches/1/claims/1?go=//evil.example"):
        sent = {"what": "hold", "reason": "x", "version": "1", **far}
        assert inside.post(path, sent).at("location").startswith("/"), path
        assert "evil" not in inside.post(path, sent).at("location")
        inside = here.client()
    assert client.get("//evil.example/").status in (303, 404)
    assert "evil" not in client.get("//evil.example/..").at("location")


def test_names_do_not_break_out_of_a_header(start: Start) -> None:
    here = start()
    client = here.client()
    name = "a%0d%0aSet-Cookie: owned=1\x85\u202e\t.837"
    answer = client.upload(name.encode("utf-8").decode("latin-1"), batch_bytes())
    assert answer.status == 303
    assert "set-cookie" not in answer.headers
    assert client.post("/batches/1/files", {"apply": "safe"}).status == 303
    saved = client.get("/batches/1/files/corrected")
    assert saved.at("content-disposition") == 'attachment; filename="batch-1-corrected.837"'
    assert saved.at("content-type") == "application/octet-stream"
    assert "set-cookie" not in saved.headers
    assert "\u202e" not in client.get("/").text
    answer = client.post(
        "/batches/1/claims/1", {"what": "hold", "reason": "a\r\nSet-Cookie: x=1", "version": "1"}
    )
    assert "set-cookie" not in answer.headers


def test_numbers_beyond_all_bounds_are_not_there(start: Start) -> None:
    here = start()
    client = here.client()
    client.upload("a.837", batch_bytes())
    huge = "9" * 30
    for path in (
        f"/batches/{huge}", f"/batches/1/claims/{huge}", f"/batches/{huge}/files", "/batches/1/claims/0",
        f"/poll/batches/{huge}", f"/batches/{huge}/resend", f"/batches/{huge * 200}",
    ):  # fmt: skip
        assert client.get(path).status == 404, path
    assert client.get(f"/work?batch={huge}&page={huge}&payer={huge}").status == 200
    log = b"claim_id,line_ref,dos,code,minutes\nPAIR,1,2026-11-03,97140,15\n"
    for batch in ("000000001999", "1" * 5000, "-1", "\u0661", "1e9"):
        assert client.upload("minutes.csv", log, batch=batch).status in (303, 400), batch
    assert {one.batch for one in here.desk.store.files("log")} == {1}
    for fields in (
        {"version": huge},
        {"what": "undo", "entry": huge},
    ):
        sent = {"what": "hold", "reason": "x", "version": "1"} | fields
        assert client.post("/batches/1/claims/1", sent).status in (400, 409), fields
    assert [one for one in here.told if "error" in one] == []


def test_forms_beyond_all_bounds_are_not_read(start: Start) -> None:
    here = start()
    client = here.client()
    client.upload("a.837", batch_bytes())
    assert client.post("/work", {f"field{n}": "x" for n in range(200)}).status == 400
    long = {"what": "hold", "reason": "ab " * 60_000, "version": "1"}
    assert client.post("/batches/1/claims/1", long).status == 303
    [entry] = here.desk.store.trail("what = 'hold'")
    assert len(entry.detail["reason"]) == 400
    parts = b"".join(
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="%d"\r\n\r\nx\r\n' % n
        for n in range(60)
    )
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    assert client.send("POST", "/upload", parts + b"--b--\r\n", kind).status == 400
    assert client.send("POST", "/upload", b"--b\r\nnonsense", kind).status in (400, 403)
    ranges = ",".join(f"{n}-" for n in range(2000))
    client.post("/batches/1/files", {"apply": "safe"})
    answer = client.get("/batches/1/files/corrected", Range=f"bytes={ranges}")
    assert len(answer.text) < 1_000_000


def test_what_a_person_writes_stays_one_waiver_and_one_row(start: Start) -> None:
    here = start()
    client = here.client()
    client.upload("a.837", batch_bytes())
    page = client.get("/batches/1/claims/2").text
    finding = page[page.index('name="finding"') :].partition('<option value="')[2].partition('"')[0]
    evil = 'x"\n[[waivers]]\nrule = "*"\nreason = """\\'
    waive = {"what": "waive", "finding": finding, "reason": evil, "expires": "2026-12-31", "version": "1"}
    assert client.post("/batches/1/claims/2", waive).status == 303
    [waivers] = tomllib.loads(here.desk.workspace.waivers.read_text()).values()
    assert len(waivers) == 1
    assert waivers[0]["rule"] != "*"
    attest = {
        "what": "attest", "line": "0", "minutes": "15", "area": 'neck"\r\nPAIR,2', "reason": "a,b\n=1+1",
        "version": "1",
    }  # fmt: skip
    assert client.post("/batches/1/claims/1", attest).status in (303, 400)
    log = here.desk.workspace.log(1)
    assert not log.exists() or len(log.read_text().splitlines()) == 2


@pytest.mark.parametrize("where", ["payer", "log"])
def test_script_in_a_filter_or_a_drawing_stays_text(browser: Browser, start: Start, where: str) -> None:
    here = start()
    data = batch_bytes("id=ONE | 97140:GP x1 $35 ; 97530:GP x1 $46")
    evil = EVIL.replace("*", "")
    if where == "payer":
        at = data.index(b"NM1*PR*2*") + 9
        data = data[:at] + evil.encode() + data[data.index(b"*", at) :]
    client = here.client()
    client.upload("a.837", data)
    if where == "log":
        head = "claim_id,line_ref,dos,code,start,stop,area,reason,attested_by"
        quoted = evil.replace('"', '""')
        row = f'ONE,#1,2026-11-03,97140,09:00,09:15,neck,"{quoted}","{quoted}"'
        client.upload("log.csv", f"{head}\n{row}\n".encode())
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{here.base}/enter?token={here.token()}")
    page.get_by_label("Your name").fill("Dana Quill")
    page.get_by_role("button", name="Come in").click()
    shown = ""
    for path in ("/work?state=all", "/batches/1", "/batches/1/claims/1", "/nights", "/batches/1/files"):
        page.goto(here.base + path)
        assert page.evaluate("window.owned") is None, path
        assert page.locator("script").count() == 2
        shown += page.content()
    assert "window.owned" in shown
    context.close()


def test_nothing_of_a_claim_comes_back_after_the_lock(browser: Browser, start: Start) -> None:
    here = start()
    here.client().upload("a.837", batch_bytes())
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{here.base}/enter?token={here.token()}")
    page.get_by_label("Your name").fill("Dana Quill")
    page.get_by_role("button", name="Come in").click()
    page.goto(f"{here.base}/batches/1/claims/2")
    assert "SPECIMEN" in page.content()
    page.get_by_role("button", name="Lock").click()
    page.wait_for_url("**/locked")
    page.go_back()
    page.wait_for_url("**/locked")
    assert "SPECIMEN" not in page.content()
    context.close()


def test_a_link_in_the_workspace_is_not_followed(start: Start) -> None:
    here = start()
    client, workspace = here.client(), here.desk.workspace
    secret = workspace.folder.parent / "secret.txt"
    secret.write_text("SECRET")
    (workspace.incoming / "pipe.837").unlink(missing_ok=True)
    os.mkfifo(workspace.incoming / "pipe.837")  # whoever reads it waits forever
    (workspace.incoming / "folder.837").mkdir()
    assert "pipe.837" not in client.get("/").text
    good = workspace.incoming / "good.837"
    good.write_bytes(batch_bytes())
    [offered] = workspace.offered()
    good.unlink()
    good.symlink_to(secret)  # exchanged after it was shown
    assert client.post("/pick", {"key": offered.key}).at("location") == "/?wrong=gone"
    client.upload("a.837", batch_bytes())
    for kind in ("corrected", "ready", "held"):
        workspace.out_file(1, kind).symlink_to(secret)
    assert client.post("/batches/1/files", {"apply": "safe"}).status == 303
    assert secret.read_text() == "SECRET"  # the links were replaced, not written through
    workspace.out_file(1, "held").unlink(missing_ok=True)
    workspace.out_file(1, "held").symlink_to(secret)
    assert "SECRET" not in client.get("/batches/1/files/held").text

"""The routes of the review page, and how a request becomes values and an answer."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from scrub837.errors import ScrubError
from scrub837.review import (
    answers,
    batches,
    claim_page,
    entering,
    files_out,
    nights,
    resend,
    told_sent,
    trail,
    worklist,
)
from scrub837.review.bugs import bug_words
from scrub837.review.desk import Ask, Desk, NotThere
from scrub837.review.guard import BodyTooLarge, Guard
from scrub837.review.store import Conflict

Page = Callable[[Desk, Ask], Response]
Teller = Callable[[Request, Exception], Awaitable[Response]]
STATIC = {  # address -> package, name, type
    "report.css": ("scrub837.report", "templates/report.css", "text/css"),
    "audit.css": ("scrub837.audit", "templates/audit.css", "text/css"),
    "review.css": ("scrub837.review", "static/review.css", "text/css"),
    "review.js": ("scrub837.review", "static/review.js", "text/javascript"),
    "htmx.min.js": ("scrub837.review", "static/htmx.min.js", "text/javascript"),
}
MOST_FIELDS, MOST_FILES = 60, 20


@dataclass(frozen=True, slots=True)
class _Address:
    """One address with its page and what a form sent there does. ``free`` forms come before a session."""

    path: str
    show: Page | None = None
    act: Page | None = None
    free: bool = False


ADDRESSES = (
    _Address("/", batches.home),
    _Address("/enter", entering.show_enter, entering.enter, free=True),
    _Address("/locked", entering.show_locked),
    _Address("/link", None, entering.print_link, free=True),
    _Address("/lock", None, entering.lock),
    _Address("/share", None, entering.share_link),
    _Address("/upload", None, batches.bring),
    _Address("/pick", None, batches.pick),
    _Address("/batches/{batch:int}", batches.show_batch),
    _Address("/poll/batches/{batch:int}", batches.poll),
    _Address("/batches/{batch:int}/files", files_out.show_files, files_out.make_files),
    _Address("/batches/{batch:int}/sent", None, told_sent.tell_sent),
    _Address("/batches/{batch:int}/files/{kind}", files_out.send_file),
    _Address("/batches/{batch:int}/resend", resend.show_resend, resend.make_resend),
    _Address("/batches/{batch:int}/claims/{position:int}", claim_page.show_claim, claim_page.decide_claim),
    _Address("/work", worklist.show_work, worklist.show_work),
    _Address("/answers", answers.show_answers),
    _Address("/trail", trail.show_trail),
    _Address("/nights", nights.show_nights),
    _Address("/health", nights.show_health),
)


def make_app(desk: Desk, hosts: frozenset[str]) -> Guard:
    """The application, with its guard around it."""
    routes = [
        Route(one.path, _endpoint(desk, one), methods=[m for m, page in _methods(one) if page])
        for one in ADDRESSES
    ]
    routes.append(Route("/static/{name}", _static, methods=["GET"]))
    app = Starlette(
        routes=routes,
        exception_handlers=_errors(desk),
    )
    scheme = desk.base.partition(":")[0]
    most = (desk.review.most_megabytes << 20) + (1 << 16)  # the form around the file
    return Guard(app, desk.sessions, hosts, scheme, entering.cookie_name(desk.base), most)


def _methods(one: _Address) -> list[tuple[str, Page | None]]:
    return [("GET", one.show), ("POST", one.act)]


def _endpoint(desk: Desk, one: _Address) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        session = request.scope.get("session")
        ask = Ask(
            session.person if session else "",
            session.csrf if session else "",
            request.scope.get("cookie", ""),
            request.method,
            request.path_params,
            dict(request.query_params),
            client=request.client.host if request.client else "",
        )
        if request.method != "POST":
            assert one.show is not None  # noqa: S101 - the route's methods say so
            return await run_in_threadpool(one.show, desk, ask)
        assert one.act is not None  # noqa: S101 - as above
        try:
            sent = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)
        except (MultiPartException, ValueError):
            return Response("That form cannot be read.\n", 400, media_type="text/plain")
        try:
            fields = {key: value for key, value in sent.items() if isinstance(value, str)}
            token = fields.pop("csrf", "")
            if not one.free and not (session and hmac.compare_digest(token.encode(), session.csrf.encode())):
                return Response("That form is not ours, or too old. Load the page again.\n", 403)
            given = [one for one in sent.getlist("file") if isinstance(one, UploadFile) and one.filename]
            uploads = [(one.filename or "", one.file) for one in given]
            ask = replace(ask, form=fields, uploads=uploads)
            return await run_in_threadpool(one.act, desk, ask)
        finally:
            await sent.close()

    return endpoint


async def _static(request: Request) -> Response:
    known = STATIC.get(request.path_params["name"])
    if known is None:
        return Response("There is no such file.\n", 404, media_type="text/plain")
    package, name, kind = known
    return Response(files(package).joinpath(name).read_bytes(), media_type=kind)


def _asked(request: Request) -> Ask:
    session = request.scope.get("session")
    return Ask(session.person, session.csrf) if session else Ask()


def _errors(desk: Desk) -> dict[Any, Teller]:
    async def refused(request: Request, error: Exception) -> Response:
        return desk.page(_asked(request), "wrong.html.j2", 409, words=str(error), back="/")

    async def too_large(request: Request, _error: Exception) -> Response:
        words = "That is more than may be sent. Choose a smaller file."
        return desk.page(_asked(request), "wrong.html.j2", 413, words=words, back="/")

    async def conflict(request: Request, _error: Exception) -> Response:
        return desk.page(
            _asked(request), "wrong.html.j2", 409, words="Somebody else was faster: look again.", back="/"
        )

    return {
        404: _not_there(desk), 405: _no_method, 500: _bug(desk), NotThere: _not_there(desk),
        Conflict: conflict, ScrubError: refused, BodyTooLarge: too_large,
    }  # fmt: skip


def _not_there(desk: Desk) -> Teller:
    async def not_there(request: Request, _error: Exception) -> Response:
        words = "There is no such page, or what it was about is gone."
        return desk.page(_asked(request), "wrong.html.j2", 404, words=words, back="/")

    return not_there


async def _no_method(_request: Request, _error: Exception) -> Response:
    return Response("That address does not take this.\n", 405, media_type="text/plain")


def _bug(desk: Desk) -> Teller:
    async def bug(request: Request, error: Exception) -> Response:
        desk.tell(bug_words(error))
        words = "That did not work, and it is our fault. Nothing was changed."
        return desk.page(_asked(request), "wrong.html.j2", 500, words=words, back="/")

    return bug

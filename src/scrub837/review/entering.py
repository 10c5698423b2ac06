"""Coming in and going out: one-time links, names and passwords, the lock."""

from __future__ import annotations

import getpass
import re

from starlette.responses import Response

from scrub837.review.desk import Ask, Desk, away
from scrub837.review.people import is_right

NAME = re.compile(r"\w[\w .'-]{0,39}")


def show_enter(desk: Desk, ask: Ask) -> Response:
    """Who is it? Nothing is used up by looking."""
    token = ask.query.get("token", "")
    if desk.named:
        return desk.page(ask, "enter.html.j2", token="", person="", wrong="")
    if not desk.sessions.is_link(token):
        return desk.page(ask, "locked.html.j2", 403, wrong="This link was used, or is no longer good.")
    return desk.page(ask, "enter.html.j2", token=token, person=_user(), wrong="")


def enter(desk: Desk, ask: Ask) -> Response:
    """Let a browser in. What its cookie held before counts for nothing."""
    if desk.sessions.too_many(ask.client):
        return desk.page(ask, "locked.html.j2", 429, wrong="Too many wrong tries. Wait a minute.")
    name, token = " ".join(ask.form.get("name", "").split()), ask.form.get("token", "")
    if desk.named:
        if not is_right(desk.review.users, name, ask.form.get("password", "")):
            desk.sessions.wrong(ask.client)
            return desk.page(
                ask, "enter.html.j2", 403, token="", person="", wrong="That is not the name and password."
            )
    elif not NAME.fullmatch(name):
        wrong = "Fill in your name: it stands beside what you decide."
        return desk.page(ask, "enter.html.j2", 400, token=token, person="", wrong=wrong)
    elif not desk.sessions.use_link(token):
        desk.sessions.wrong(ask.client)
        return desk.page(ask, "locked.html.j2", 403, wrong="This link was used, or is no longer good.")
    desk.store.note(name, "came in")
    answer = away("/")
    secure = desk.base.startswith("https")
    answer.set_cookie(
        cookie_name(desk.base), desk.sessions.begin(name), httponly=True, samesite="strict", secure=secure
    )
    return answer


def show_locked(desk: Desk, ask: Ask) -> Response:
    """How to come in again."""
    return away("/enter") if desk.named else desk.page(ask, "locked.html.j2", wrong="")


def print_link(desk: Desk, ask: Ask) -> Response:
    """Print a new link in the terminal: whoever can read that may come in. It is never sent to a browser."""
    if desk.named or desk.sessions.too_many(ask.client):
        return away("/locked")
    desk.sessions.wrong(ask.client)  # counts as a try, so that nobody fills the terminal
    desk.tell(f"open {desk.new_link()}")
    return desk.page(ask, "locked.html.j2", wrong="A new link stands in the terminal now.")


def lock(desk: Desk, ask: Ask) -> Response:
    """Go out."""
    desk.sessions.end(ask.cookie)
    answer = away("/locked")
    secure = desk.base.startswith("https")  # else a browser keeps what is named __Host-
    answer.delete_cookie(cookie_name(desk.base), httponly=True, samesite="strict", secure=secure)
    return answer


def share_link(desk: Desk, ask: Ask) -> Response:
    """A link for another browser of this machine."""
    if desk.named:
        return away("/")
    return desk.page(ask, "link.html.j2", link=desk.new_link())


def cookie_name(base: str) -> str:
    """The name of the session cookie: two servers of one machine do not take each other's."""
    port = base.rpartition(":")[2].strip("/")
    return "__Host-scrub837" if base.startswith("https") else f"scrub837-{port}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""

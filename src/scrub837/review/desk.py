"""What all pages share: the workspace, the judge, the templates; and a request as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from jinja2 import Environment
from starlette.responses import HTMLResponse, RedirectResponse, Response

from scrub837 import __version__
from scrub837.config import Settings
from scrub837.report.as_html import pages_of
from scrub837.report.words import BY_RANK
from scrub837.review import wording
from scrub837.review.decisions import WORDS, Kept
from scrub837.review.items import TODO, dollars
from scrub837.review.judging import Judging
from scrub837.review.sessions import Sessions
from scrub837.review.store import Store
from scrub837.review.trends import Trends
from scrub837.review.workspace import Workspace
from scrub837.review_settings import Review

HIGHEST = 1 << 53  # of what is numbered here


class NotThere(Exception):
    """No page of that address."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request. ``uploads`` are files that came with it, by name; the session is known by ``cookie``."""

    person: str = ""
    csrf: str = ""
    cookie: str = ""
    method: str = "GET"
    path: Mapping[str, int | str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    uploads: Sequence[tuple[str, BinaryIO]] = ()
    client: str = ""  # the address that asks

    def number(self, name: str) -> int:
        """A number of the address. Raises ``NotThere`` for one that no file or claim can have."""
        number = int(self.path[name])
        if number > HIGHEST:
            raise NotThere
        return number


@dataclass(frozen=True, slots=True)
class Desk:
    """The server's parts."""

    workspace: Workspace
    store: Store
    judging: Judging
    trends: Trends
    sessions: Sessions
    review: Review
    settings: Settings
    base: str  # address of the page, as the terminal prints it
    tell: Callable[[str], None]  # prints to the terminal
    pages: Environment

    @property
    def kept(self) -> Kept:
        """Where decisions are kept."""
        return Kept(self.store, self.workspace)

    @property
    def today(self) -> date:
        """In the time zone of the settings."""
        return self.settings.today or datetime.now(ZoneInfo(self.settings.time_zone)).date()

    @property
    def named(self) -> bool:
        """Whether people come in by name and password."""
        return bool(self.review.users)

    def new_link(self) -> str:
        """An address that lets one browser in, once."""
        return f"{self.base}/enter?token={self.sessions.new_link()}"

    def page(self, ask: Ask, name: str, status: int = 200, **values: Any) -> Response:
        """A page."""
        text = self.pages.get_template(name).render(
            ask=ask,
            version=__version__,
            named=self.named,
            lock_after=self.review.lock_after,
            most_megabytes=self.review.most_megabytes,
            **values,
        )
        return HTMLResponse(text, status)


def make_pages() -> Environment:
    """Our templates and those of the report."""
    pages = pages_of("scrub837.review", "scrub837.report", "scrub837.audit")
    pages.globals |= {"TODO": TODO, "WORDS": WORDS, "dollars": dollars, "BY_RANK": BY_RANK}
    pages.globals |= {
        "OUTCOMES": wording.OUTCOMES,
        "STATES_SENT": wording.STATES,
        "RUNS": wording.RUNS,
        "step_words": wording.step_words,
        "day_words": wording.day_words,
    }
    return pages


def away(address: str) -> Response:
    """To another page."""
    return RedirectResponse(address, 303)

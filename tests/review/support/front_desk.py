"""A client that sends exactly what it is told to, and a small batch with something to do."""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from scrub837.review.desk import Desk
from scrub837.testing import build

WORK = (
    "id=PAIR | 97140:GP x1 $35 ; 97530:GP x1 $46"
    " || id=PLAIN patient=B | 97110 x2 $60"
    " || id=SMALL patient=C | 97112:gp x1 $40"
    " || id=BACK patient=D | 97110:GP x2 $62"
    " || id=FINE patient=E | 97110:GP x1 $31"
)


@dataclass(slots=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str

    def at(self, name: str) -> str:
        """A header, or nothing."""
        return self.headers.get(name, "")


@dataclass(slots=True)
class Client:
    """One browser, without its manners: it has a cookie and the token of its forms."""

    port: int
    cookie: str = ""
    csrf: str = ""

    def send(
        self,
        method: str,
        path: str,
        body: bytes | Iterator[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request. Headers given win over the usual ones."""
        usual = {"Host": f"127.0.0.1:{self.port}"} | ({"Cookie": self.cookie} if self.cookie else {})
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, usual | dict(headers or {}))
            answer = connection.getresponse()
            named = {key.lower(): value for key, value in answer.getheaders()}
            return Answer(answer.status, named, answer.read().decode("utf-8", "replace"))
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        """A page."""
        return self.send("GET", path, headers=headers)

    def post(self, path: str, fields: Mapping[str, str], **headers: str) -> Answer:
        """A form, with its token unless another one is given."""
        sent = urlencode({"csrf": self.csrf, **fields}).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.send("POST", path, sent, kind | headers)

    def upload(self, name: str, data: bytes, **fields: str) -> Answer:
        """A file."""
        mark, parts = "sample-boundary", []
        for key, value in {"csrf": self.csrf, **fields}.items():
            head = f'--{mark}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n'
            parts.append(head.encode() + value.encode() + b"\r\n")
        head = (
            f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        body = b"".join([*parts, head.encode(), data, f"\r\n--{mark}--\r\n".encode()])
        return self.send("POST", "/upload", body, {"Content-Type": f"multipart/form-data; boundary={mark}"})

    def enter(self, token: str, name: str = "Dana Quill") -> Answer:
        """Come in with a link."""
        answer = self.post("/enter", {"token": token, "name": name})
        if answer.status == 303:
            self.cookie = answer.at("set-cookie").partition(";")[0]
            found = re.search(r'name="csrf" value="([^"]+)"', self.get("/").text)
            assert found is not None
            self.csrf = found[1]
        return answer


@dataclass(slots=True)
class Running:
    """A server with its parts at hand."""

    desk: Desk
    port: int
    told: list[str] = field(default_factory=list)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def token(self) -> str:
        """Of a fresh link."""
        return self.desk.sessions.new_link()

    def client(self, name: str = "Dana Quill") -> Client:
        """A client that has come in."""
        client = Client(self.port)
        assert client.enter(self.token(), name).status == 303
        return client

    def decisions(self) -> int:
        """Entries of the trail."""
        return len(self.desk.store.trail(limit=10_000))


Start = Callable[..., Running]


def batch_bytes(notation: str = WORK, edits: tuple[tuple[str, str], ...] = ()) -> bytes:
    """A batch in the notation of examples."""
    return build(notation, edits).edi

"""A reader of 837P files with nothing of the program in it: what is in a file, and what it counts wrongly."""

from __future__ import annotations

from dataclasses import dataclass, field

BLANKS = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Told:
    """A claim with all that stands above it, each as text."""

    envelope: tuple[str, ...]  # ISA13, GS06, ST02
    levels: tuple[str, ...]  # without their HL
    text: str


@dataclass(slots=True)
class Plain:
    """A file read segment by segment. ``wrong`` has envelopes and what is wrong there: HL02, SE ..."""

    claims: list[Told] = field(default_factory=list)
    wrong: set[tuple[tuple[str, ...], str]] = field(default_factory=set)
    envelope: tuple[str, ...] = ()
    segments: int = 0
    inside: list[int] = field(default_factory=lambda: [0, 0])  # groups in the ISA, transactions in the GS
    levels: list[tuple[list[str], str]] = field(default_factory=list)  # those open: HL, text without it
    numbered: int = 0

    def envelope_segment(self, own: list[str]) -> None:
        """ISA to IEA, but for what is in a transaction."""
        tag, counted = own[0], 0
        if tag == "ISA":
            self.envelope, self.inside = (own[13],), [0, 0]
        elif tag == "GS":
            self.envelope, self.inside = (self.envelope[0], own[6]), [self.inside[0] + 1, 0]
        elif tag == "ST":
            self.envelope, self.inside[1] = (*self.envelope[:2], own[2]), self.inside[1] + 1
            self.numbered, self.levels = 0, []
        elif tag == "SE":
            self._child_of_last("")
            counted = self.segments
        elif tag in ("GE", "IEA"):
            self.envelope = self.envelope[: 2 if tag == "GE" else 1]
            counted = self.inside[tag == "GE"]
        if counted and own[1:] != [str(counted), self.envelope[-1]]:
            self.wrong.add((self.envelope, tag))

    def level(self, own: list[str], text: str) -> None:
        """An HL and what follows it."""
        self._child_of_last(own[3])
        self.numbered += 1
        while self.levels and self.levels[-1][0][3] >= own[3]:
            self.levels.pop()
        parent = self.levels[-1][0][1] if self.levels else ""
        for what, right in (("HL01", own[1] == str(self.numbered)), ("HL02", own[2] == parent)):
            if not right:
                self.wrong.add((self.envelope, what))
        self.levels.append((own, text))

    def _child_of_last(self, code: str) -> None:
        if self.levels and self.levels[-1][0][4] != str(int(code > self.levels[-1][0][3])):
            self.wrong.add((self.envelope, "HL04"))


def read_plainly(edi: bytes) -> Plain:
    """What is in a file."""
    text, plain = edi.decode("latin-1"), Plain()
    element, terminator = text[3], text[105]
    blocks: list[list[str]] = []  # each from an HL, a CLM or a segment of the envelope on
    for piece in text.split(terminator):
        tag = piece.strip(BLANKS).partition(element)[0]
        if tag in ("ISA", "GS", "ST", "HL", "CLM", "SE", "GE", "IEA"):
            blocks.append([])
        blocks[-1].append(piece)
    for block in blocks:
        own = block[0].strip(BLANKS).split(element)
        if own[0] == "ST":
            plain.segments = 0
        plain.segments += sum(piece.strip(BLANKS) != "" for piece in block)
        if own[0] == "HL":
            plain.level(own, terminator.join(block[1:]).strip(BLANKS + terminator))
        elif own[0] == "CLM":
            levels = tuple(below for _, below in plain.levels)
            whole = terminator.join(block).strip(BLANKS + terminator)
            plain.claims.append(Told(plain.envelope, levels, whole))
        else:
            plain.envelope_segment(own)
    return plain

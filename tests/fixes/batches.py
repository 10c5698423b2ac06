"""Batches as practice systems might write them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import strategies as st

from scrub837.testing import build

CODES = ("97110", "97112", "97140", "97530", "97161", "98941")
MODIFIERS = ("GP", "59", "KX", "GO", "XS", "GPX")
MARKS = "*:~^|>+<&%$#@!;,?/\\='_()[]{}\x1c\x1d\x1e\x1f"
FAULTS = ("", "", "", "", "total", "lx", "note")


@st.composite
def procedures(draw: st.DrawFn) -> str:
    """SV101 as somebody's practice system might write it."""
    written = []
    for modifier in draw(st.lists(st.sampled_from(MODIFIERS), max_size=3)):
        style = draw(st.sampled_from(("{}", "{}", "{} ", " {}", "{}:{}", ":{}")))
        text = modifier.lower() if draw(st.booleans()) else modifier
        written.append(style.format(text, text.upper()))
    tail = draw(st.sampled_from(("", "", "", ":", "::")))
    return ":".join(["HC", draw(st.sampled_from(CODES)), *written]) + tail


@dataclass(slots=True)
class _Writer:
    """Draws a batch segment by segment; ``claims`` counts those of the file."""

    draw: st.DrawFn
    tidy: bool
    claims: int = 0

    def odds(self, one_in: int) -> bool:
        """Whether something unusual happens here."""
        return not self.tidy and self.draw(st.integers(1, one_in)) == 1

    def claim(self) -> list[str]:
        """A claim of one to three lines on one of a few days."""
        self.claims += 1
        lines = self.draw(st.lists(procedures(), min_size=1, max_size=3))
        lines = ["HC:97110:GP"] * len(lines) if self.tidy else lines
        fault = "" if self.tidy else self.draw(st.sampled_from(FAULTS))
        day = (date(2026, 11, 3) - timedelta(self.claims if self.tidy else self.claims // 3)).strftime(
            "%Y%m%d"
        )
        own = [f"CLM*C{self.claims}*{50 * len(lines) + (fault == 'total')}***11:B:1*Y*A*Y*Y"]
        own += ["HI*ABK:M542", "NM1*DN*1*REFERRER*PAT****XX*1999000031"]
        own += ["NM1*82*1*ALDER*RILEY****XX*1999001013", "PRV*PE*PXC*225100000X"]
        for number, line in enumerate(lines, start=1):
            units = "1" if self.tidy else self.draw(st.sampled_from(("1", "1", "1.0", "01")))
            own.append(f"LX*{number + (fault == 'lx')}")
            own += [f"SV1*{line}*50*UN*{units}***1", f"DTP*472*D8*{day}", f"REF*6R*C{self.claims}L{number}"]
        return own + ["K3*FREE"] * (fault == "note")

    def transaction(self, number: int) -> list[str]:
        """ST to SE; HL01 may begin anew below each billing provider."""
        pattern = build("97110:GP x1").edi.decode().split("~\n")
        own = [f"ST*837*{number:04d}*005010X222A1", *pattern[3:7]]
        level, anew = 0, self.odds(6)
        for provider in range(self.draw(st.integers(1, 2))):
            level = 1 if anew else level + 1
            above, subscribers = level, self.draw(st.integers(1, 2))
            own += [f"HL*{level}**20*1", f"PRV*BI*PXC*225100000X{'Z' * self.odds(20)}", *pattern[9:12]]
            own.append(f"REF*EI*99000000{provider + 1}")
            for _ in range(subscribers):
                level = self._subscriber(own, level, above)
        own.append("")
        own[-1] = f"SE*{len(own) + self.odds(8)}*{number:04d}"
        return own

    def _subscriber(self, own: list[str], level: int, above: int) -> int:
        """A subscriber with claims of its own or of dependents; gives the last HL01."""
        level += 1
        subscriber, dependents = level, self.draw(st.integers(0, 2))
        wrong = above + 5 if self.odds(25) else above  # names a level that is not there
        child = int(dependents > 0) ^ self.odds(10)
        member = "" if self.odds(12) else f"1EG4TE5MK7{subscriber % 10}"
        own += [
            f"HL*{level}*{wrong}*22*{child}",
            f"SBR*P*{'' if dependents else '18'}*******CI",
            f"NM1*IL*1*SAMPLE*AVERY****MI*{member}",
            "N3*12 PLACEHOLDER AVE",
            "N4*SPRINGFIELD*IL*627040002",
            "DMG*D8*19500315*F",
            "NM1*PR*2*EXAMPLE HEALTH PLAN*****PI*EXHP1",
        ]
        for child in range(dependents):
            level += 1
            own += [f"HL*{level}*{subscriber}*23*0", "PAT*19", f"NM1*QC*1*SAMPLE*KID {child}"]
            own += ["N3*12 PLACEHOLDER AVE", "N4*SPRINGFIELD*IL*627040002", f"DMG*D8*2015031{child}*F"]
            for _ in range(self.draw(st.integers(1, 2))):
                own += self.claim()
        for _ in range(0 if dependents else self.draw(st.integers(1, 2))):
            own += self.claim()
        return level


@st.composite
def batches(draw: st.DrawFn, *, tidy: bool = False) -> bytes:
    """An 837P of several interchanges, groups, transactions and levels, in any separators and line ends.

    Tidy ones have no fault; in others modifiers, counts, HL numbers, levels and claims may be wrong.
    """
    drawn = draw(st.permutations(list(MARKS)) | st.just(list("*:^~")) | st.just(list("*>^\n")))
    element, component, repetition, terminator = drawn[:4]
    line_end = "" if terminator == "\n" else draw(st.sampled_from(("", "\n", "\r\n")))
    writer, text = _Writer(draw, tidy), ""
    for interchange in range(1, draw(st.integers(1, 2)) + 1):
        head = build("97110:GP x1").edi.decode().split("~\n")
        control = f"{interchange:09d}"
        isa = head[0].split("*")
        isa[13], isa[11], isa[16] = control, repetition, component
        text += element.join(isa) + terminator + line_end
        segments, groups = list[str](), draw(st.integers(1, 2))
        for group in range(1, groups + 1):
            bodies = draw(st.integers(1, 2))
            segments.append(head[1].replace("*1*X*", f"*{group}*X*"))
            for number in range(1, bodies + 1):
                segments += writer.transaction(number)
            segments.append(f"GE*{bodies + writer.odds(8)}*{group}")
        segments.append(f"IEA*{groups}*{control}")
        for segment in segments:
            text += segment.translate({ord("*"): element, ord(":"): component}) + terminator + line_end
            if not segment.startswith(("IEA", "GE")) and writer.odds(40):
                text += draw(st.sampled_from((terminator, f"{terminator}{line_end}", "  ", "\t")))
    return text.encode("latin-1")

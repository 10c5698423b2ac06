"""What nearly all claims look like, to be read in one go instead of segment by segment."""

from __future__ import annotations

import re

from scrub837.x12.separators import Separators

LONG, SHORT = 4, 3  # segments of a plain line with and without a line control number
LONGEST_CONTROL = 30  # characters of REF*6R that the implementation guide allows
_ABOUT = ("SBR", "NM1", "N3", "N4", "DMG", "REF")


def plain_claim(separators: Separators, cut: str) -> re.Pattern[str]:
    """A claim with plain lines alone, after its subscriber level where one stands before it.

    Groups: the subscriber level, its HL01, HL02, HL04, and its text after its HL (all ``None`` without one);
    the claim; its segments before its lines, CLM01, CLM02, CLM05; its lines, which are either all of ``LONG``
    segments, LX, SV1, DTP*472 and REF*6R (not longer than allowed), or all of ``SHORT``, without REF. The
    claim ends before the next HL, CLM or SE, or at the end of the text, where more may follow; the segments
    before its lines, and its lines, are without the ``cut`` that ends them.
    """
    end, e = re.escape(cut), re.escape(separators.element)
    most, one = _most(separators), _one(separators)
    about = "|".join(_ABOUT)
    heads = f"(?:HL|CLM|SE){e}"
    line = f"LX{e}{one}{end}SV1{e}{most}{end}DTP{e}472{e}{most}"
    control = f"{end}REF{e}6R{e}{one[:-1]}{{1,{LONGEST_CONTROL}}}"
    return re.compile(
        rf"(HL{e}(\d*){e}(\d*){e}22{e}(\d*){end}((?:(?:{about}){e}{most}{end})++))?"
        rf"((CLM{e}({one}){e}({one}){e}{one}{e}{one}{e}({one}){most}"
        rf"(?:{end}(?!LX{e}|{heads}){most})*+){end}"
        rf"({line}{control}(?:{end}{line}{control})*+|{line}(?:{end}{line})*+){end})(?={heads}|\Z)"
    )


def _most(separators: Separators) -> str:
    return f"[^{re.escape(separators.segment)}]*"


def _one(separators: Separators) -> str:
    return f"[^{re.escape(separators.segment + separators.element)}]*"

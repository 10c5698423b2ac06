"""What nearly all service lines and subscriber levels look like, to be read without splitting them."""

from __future__ import annotations

import re

from scrub837.x12.separators import Separators

LONGEST_CONTROL = 30  # characters of REF*6R that the implementation guide allows


def plain_line(separators: Separators, cut: str) -> re.Pattern[str]:
    """A service line of exactly LX, SV1, DTP*472 and REF*6R, which is not longer than allowed."""
    end, element = re.escape(cut), re.escape(separators.element)
    most, one = (
        f"[^{re.escape(separators.segment)}]*",
        f"[^{re.escape(separators.segment + separators.element)}]*",
    )
    return re.compile(
        f"LX{element}({one}){end}SV1{element}({most}){end}DTP{element}472{element}({most}){end}"
        f"REF{element}6R{element}({one[:-1]}{{0,{LONGEST_CONTROL}}}){end}"
    )


def plain_subscriber(separators: Separators, cut: str) -> re.Pattern[str]:
    """A subscriber level as nearly all are: HL, SBR, NM1*IL, address, DMG, NM1*PR, address."""
    end, e = re.escape(cut), re.escape(separators.element)
    most, one = (
        f"[^{re.escape(separators.segment)}]*",
        f"[^{re.escape(separators.segment + separators.element)}]*",
    )
    address = f"(?:N3{e}{most}{end})?(?:N4{e}{most}{end})?"
    return re.compile(
        f"HL{e}({one}){e}({one}){e}22{e}({one}){end}(SBR{e}{most}){end}(NM1{e}IL{e}{most}){end}{address}"
        f"DMG{e}{one}{e}({one})(?:{e}{most})?{end}(NM1{e}PR{e}{most}){end}{address}"
    )

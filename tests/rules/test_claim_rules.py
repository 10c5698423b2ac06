"""Claim integrity: what the guide's judge lets pass, with its numbers and no word about the patient."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import date

import pytest

from scrub837.configure import built_in_settings
from scrub837.findings import Finding, Safety, Severity
from scrub837.rules import all_rules
from scrub837.rules._npi import npi_fault
from scrub837.rules._rule import Bad, Good, Rule
from scrub837.testing import PATIENTS, build, findings, judge

Edits = tuple[tuple[str, str], ...]
RULES = [rule for rule in all_rules() if rule.code.startswith("CLM")]
ADJUDICATED = "REF*6R*C1L1~\n"


def claim_findings(notation: str, edits: Edits = ()) -> list[Finding]:
    return [found for found in findings(notation, edits=edits) if found.code.startswith("CLM")]


def told(notation: str, edits: Edits = ()) -> list[tuple[str, str | None, Severity]]:
    """Name, element and severity of what the claim rules say."""
    return [(one.name, one.location.element, one.severity) for one in claim_findings(notation, edits)]


def test_claim_total_says_both_numbers_and_is_never_written() -> None:
    (found,) = findings("total=999 | 97110:GP x2 $90 ; 97140:GP x1 $80", "clm-sum")
    assert found.severity is Severity.DENY
    assert found.message == (
        "The claim total is $999.00, but its 2 lines add up to $170.00: $829.00 too much."
    )
    assert found.facts["claim_total"] == "999"
    assert found.facts["lines_total"] == "170"
    assert found.facts["difference"] == "829"
    assert found.fix is not None
    assert (found.fix.safety, found.fix.before, found.fix.after) == (Safety.MANUAL, "999", "170")
    assert found.fix.edits == ()


def test_a_billing_provider_below_the_subscriber_is_none() -> None:
    party = "NM1*85*2*EXAMPLE THERAPY GROUP*****XX*1999000015~\n"
    edits = (
        (party, ""),
        ("NM1*PR*2", f"{party}N3*1 LATE ST~\nN4*SPRINGFIELD*IL*62701~\nNM1*PR*2"),
        ("REF*EI*990000001~\n", ""),
    )
    with closing(judge("97110:GP x1", edits=edits, guide=True)) as report:
        said = [one for one in report.findings() if (one.location.loop or "").startswith("2010AA")]
    assert [one.code for one in said] == ["IG001"]


def test_lines_without_numbers_are_not_called_none() -> None:
    edits = (("LX*1~\n", ""), ("C1L2", "C1L1"))
    (found,) = [f for f in claim_findings("97110:GP x1 ; 97140:GP x1", edits) if f.name == "line-control"]
    assert found.message == "Two lines have the same control number (C1L1)."


def test_claim_total_is_counted_in_cents_not_in_floats() -> None:
    # 0.10 + 0.20 is 0.30, which binary fractions miss
    assert told("total=0.30 | 97110:GP x1 $0.10 ; 97140:GP x1 $0.20") == []


def test_an_amount_that_cannot_be_read_is_told_and_the_total_left_unchecked() -> None:
    edits = (("*50*UN", "*5O*UN"),)
    assert told("97110:GP x1 ; 97140:GP x1 $60", edits) == [("clm-charge", "SV102", Severity.REJECT)]
    with closing(judge("97110:GP x1 ; 97140:GP x1 $60", edits=edits)) as report:
        unchecked = {(one.name, one.lines) for one in report.not_checked}
    assert ("clm-sum", 2) in unchecked


@pytest.mark.parametrize(
    ("sent", "severity"),
    [
        ("-80", "reject"),
        ("", "reject"),
        ("1,000", "reject"),
        ("1E2", "reject"),
        ("50.125", "risk"),
        ("0", "info"),
    ],
)
def test_charges(sent: str, severity: str) -> None:
    found = [
        one for one in claim_findings("97110:GP x1", (("*50*UN", f"*{sent}*UN"),)) if one.name == "clm-charge"
    ]
    assert [(one.severity, one.location.element) for one in found] == [(Severity(severity), "SV102")]


@pytest.mark.parametrize(
    ("sent", "tidy"),
    [("1.0", "1"), ("01", "1"), ("10.00", "10"), ("2.", "2"), ("1.50", "1.5"), ("00.5", "0.5")],
)
def test_needless_zeros_of_units_are_written_away(sent: str, tidy: str) -> None:
    (found,) = findings("97110:GP x1 $50", "clm-units", edits=(("*UN*1*", f"*UN*{sent}*"),))
    assert found.severity is Severity.INFO
    assert found.fix is not None
    assert (found.fix.safety, found.fix.before, found.fix.after) == (Safety.SAFE, sent, tidy)


@pytest.mark.parametrize(
    ("sent", "severity"),
    [("0", "deny"), ("0.0", "deny"), ("-1", "reject"), ("+1", "reject"), ("1E0", "reject"), ("", "reject"),
     ("1.2345", "reject"), ("123456789", "reject")],
)  # fmt: skip
def test_units_that_no_payer_reads_are_not_mended(sent: str, severity: str) -> None:
    (found,) = findings("97110:GP x1 $50", "clm-units", edits=(("*UN*1*", f"*UN*{sent}*"),))
    assert (found.severity, found.fix) == (Severity(severity), None)


def test_units_of_a_line_another_payer_decided_on_are_left_alone() -> None:
    edits = (("*UN*1*", "*UN*1.0*"), (ADJUDICATED, f"{ADJUDICATED}SVD*EXOTH*50*HC:97110:GP**1~\n"))
    (found,) = findings("97110:GP x1", "clm-units", edits=edits)
    assert found.fix is None


@pytest.mark.parametrize("rule", [rule for rule in RULES if any(one.fixed for one in rule.examples)])
def test_safe_corrections_leave_what_is_promised(rule: Rule) -> None:
    for example in rule.examples:
        if not example.fixed:
            continue
        built = build(example.claim, example.edits)
        text = built.edi.decode("latin-1")
        edits = [edit for one in findings(built, rule.name) if one.fix for edit in one.fix.edits]
        for edit in sorted(edits, key=lambda edit: -edit.start):
            assert text[edit.start : edit.end] == edit.expect
            text = text[: edit.start] + edit.new + text[edit.end :]
        assert example.fixed in text
        assert findings(replace(built, edi=text.encode("latin-1")), rule.name) == []


@pytest.mark.parametrize(
    ("edits", "severity"),
    [
        (((":B:1*", ":B*"),), "reject"),
        (((":B:1*", ":B:7*"),), "reject"),
        (((":B:1*", ":B:8*"),), "reject"),
        (((":B:1*", ":B:6*"),), "risk"),
        (((":B:1*", ":B:3*"),), "deny"),
        (((":B:1*", ":B:X*"),), "reject"),
        ((("HI*ABK", "REF*F8*EXPAYER1~\nHI*ABK"),), "info"),
    ],
)
def test_frequency(edits: Edits, severity: str) -> None:
    assert [one.severity for one in findings("97110:GP x1", "clm-frequency", edits=edits)] == [
        Severity(severity)
    ]


def test_frequencies_a_payer_does_not_take_are_denied() -> None:
    settings = built_in_settings(today=date(2026, 11, 20), guide=False)
    profiles = {
        name: replace(one, unaccepted_frequencies=frozenset(("7",)))
        for name, one in settings.profiles.items()
    }
    settings = replace(settings, profiles=profiles)
    (found,) = findings("freq=7 f8=EXPAYER1 | 97110:GP x1", "clm-frequency", settings=settings)
    assert found.severity is Severity.DENY


def test_npi_check_digit() -> None:
    # 199900001?: every second digit from the right doubled is 2, 0, 0, 18, 2, whose digits make 13; the
    # others 0, 0, 9, 9 make 18; with the 24 of the prefix 80840 that is 55, and 5 brings it to 60
    assert npi_fault("1999000015") == ""
    assert [npi_fault(f"199900001{digit}") == "" for digit in "012346789"] == [False] * 9
    assert npi_fault("1234567893") == ""  # the example of CMS's own instruction
    assert npi_fault("199900001") == "has 9 digits; an NPI has ten"
    assert npi_fault("19990000I5") == "is not ten digits"


def test_an_npi_is_told_with_loop_and_role() -> None:
    edits = (("XX*1999001021", "XX*1999001022"), ("XX*1999000031", "XX*199900003"))
    referring, rendering = findings("97110:GP x1 ; 97140:GP x1 {P2}", "clm-npi", edits=edits)
    assert referring.message == (
        "The NPI 199900003 of the referring provider (2310A) has 9 digits; an NPI has ten."
    )
    assert rendering.message == (
        "The NPI 1999001022 of the rendering provider (2420A) does not fit its check digit, "
        "so a digit is wrong."
    )


def test_a_number_that_is_no_npi_is_not_shown() -> None:
    """A provider may be named by a social security number, wrongly."""
    (found,) = findings("97110:GP x1", "clm-npi", edits=(("XX*1999000015", "34*990123456"),))
    assert found.message == "The billing provider (2010AA) has no NPI."
    assert "990123456" not in f"{found.facts}"


def test_a_billing_provider_the_payer_knows_by_its_own_number() -> None:
    edits = (("*****XX*1999000015", ""), ("*PI*EXMAC~\n", "*PI*EXMAC~\nREF*G2*EXNUMBER~\n"))
    assert told("97110:GP x1", edits) == [("clm-npi", "NM109", Severity.INFO)]


def test_elements_that_slipped_by_one_are_called_so() -> None:
    found = claim_findings(
        "97110:GP x1", (("BILLING*****46*", "BILLING****46*"), ("****XX*1999001013", "***XX*1999001013"))
    )
    assert [one.name for one in found] == ["submitter-id", "clm-npi"]
    assert all("one element too early" in one.message for one in found)


def test_only_the_claim_without_subscriber_is_blocked() -> None:
    edits = (
        ("SBR*P*18*******MB~\nNM1*IL*1*SPECIMEN*BLAKE****MI*1EG4TE5MK74", "SBR~\nNM1*IL*1*SPECIMEN*BLAKE"),
    )
    found = claim_findings("97110:GP x1 || patient=B | 97110:GP x1 || patient=C | 97110:GP x1", edits)
    assert {(one.name, one.location.claim) for one in found} == {("clm-subscriber", "C2")}
    assert found[0].message == "The subscriber segment (SBR) of the claim is empty."


def test_groups_of_other_payers_are_not_the_subscriber() -> None:
    other = (
        "SBR*{}*18*******CI~\nCAS*CO*45*10~\nAMT*D*40~\nOI***Y***Y~\n"
        "NM1*IL*1*SAMPLE*AVERY****MI*EXMEMBER~\nNM1*PR*2*EXAMPLE*****PI*EXOTH~\n"
    )
    edits = (
        ("LX*1~\n", other.format("P") + other.format("S") + "LX*1~\n"),
        ("SBR*P*18*******MB", "SBR*T*18***12****MB"),
    )
    assert told("97110:GP x1", edits) == []


def test_dates_of_the_claim_are_not_service_dates() -> None:
    """Onset and initial treatment lie before, a discharge after; none of them is a service date."""
    claim = "dx=M542,M25511,M545,S72001A 454=20261020 provider=DC | 98941:AT x1 ptr=4"
    assert told(claim, (("HI*ABK", "DTP*431*D8*20261001~\nDTP*096*D8*20261230~\nHI*ABK"),)) == []


def test_all_diagnoses_count_for_the_pointers() -> None:
    (found,) = findings(
        "dx=M542,M25511,M545 | 97110:GP x1 ptr=3:4 ; 97140:GP x1 ptr=3:2:1", "diagnosis-pointer"
    )
    assert found.message == "97110 points to 3, 4, but the claim has 3 diagnoses."
    assert found.location.line == 1


def test_twelve_diagnoses_and_four_pointers_are_allowed() -> None:
    twelve = ",".join(f"M25{number}" for number in range(511, 523))
    assert told(f"dx={twelve} | 97110:GP x1 ptr=12:11:10:9") == []
    (found,) = claim_findings(f"dx={twelve},M545 | 97110:GP x1")
    assert found.message == "The claim has 13 diagnoses; at most 12 are allowed."


@pytest.mark.parametrize(
    ("codes", "severity"),
    [
        ("M54.2", "reject"),
        ("m542", "risk"),
        ("M5", "deny"),
        ("542", "deny"),
        ("M5421234", "deny"),
        ("M542,M542", "risk"),
    ],
)
def test_diagnosis_codes(codes: str, severity: str) -> None:
    assert [one.severity for one in findings(f"dx={codes} | 97110:GP x1", "clm-diagnosis")] == [
        Severity(severity)
    ]


def test_icd_9_is_denied_from_october_2015_on() -> None:
    edits = (("ABK:M542", "BK:7245"),)
    assert findings("dos=2015-09-30 | 97110:GP x1", "clm-diagnosis", edits=edits) == []
    (found,) = findings("dos=2015-10-01 | 97110:GP x1", "clm-diagnosis", edits=edits)
    assert found.severity is Severity.DENY


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ("DTP*472*D8*20260231~\n", "The service date of 97110 is not a day of the calendar: 20260231."),
        (
            "DTP*472*RD8*20261104-20261103~\n",
            "The service dates of 97110 run backwards: 2026-11-04 to 2026-11-03.",
        ),
        (
            "DTP*472*RD8*20261103-20261121~\n",
            "The service date of 97110 is 2026-11-21, after today (2026-11-20).",
        ),
        ("", "97110 has no service date (DTP*472)."),
    ],
)
def test_service_dates(sent: str, message: str) -> None:
    (found,) = findings("97110:GP x1", "service-date", edits=(("DTP*472*D8*20261103~\n", sent),))
    assert (found.message, found.severity) == (message, Severity.REJECT)


def test_a_batch_is_late_by_the_day_it_was_made() -> None:
    """The file is made six days after the service, unless its GS04 is changed to 2024."""
    old = "dos=2023-03-01 | 97110:GP x1"
    assert findings(old, "timely-filing") == []
    made = (("EXAMPLERECEIVER*20230307*", "EXAMPLERECEIVER*20240229*"),)
    assert findings(old, "timely-filing", edits=made) == []
    made = (("EXAMPLERECEIVER*20230307*", "EXAMPLERECEIVER*20240302*"),)
    (found,) = findings(old, "timely-filing", edits=made)
    assert found.severity is Severity.DENY
    assert found.facts["sent"] == "2024-03-02"


def test_what_concerns_the_billing_provider_is_said_once() -> None:
    edits = (("IL*627010001", "IL*62701"), ("PRV*BI*PXC*225100000X~\n", ""))
    found = claim_findings("97110:GP x1 || patient=B | 97110:GP x1", edits)
    assert [(one.name, one.severity, one.location.claim) for one in found] == [
        ("billing-taxonomy", Severity.RISK, None),
        ("billing-zip", Severity.RISK, None),
    ]


def test_what_makes_every_claim_bounce_holds_every_claim() -> None:
    found = claim_findings(
        "97110:GP x1 || patient=B | 97110:GP x1", (("REF*EI*990000001", "REF*EI*99000000"),)
    )
    assert [(one.name, one.location.claim) for one in found] == [
        ("billing-tax-id", "C1"),
        ("billing-tax-id", "C2"),
    ]


def test_blanks_are_told_by_element_and_loop() -> None:
    edits = (("GROUP*****XX", "GROUP *****XX"), ("ALDER*RILEY", "ALDER* RILEY"), ("***1~", "***1 ~"))
    found = findings("97110:GP x1", "element-blanks", edits=edits)
    assert sorted((one.location.loop, one.location.element) for one in found) == [
        ("2010AA", "NM103"),
        ("2310B", "NM104"),
        ("2400", "SV107"),
    ]


def test_another_payers_decision_balances_to_the_cent() -> None:
    def decided(rest: str) -> Edits:
        return (
            (
                ADJUDICATED,
                f"{ADJUDICATED}SVD*EXOTH*30.10*HC:97110:GP**1~\nCAS*CO*45*{rest}**253*0.60~\nCAS*PR*2*5~\n",
            ),
        )

    assert told("97110:GP x1", decided("14.30")) == []  # 30.10 + 14.30 + 0.60 + 5 = 50
    (found,) = claim_findings("97110:GP x1", decided("14.29"))
    assert (found.name, found.facts["difference"]) == ("cob-balance", "0.01")


def test_a_list_is_read_whatever_the_separators() -> None:
    """Claims of two interchanges with other separators do not share what is remembered."""
    text = build("dx=M542,M25511 | 97110:GP x1 ptr=2").edi.decode("latin-1")
    swapped = text.replace("*", "|").replace(":", ">")
    both = replace(build("97110:GP x1"), edi=(text + swapped).encode("latin-1"))
    assert [one.name for one in findings(both) if one.code.startswith("CLM")] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_nothing_is_said_of_the_patient(rule: Rule) -> None:
    for example in rule.examples:
        if isinstance(example, Bad):
            for one in findings(example.claim, rule.name, edits=example.edits, profile=example.profile):
                said = f"{one.message} {one.why} {one.action} {one.facts}"
                for last, first, member, born, _ in PATIENTS.values():
                    assert not {last, first, member, born} & set(said.replace(",", " ").split())
                    assert member not in said
                    assert born not in said


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_what_was_sound_before_hides_no_fault(rule: Rule) -> None:
    """The judge remembers parts of claims that are sound; a fault after many sound claims is still told."""
    sound = b"".join(build(one.claim, one.edits).edi for one in rule.examples if isinstance(one, Good))
    for example in rule.examples:
        if isinstance(example, Bad):
            built = build(example.claim, example.edits)
            alone = [one.message for one in findings(built, rule.name)]
            after = findings(replace(built, edi=sound + built.edi), rule.name)
            assert [one.message for one in after] == alone

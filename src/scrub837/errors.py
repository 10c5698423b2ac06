"""What makes the job impossible.

    ScrubError                 exit 2
    +-- InputUnreadable        the file cannot be opened or read
    +-- OutputUnwritable       a report or corrected file cannot be written
    +-- SettingsInvalid        an option, a settings file or a profile is wrong
    +-- ReferenceUnreadable    the reference database or a CMS file cannot be used
    +-- DocumentationUnreadable  a treatment-time log cannot be read at all
    +-- CorrectionUnproven     a corrected file was not shown to be better: nothing was written
    +-- LedgerUnusable         the ledger of what was sent cannot be used
    +-- ServerRefused          a server is not the one that is known, or does not let us in
    +-- TryLater               exit 75: a lock is held, a server is away

A fault *in* a claim file is never an exception: it is a finding. Each message says what to do.
"""

from __future__ import annotations


class ScrubError(Exception):
    """The job could not be done. ``str(error)`` is a sentence for the operator, without patient data."""

    exit_status = 2


class InputUnreadable(ScrubError):
    """The input cannot be opened or read."""


class OutputUnwritable(ScrubError):
    """An output cannot be written where it was asked for."""


class SettingsInvalid(ScrubError):
    """An option, the settings file or a payer profile holds something that cannot be used."""


class ReferenceUnreadable(ScrubError):
    """The reference database, or a CMS file to be loaded, cannot be used."""


class DocumentationUnreadable(ScrubError):
    """A treatment-time log cannot be read at all; a bad row in it is a finding instead."""


class CorrectionUnproven(ScrubError):
    """The corrected file was not shown to be better than the input, so it was not written."""


class LedgerUnusable(ScrubError):
    """The ledger is not there, damaged, of a newer program, or may not be read or written."""


class ServerRefused(ScrubError):
    """A server's key is not known or has changed, or it does not let us in: a person has to look."""


class TryLater(ScrubError):
    """Nothing is wrong with the input; the same call may work later."""

    exit_status = 75

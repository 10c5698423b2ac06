"""The command line. One module a verb; here only what all verbs share."""

from __future__ import annotations

import errno
import gc
import os
import sys

import click

from scrub837 import __version__
from scrub837.errors import ScrubError

VERBS = {
    "check": "scrub837.cli.check:check",
    "lines": "scrub837.cli.lines:lines",
    "rules": "scrub837.cli.rules:rules",
    "explain": "scrub837.cli.rules:explain",
    "config": "scrub837.cli.config:config",
    "reference": "scrub837.cli.reference:reference",
    "documentation": "scrub837.cli.documentation:documentation",
    "undo": "scrub837.cli.undo:undo",
    "run": "scrub837.cli.run:run",
    "doctor": "scrub837.cli.doctor:doctor",
    "ledger": "scrub837.cli.ledger:ledger",
    "redact": "scrub837.cli.redact:redact",
    "responses": "scrub837.cli.responses:responses",
    "review": "scrub837.cli.review:review",
    "resubmit": "scrub837.cli.resubmit:resubmit",
    "audit": "scrub837.cli.audit:audit",
}
# What the system lacks: nothing is wrong with the program or its input.
_LACKS = {
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM,
    errno.EAGAIN, errno.ENOLCK,
}  # fmt: skip


class Verbs(click.Group):
    """Imports a verb only when it is asked for: a command that is run once a file has to start fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in VERBS:
            return None
        import importlib  # noqa: PLC0415 - late on purpose, see above

        module, _, name = VERBS[cmd_name].partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)  # noqa: S101 - the table above says so
        return command


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="scrub837")
def main() -> None:
    """Check 837P claim files before they are sent, and correct what is safe to correct."""


def program() -> None:
    """Run the program and exit: 1 means findings and nothing else; whatever goes wrong is 2, 75 or 130."""
    gc.set_threshold(150_000, 20, 50)  # what is loaded stays, and claims go without it: seldom look
    _open_closed_streams()
    try:
        status = main(standalone_mode=False)
    except ScrubError as error:
        _tell(str(error))
        status = error.exit_status
    except click.exceptions.Exit as error:
        status = error.exit_code
    except click.Abort:
        status = 130
    except click.ClickException as error:
        error.show()
        status = 2
    except KeyboardInterrupt:
        status = 130
    except SystemExit:  # click's answer when the reader of standard output has gone
        status = 2
    except MemoryError as error:
        _tell(f"there was not enough memory{f' ({error})' if str(error) else ''}; --jobs 1 needs less")
        status = 2
    except Exception as error:  # noqa: BLE001 - a bug must not look like findings
        if isinstance(error, OSError) and _is_of_the_system(error):
            _tell(f"{error.strerror}. Temporary files go to the folder that TMPDIR names, else to /tmp.")
        else:
            _report_bug(error)
        status = 2
    sys.exit(status if isinstance(status, int) else 0)


def _open_closed_streams() -> None:
    """A stream that the caller closed is empty and takes everything: no other file gets its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))


def _is_of_the_system(error: OSError) -> bool:
    return error.errno in _LACKS or "temporary directory" in (
        error.strerror or ""
    )  # there is none to write to


def _tell(text: str) -> None:
    print(f"scrub837: {text}", file=sys.stderr)  # noqa: T201


def _report_bug(error: Exception) -> None:
    """Say where the program failed without showing data: an exception's text may quote a claim."""
    import traceback  # noqa: PLC0415 - only when it is needed

    _tell(f"internal error ({type(error).__name__}). Please report these places:")
    for frame in traceback.extract_tb(error.__traceback__)[-6:]:
        place = frame.filename.rpartition("scrub837/")[2]
        print(f"  {place}:{frame.lineno} in {frame.name}", file=sys.stderr)  # noqa: T201

"""Publishing, so that a run may be killed at any moment: prepared under names nobody reads, decided, renamed.

1. Every output is brought to its folder as ``.scrub837-HOST.RUN-N.part``, whole and on the disk.
2. The ledger keeps, in one transaction, that the file is published and the renames that takes (a ``Plan``).
   This decides: before it nothing happened, after it everything will.
3. The renames are made, the original's last. A part that is not there any more has been renamed, whoever has
   fetched it since, so each rename is made once, however often a plan is carried out.
4. The ledger keeps what came out, and forgets the plan.

The ledger is told no name of a partner's file (see ``veiled``): while there is something left to be renamed,
the original is in the folder of the run and says its name itself.
"""

from __future__ import annotations

import os
import posixpath
import shlex
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from scrub837.errors import OutputUnwritable, ScrubError
from scrub837.nightly.folder import DONE, GONE, Folder, Store, Stores
from scrub837.nightly.outputs import INCOMPLETE, QUARANTINED, REFUSED, Outcome, display, safe_name, stem_of
from scrub837.nightly_settings import Nightly, is_remote

PUBLISHING = "publishing"  # the outcome in the ledger while a plan is carried out
PLAN = "plan"  # its name among the outputs in the ledger
PART = ".scrub837-"


class Unpublished(ScrubError):
    """An output could not be brought to its folder. ``reason`` says why."""

    def __init__(self, reason: str, folder: str) -> None:
        super().__init__(f"{folder} cannot be written: {reason}")
        self.reason = reason


class Stuck(ScrubError):
    """What was decided could not be done to its end. It stands in the ledger; the next run goes on."""


class Move(msgspec.Struct, frozen=True, array_like=True):
    """A rename in a store; ``spec`` is the address of a folder there, ``new`` empty to remove."""

    spec: str
    old: str
    new: str


class Plan(msgspec.Struct, frozen=True):
    """The renames that publish one file, and what is told when they are made."""

    host: str
    run: str
    outcome: str
    sends: bool
    parts: list[Move]
    originals: list[Move]  # treatment-time logs, and last the file itself
    outputs: dict[str, str]  # kind -> name
    key: str
    sha256: str
    findings: dict[str, int]
    worst: int

    @property
    def place(self) -> str:
        """Name of the folder that the originals are in, ``HOST.RUN`` of the run that had taken them first."""
        return posixpath.basename(posixpath.dirname(self.originals[-1].old))

    def veiled(self, label: Callable[[str], str]) -> Plan:
        """The same without names: an original is known by its label, and ``*`` stands for its stem."""
        return self._renamed(lambda name: label(_name(name)), self._stem(), "*")

    def unveiled(self, names: dict[str, str]) -> Plan:
        """The same with names again; ``names`` are those of the originals that are there, by their labels.

        Without the file itself nothing is left to be renamed: it goes last.
        """
        known = [move for move in self.originals if posixpath.basename(move.old) in names]
        if not known or known[-1] is not self.originals[-1]:
            return msgspec.structs.replace(self, parts=[], originals=[])
        stem = safe_name(_name(names[posixpath.basename(known[-1].old)]))[0]
        plan = msgspec.structs.replace(self, originals=known)
        return plan._renamed(lambda name: names[name], "*", stem)

    def _stem(self) -> str:
        return safe_name(_name(posixpath.basename(self.originals[-1].old)))[0]

    def _renamed(self, name_of: Callable[[str], str], stem: str, by: str) -> Plan:
        def new(path: str) -> str:
            folder, name = posixpath.split(path)
            return f"{folder}/{by}{name.removeprefix(stem)}" if path else ""

        return msgspec.structs.replace(
            self,
            parts=[Move(one.spec, one.old, new(one.new)) for one in self.parts],
            originals=[
                Move(
                    one.spec,
                    posixpath.join(posixpath.dirname(one.old), name_of(posixpath.basename(one.old))),
                    new(one.new),
                )
                for one in self.originals
            ],
            outputs={kind: by + name.removeprefix(stem) for kind, name in self.outputs.items()},
        )


def _parts(plan: Plan) -> Sequence[Move]:
    return plan.parts


def _logs(plan: Plan) -> Sequence[Move]:
    return plan.originals[:-1]


def _originals(plan: Plan) -> Sequence[Move]:
    return plan.originals[-1:]


@dataclass(frozen=True, slots=True)
class Arranged:
    """A plan, and the drafts that have to be brought to their folders before it is decided."""

    plan: Plan
    drafts: list[tuple[Folder, Path, str]]


@dataclass(slots=True)
class Publisher:
    """Brings outputs to the folders of the settings."""

    nightly: Nightly
    stores: Stores
    inbox: Folder
    host: str
    run: str
    month: str  # YYYY/MM of the archive
    spool: Path  # for what is copied on the way
    _made: set[str] = field(default_factory=set)
    _count: int = 0

    def arrange(self, work: Outcome) -> Arranged:
        """Say where what was made is brought to, under temporary names, and which renames publish it.

        Raises ``OutputUnwritable`` or ``TryLater``; nothing has happened then.
        """
        moves: list[Move] = []
        originals: list[Move] = []
        drafts: list[tuple[Folder, Path, str]] = []
        try:
            for made in work.made:
                last, *others = self._folders(made.folder)
                for folder in others:
                    self._add(drafts, moves, folder, self._copy(made.draft), made.name)
                self._add(drafts, moves, last, made.draft, made.name)
            self._keep_original(work, drafts, moves, originals)
        except OSError as error:
            raise OutputUnwritable(f"the spool cannot be written: {error.strerror}") from error
        plan = Plan(
            host=self.host,
            run=self.run,
            outcome=work.outcome,
            sends=work.sends,
            parts=moves,
            originals=originals,
            outputs={made.kind: made.name for made in work.made},
            key=work.key,
            sha256=work.sha256,
            findings=work.findings,
            worst=work.worst,
        )
        return Arranged(plan, drafts)

    def bring(self, several: Sequence[Arranged]) -> list[Unpublished | None]:
        """Bring all drafts to their folders. What could not be brought as a whole is told, and taken back."""
        wrong: list[Unpublished | None] = [None] * len(several)
        drafts = [(n, *draft) for n, one in enumerate(several) for draft in one.drafts]
        stores = {id(folder.store): folder.store for _, folder, _, _ in drafts}
        for store in stores.values():
            own = [one for one in drafts if one[1].store is store and wrong[one[0]] is None]
            answers = store.put([(draft, part) for _, _, draft, part in own])
            for (n, folder, _, _), answer in zip(own, answers, strict=True):
                if answer and wrong[n] is None:
                    wrong[n] = Unpublished(answer, folder.spec)
        for one, error in zip(several, wrong, strict=True):
            if error is not None:
                self.take_back(one.plan)
        return wrong

    def carry_out(self, plans: Sequence[Plan]) -> list[Stuck | None]:
        """Make the renames of plans that are not made yet; gives why one could not be done to its end.

        Raises ``TryLater``.
        """
        stuck: list[Stuck | None] = [None] * len(plans)
        for step in (_parts, _logs, _originals):
            steps = [(n, move) for n, plan in enumerate(plans) if stuck[n] is None for move in step(plan)]
            for store, own in self._by_store(steps):
                renames = [(n, one) for n, one in own if one.new]
                removals = [(n, one) for n, one in own if not one.new]
                rename = store.move if step is _parts else store.carry
                answers = rename([(_name(one.old), _name(one.new)) for _, one in renames])
                answers += store.remove([_name(one.old) for _, one in removals])
                for (n, _), answer in zip((*renames, *removals), answers, strict=True):
                    if answer not in (DONE, GONE) and stuck[n] is None:
                        stuck[n] = Stuck(
                            f"{plans[n].key}: an output cannot be given its name ({answer}); "
                            "the next run tries again"
                        )
        return stuck

    def sweep(self, prefixes: Iterable[str]) -> None:
        """Remove what a killed run had prepared and not decided: parts of ``HOST.RUN`` in every folder."""
        starts = tuple(f"{PART}{prefix}-" for prefix in prefixes)
        for folder in {folder.spec: folder for folder in self._all()}.values():
            if folder.store.look([folder.path])[0] is None:
                continue
            old = [one.name for one in folder.store.entries(folder.path) if one.name.startswith(starts)]
            folder.store.remove([folder.path_of(name) for name in old])

    def _keep_original(
        self,
        work: Outcome,
        drafts: list[tuple[Folder, Path, str]],
        moves: list[Move],
        originals: list[Move],
    ) -> None:
        """To the archive, or to quarantine with a note; the treatment-time logs with it."""
        bad = work.outcome in QUARANTINED
        base = self.stores.folder(self.nightly.quarantine if bad else self.nightly.archive)
        folder = base if bad else Folder(base.store, base.path_of(self.month), f"{base.spec}/{self.month}")
        stem, suffix = stem_of(work)
        kept = [(work.taken.name, work.taken.path, f"{stem}{suffix}", work.taken.local)]
        for n, (name, path, local) in enumerate(work.taken.logs, 1):
            kept.append((name, path, f"{stem}.log{n}{safe_name(name)[1]}", local))
        self._make(folder)
        for _, path, name, local in kept:
            if folder.store is self.inbox.store:
                originals.append(Move(self.inbox.spec, as_text(path), as_text(folder.path_of(name))))
            else:
                self._add(drafts, moves, folder, self._copy(local), name)
                originals.append(Move(self.inbox.spec, as_text(path), ""))
        originals.append(originals.pop(0))
        if bad:
            note = self.spool / f"why-{self._next()}"
            pairs = [(folder.path_of(name), self.inbox.path_of(own)) for own, _, name, _ in kept]
            note.write_text(_why(work, pairs, remote=is_remote(folder.spec)), "utf-8")
            self._add(drafts, moves, folder, note, f"{stem}{suffix}.why.txt")

    def _add(
        self,
        drafts: list[tuple[Folder, Path, str]],
        moves: list[Move],
        folder: Folder,
        draft: Path,
        name: str,
    ) -> None:
        part = folder.path_of(f"{PART}{self.host}.{self.run}-{self._next()}.part")
        self._make(folder)
        drafts.append((folder, draft, part))
        moves.append(Move(folder.spec, as_text(part), as_text(folder.path_of(name))))

    def take_back(self, plan: Plan) -> None:
        """Remove the parts of a plan that was not decided."""
        for store, moves in self._by_store([(0, move) for move in plan.parts]):
            store.remove([_name(one.old) for _, one in moves])

    def _by_store(self, steps: Sequence[tuple[int, Move]]) -> list[tuple[Store, list[tuple[int, Move]]]]:
        found: dict[int, tuple[Store, list[tuple[int, Move]]]] = {}
        for step in steps:
            store = self.stores.folder(step[1].spec).store
            found.setdefault(id(store), (store, []))[1].append(step)
        return list(found.values())

    def _folders(self, kind: str) -> list[Folder]:
        specs = {"out": self.nightly.out, "held": self.nightly.held, "reports": self.nightly.reports}[kind]
        return [self.stores.folder(spec) for spec in specs]

    def _all(self) -> list[Folder]:
        kinds = [folder for kind in ("out", "held", "reports") for folder in self._folders(kind)]
        archive = self.stores.folder(self.nightly.archive)
        months = [
            Folder(archive.store, archive.path_of(month), f"{archive.spec}/{month}")
            for month in (self.month, _before(self.month))  # a run may have been killed at midnight
        ]
        return [*kinds, *months, self.stores.folder(self.nightly.quarantine)]

    def _make(self, folder: Folder) -> None:
        if folder.spec not in self._made:
            folder.store.make([folder.path])
            self._made.add(folder.spec)

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _copy(self, draft: Path) -> Path:
        copy = self.spool / f"copy-{self._next()}"
        shutil.copyfile(draft, copy)
        return copy


def _why(work: Outcome, pairs: Sequence[tuple[str, str]], *, remote: bool) -> str:
    """What stands beside a file in quarantine."""
    advice = {
        REFUSED: "Ask whoever sent it for an 837P; a file of another kind does not belong into this folder.",
        INCOMPLETE: "Ask whoever sent it to send it again, whole.",
    }.get(work.outcome, "Put right what is named above.")
    verb = "rename" if remote else "mv"
    back = "\n".join(f"    {verb} {_quoted(old)} {_quoted(new)}" for old, new in pairs)
    where = " on the server (sftp)" if remote else ""
    return (
        f"This file was not sent: {display(work.why).rstrip('.') or 'it could not be checked'}.\n\n"
        "It is as it came; only its name has changed.\n"
        f"What to do: {advice}\n"
        f"To have it checked again{where}:\n\n{back}\n\n"
        f"sha256 {work.sha256}\n"
    )


def _quoted(path: str) -> str:
    return shlex.quote("".join(c if c.isprintable() else "?" for c in display(path)))


def _before(month: str) -> str:
    year, number = map(int, month.split("/"))
    return f"{year}/{number - 1:02d}" if number > 1 else f"{year - 1}/12"


def as_text(path: str) -> str:
    """A path of any bytes as a text that JSON can hold."""
    return os.fsencode(path).decode("latin-1")


def _name(text: str) -> str:
    return os.fsdecode(text.encode("latin-1"))

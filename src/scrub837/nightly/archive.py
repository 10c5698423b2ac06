"""Takes old files out of the archive, where the settings say how long they are kept."""

from __future__ import annotations

import re
from datetime import date, timedelta

from scrub837.nightly.folder import Entry, Folder
from scrub837.nightly.session import Session


def prune(session: Session, archive: Folder) -> None:
    """Remove the months that ended longer ago than ``keep-archive``; without it nothing is removed."""
    keep = session.nightly.keep_archive
    if keep is None or archive.store.look([archive.path])[0] is None:
        return
    limit = session.summary.started.date() - timedelta(seconds=keep)
    count = 0
    for year in _folders(archive.store.entries(archive.path), r"\d{4}"):
        for month in _folders(archive.store.entries(archive.path_of(year)), r"0[1-9]|1[0-2]"):
            if _end_of(int(year), int(month)) >= limit:
                continue
            folder = archive.path_of(year, month)
            files = [one.name for one in archive.store.entries(folder) if one.is_file]
            archive.store.remove([f"{folder}/{name}" for name in files])
            archive.store.remove([f"{folder}/", f"{archive.path_of(year)}/"])
            count += len(files)
    if count:
        session.log.info("archive pruned", count=count)


def _folders(entries: list[Entry], pattern: str) -> list[str]:
    return sorted(one.name for one in entries if one.is_folder and re.fullmatch(pattern, one.name))


def _end_of(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)

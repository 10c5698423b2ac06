"""Where the program failed, without data: an exception's text may quote a claim."""

from __future__ import annotations

import traceback

_DEEP = 4  # places


def bug_words(error: Exception) -> str:
    """``internal error (KeyError) at store.py:12, items.py:40``."""
    frames = traceback.extract_tb(error.__traceback__)[-_DEEP:]
    places = ", ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames)
    return f"internal error ({type(error).__name__}) at {places}"

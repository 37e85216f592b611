"""Records that were read twice: the same file under two names, or exports that overlap.

A retry has the request id of the first try, but another time. What has no time is never taken for a repeat.
"""

from __future__ import annotations

from tuner.logs.archive import Archive

_SLICE = 4_000_000
"""So many records are compared at a time."""
_SAME = "hash(key, at_us, duration_ms)"
_KNOWN = "unread IS NULL AND key IS NOT NULL AND at_us IS NOT NULL"


def drop_repeats(archive: Archive) -> int:
    """Keep one of each record that is there more than once, and return how many went."""
    import numpy as np

    (counted,) = archive.rows(f"SELECT count(*) AS records FROM record WHERE {_KNOWN}")
    slices = counted["records"] // _SLICE + 1
    dropped = 0
    for number in range(slices):
        own = f"{_KNOWN} AND {_SAME} % {slices} = {number}"
        found = archive.arrays(f"SELECT {_SAME} AS same FROM record WHERE {own}")["same"]
        # To sort numbers is quicker than to group rows, and nearly always there is nothing to drop.
        found.sort()
        if np.any(found[1:] == found[:-1]):
            twice = f"SELECT {_SAME} FROM record WHERE {own} GROUP BY 1 HAVING count(*) > 1"
            first = f"SELECT min(rowid) FROM record WHERE {own} GROUP BY key, at_us, duration_ms"
            (gone,) = archive.rows(
                f"DELETE FROM record WHERE {own} AND {_SAME} IN ({twice}) AND rowid NOT IN ({first})"
            )
            dropped += gone["Count"]
    return dropped

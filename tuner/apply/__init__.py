"""Writing a recommendation back to the file that a function is deployed from.

A file is parsed for places only. An edit replaces or inserts one literal; the result is read again, and must
say what it said before but for what was meant. Whatever is computed is refused, with the place to edit.
"""

from tuner.apply.diff import unified_diff
from tuner.apply.planning import plan_changes
from tuner.apply.records import Change, ChangePlan, LeftOut, Scope, Setting, Wishes
from tuner.apply.wishes import Choice, name_in_files, wishes_of
from tuner.apply.writing import write_plan

__all__ = [
    "Change",
    "ChangePlan",
    "Choice",
    "LeftOut",
    "Scope",
    "Setting",
    "Wishes",
    "name_in_files",
    "plan_changes",
    "unified_diff",
    "wishes_of",
    "write_plan",
]

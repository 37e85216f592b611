"""Which lines of a text are worth a look."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from log_lines import json_report, report

from tuner.errors import UsageError
from tuner.logs import marking
from tuner.logs.fields import MARKERS
from tuner.logs.marking import marked_lines

NOTE = "2026-11-23T10:00:00.000Z 00000000-0000-0000-0000-000000000001 Task timed out after 3.00 seconds"


def test_every_marked_line_is_found_once_and_in_order():
    both = f"{report(1)} platform.report {report(2)}"
    text = f"hello\n{json_report(3)}\r\n\n{both}\nx REPORT\n{NOTE}"
    found = marked_lines(text.encode())
    assert [f"{json_report(3)}\r", both, NOTE] == [str(line, "utf-8") for line in found]


PIECES = st.sampled_from([*MARKERS, "\n", "\n\n", "RE", "PORT", " ", "\r\n", "\u00fc", "platform.", "\0"])


@given(st.lists(PIECES, max_size=40).map("".join))
def test_the_lines_are_those_that_hold_a_marker(text):
    expected = [line for line in text.split("\n") if any(marker in line for marker in MARKERS)]
    buffer = memoryview(bytearray(text.encode()))
    assert expected == [str(line, "utf-8") for line in marked_lines(buffer)]


def test_without_the_searcher_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "stringzilla", None)
    marking._stringzilla.cache_clear()
    with pytest.raises(UsageError) as refused:
        marked_lines(b"x")
    assert "pip install 'tuner[logs]'" == refused.value.hint

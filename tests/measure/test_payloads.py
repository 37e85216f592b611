"""The events of a run: their sources and their order, what is refused, and what never shows."""

import hashlib
import json
import re
import uuid
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuner.errors import UsageError
from tuner.measure.apportion import largest_remainder
from tuner.measure.payloads import PAYLOAD_MAX_BYTES, fingerprint, read_payloads

SECRET = "hunter2"


def test_only_the_fingerprint_may_be_told():
    assert fingerprint(b"{}") != fingerprint(b"[]")
    assert 64 == len(fingerprint(b"{}"))


def no_fetch(address):
    raise AssertionError(f"nothing is fetched from {address}")


@pytest.fixture
def read(tmp_path):
    """`read_payloads` with the files of a folder, written by name."""

    def read(fetch=no_fetch, files=None, **flags):
        for name, content in (files or {}).items():
            (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        nothing = {"payload": None, "lines": None, "weighted": None, "once": False}
        return read_payloads(**nothing | flags, root=tmp_path, fetch=fetch)

    return read


def events(payloads, calls, memory_mb=512):
    return [json.loads(payloads.event(index=n, nth=n, memory_mb=memory_mb)) for n in range(calls)]


def refusal(read, **given):
    with pytest.raises(UsageError) as refused:
        read(**given)
    assert SECRET not in f"{refused.value.message} {refused.value.hint}"
    return refused.value


# One event for every call


def test_without_events_every_call_gets_an_empty_object(read):
    payloads = read()
    assert b"{}" == payloads.event(index=5, nth=3, memory_mb=128)
    assert "one event" == payloads.description
    assert payloads.limit is None
    assert fingerprint(b"{}") == payloads.sha256


@pytest.mark.parametrize("text", ['{"a": 1}', "null", ' [1.50, "é"] ', '"{{name}} and {{id}}"', "1"])
def test_a_text_is_sent_as_it_is(read, text):
    payloads = read(payload=text)
    assert text.encode() == payloads.event(index=0, nth=0, memory_mb=128) == payloads.sample
    assert fingerprint(text.encode()) == payloads.sha256


@pytest.mark.parametrize("content", [b'{"a": 1.50}\n', b'\xef\xbb\xbf{"a": 1.50}\n'])
def test_a_file_is_sent_as_it_is_without_its_byte_order_mark(read, content):
    payloads = read(payload="@event.json", files={"event.json": content})
    assert b'{"a": 1.50}\n' == payloads.sample
    assert hashlib.sha256(content).hexdigest() == payloads.sha256


@pytest.mark.parametrize(
    ("flag", "content"),
    [
        ("payload", b"[7]"),
        ("lines", b"[7]\n"),
        ("weighted", b'[{"payload": [7], "weight": 1}]'),
    ],
)
def test_each_kind_can_come_from_s3(read, flag, content):
    asked = []

    def fetch(address):
        asked.append(address)
        return content

    assert b"[7]" == read(fetch, **{flag: "s3://bucket/key.json"}).sample
    assert ["s3://bucket/key.json"] == asked


# In turn, and once


def test_lines_go_in_turn_at_each_size_and_blank_ones_are_skipped(read):
    payloads = read(lines="events.jsonl", files={"events.jsonl": "1\r\n\n  \n2\n3"})
    assert [1, 2, 3, 1, 2] == events(payloads, 5)
    assert b"1" == payloads.event(index=4, nth=0, memory_mb=128).strip()
    assert "3 events, in turn" == payloads.description
    assert payloads.limit is None


def test_an_at_sign_before_a_file_of_lines_is_understood(read):
    assert "2 events, in turn" == read(lines="@e.jsonl", files={"e.jsonl": "1\n2"}).description


def test_a_line_separator_inside_a_text_is_no_end_of_line(read):
    payloads = read(lines="e.jsonl", files={"e.jsonl": '"a\u2028b"\n'})
    assert ["a\u2028b"] == events(payloads, 1)


def test_once_follows_the_run_and_ends(read):
    payloads = read(lines="e.jsonl", once=True, files={"e.jsonl": "1\n2\n3\n"})
    assert [b"3", b"1"] == [payloads.event(index=i, nth=0, memory_mb=128) for i in (2, 0)]
    assert 3 == payloads.limit
    assert "3 events, each once" == payloads.description
    with pytest.raises(IndexError):
        payloads.event(index=3, nth=0, memory_mb=128)


# By weight


def test_events_are_mixed_by_weight(read):
    file = '[{"payload": "a", "weight": 3}, {"weight": 1.0, "payload": "b"}]'
    payloads = read(weighted="w.json", files={"w.json": file})
    assert list("aabaaaba") == events(payloads, 8)
    assert "2 events by weight" == payloads.description
    assert fingerprint(file.encode()) == payloads.sha256


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_planned_calls_get_the_largest_remainders(weights):
    file = json.dumps([{"payload": n, "weight": weight} for n, weight in enumerate(weights)])
    payloads = read_payloads(
        payload=None, lines=None, weighted="s3://b/k", once=False, root=None, fetch=lambda _: file.encode()
    )
    calls = 2 * sum(weights)
    counts = Counter(events(payloads, calls))
    assert largest_remainder(weights, calls) == [counts[n] for n in range(len(weights))]


def test_weighted_events_stay_as_they_were_written(read):
    raw = '{"a": 1.10, "b": [1E5, {"c": "}],\\ud800"}], "d": 12345678901234567890.12345678901234567890}'
    file = f' [ {{"payload":{raw} , "weight":2}},\n{{ "weight" : 1 , "payload" : [ ] }} ]\n'
    payloads = read(weighted="w.json", files={"w.json": file})
    assert [raw.encode(), b"[ ]"] == [payloads.event(index=n, nth=n, memory_mb=128) for n in (0, 1)]


def test_an_ordinary_array_is_never_mistaken_for_weights(read):
    text = '[{"payload": 1, "weight": 2}]'
    assert text.encode() == read(payload=text).event(index=1, nth=1, memory_mb=128)


@pytest.mark.parametrize(
    ("content", "message", "hint"),
    [
        ("{}", "list of weighted payloads", "weight"),
        ("[]", "list of weighted payloads", "weight"),
        ("[[1, 2]]", "item 1 .* has no payload and weight", "weight"),
        ('[{"payload": 1}]', "item 1 .* has no payload and weight", "weight"),
        ('[{"payload": 1, "weight": 1}, {"weight": 1}]', "item 2 .* has no payload and weight", "weight"),
        ('[{"payload": 1, "wieght": 1}]', "item 1 .* unknown key", "did you mean weight"),
        (f'[{{"{SECRET}": 1}}]', "item 1 .* unknown key", "known: payload, weight"),
        *(
            (f'[{{"payload": "{SECRET}", "weight": {weight}}}]', "weight of item 1 .* above 0", "weight")
            for weight in ("0", "-1", "true", '"3"', "null", "1e999")
        ),
        (f'[{{"payload": "{SECRET}", "weight": NaN}}]', "is not JSON", None),
        (f'[{{"payload": "{SECRET}", "weight": {{{{index}}}}}}]', "weight of item 1 .* is not JSON", None),
        (f'[\n{{"payload": {SECRET}}}]', "is not JSON.*line 2, column 13", None),
    ],
)
def test_weights_that_cannot_be_used_are_refused(read, content, message, hint):
    refused = refusal(read, weighted="w.json", files={"w.json": content})
    assert re.search(message, refused.message)
    assert (hint or "") in (refused.hint or "")


# Placeholders


def test_placeholders_are_filled_for_each_call(read):
    payloads = read(payload='{"id": "{{uuid}}", "n": {{index}}, "text": "{{index}} at {{memory_mb}} MB"}')
    event = json.loads(payloads.event(index=7, nth=2, memory_mb=1769))
    assert (7, "7 at 1769 MB") == (event["n"], event["text"])
    assert 4 == uuid.UUID(event["id"]).version
    assert "one event, with {{uuid}} and {{index}} and {{memory_mb}}" == payloads.description


def test_a_uuid_is_new_in_each_call_and_the_same_within_one(read):
    payloads = read(payload='["{{uuid}}", "{{uuid}}"]')
    first, second = events(payloads, 2)
    assert first[0] == first[1]
    assert first[0] != second[0]


def test_the_fingerprint_is_that_of_the_unfilled_text(read):
    text = '"{{uuid}}"'
    assert fingerprint(text.encode()) == read(payload=text).sha256 == read(payload=text).sha256


def test_placeholders_in_files_of_every_kind(read):
    files = {"e": '{"n": {{index}}}\n', "w": '[{"payload": {"n": {{index}}}, "weight": 1}]'}
    assert [{"n": 0}, {"n": 1}] == events(read(payload="@e", files=files), 2)
    assert [{"n": 0}, {"n": 1}] == events(read(lines="e", files=files), 2)
    assert [{"n": 0}, {"n": 1}] == events(read(weighted="w", files=files), 2)
    assert "one event by weight, with {{index}}" == read(weighted="w", files=files).description


@pytest.mark.parametrize("number", ["1{{index}}", "{{index}}.5", "-{{memory_mb}}", "{{memory_mb}}0"])
def test_a_placeholder_can_be_a_part_of_a_number(read, number):
    assert isinstance(events(read(payload=number), 1)[0], int | float)


@pytest.mark.parametrize("word", ["name", "id", "user.id", "", "{index", "i" * 41])
def test_other_words_in_braces_are_left_alone(read, word):
    text = json.dumps("{{" + word + "}}")
    assert "one event" == read(payload=text).description.partition(",")[0]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        *(("guid", "uuid"), ("UUID", "uuid"), ("uid", "uuid"), (" index ", "index"), ("idx", "index")),
        *(("memory", "memory_mb"), ("memory-mb", "memory_mb"), ("memoryMB", "memory_mb")),
    ],
)
def test_a_near_miss_is_refused_with_what_is_meant(read, word, meant):
    refused = refusal(read, payload=f'["{SECRET}", "{{{{{word}}}}}"]')
    assert "--payload has {{" + word + "}}, which is no placeholder" == refused.message
    assert f"did you mean {{{{{meant}}}}}?" in refused.hint


def test_braces_that_are_meant_can_be_written_otherwise(read):
    assert ["{{index}}"] == events(read(payload=r'"{\u007bindex}}"'), 1)


# Refusals


@pytest.mark.parametrize(
    "flags",
    [
        {"payload": SECRET, "lines": "e"},
        {"lines": "e", "weighted": "w"},
        {"payload": "{}", "lines": "e", "weighted": "w"},
    ],
)
def test_events_from_two_places_are_refused(read, flags):
    names = {"payload": "--payload", "lines": "--payload-lines", "weighted": "--payload-weighted"}
    expected = " and ".join(names[flag] for flag in flags)
    assert f"{expected} exclude each other" == refusal(read, **flags).message


@pytest.mark.parametrize("flags", [{}, {"payload": "{}"}, {"weighted": "w"}])
def test_once_without_lines_is_refused(read, flags):
    assert "--payload-once needs --payload-lines" == refusal(read, once=True, **flags).message


@pytest.mark.parametrize("flag", ["payload", "lines", "weighted"])
def test_a_file_that_is_not_there_is_refused(read, flag):
    assert "No such file" in refusal(read, **{flag: "@missing"}).message


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "line 1, column 1"),
        ("hunter2", "line 1, column 1"),
        ('{"hunter2": }', "line 1, column 13"),
        ('{"a": "{{uuid}}", "{{index}}": hunter2}', "line 1, column 32"),
        ('{\n"a": {{uuid}}}', "line 2, column 7"),
        ("{{index}}5", "line 1, column 2"),
        ('["hunter2", NaN]', "number that JSON does not have"),
        ("1" * 5000, "thousands of digits"),
        ("[" * 100_000, "nested too deeply"),
        ("hunter2\udcff", "byte 7 is no UTF-8"),
    ],
)
def test_what_is_not_json_is_refused_with_its_place_and_not_quoted(read, text, place):
    refused = refusal(read, payload=text)
    assert refused.message.startswith("--payload is not JSON")
    assert place in refused.message


def test_an_unquoted_uuid_is_explained(read):
    assert "{{uuid}} belongs inside quotes" == refusal(read, payload="[{{uuid}}]").hint


def test_a_bad_line_is_refused_with_its_number(read):
    refused = refusal(read, lines="e.jsonl", files={"e.jsonl": f'1\n\n{{"{SECRET}" 2}}\n'})
    assert refused.message.startswith("line 3 of ")
    assert refused.message.endswith("line 3, column 12")


@pytest.mark.parametrize("content", ["", "\n \n"])
def test_a_file_without_events_is_refused(read, content):
    assert "has no events" in refusal(read, lines="e.jsonl", files={"e.jsonl": content}).message


def test_an_event_may_have_six_megabytes_and_no_more(read):
    largest = '"' + "x" * (PAYLOAD_MAX_BYTES - 2) + '"'
    assert PAYLOAD_MAX_BYTES == len(read(payload=largest).sample)
    assert "at most 6 MB" in refusal(read, payload=largest + " ").message
    assert "line 2 of" in refusal(read, lines="e", files={"e": f"1\n {largest}"}).message


def test_a_uuid_counts_with_the_bytes_it_will_have(read):
    almost = '"{{uuid}}' + "x" * (PAYLOAD_MAX_BYTES - 20) + '"'
    assert "at most 6 MB" in refusal(read, payload=almost).message


def test_events_do_not_show_in_a_representation(read):
    assert SECRET not in repr(read(payload=f'"{SECRET}"'))
    assert SECRET not in repr(read(lines="e", files={"e": f'"{SECRET}"\n2'}))


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        st.lists,
        max_leaves=9,
    )
)
def test_any_json_arrives_as_it_is(value):
    flags = {"lines": None, "once": False, "root": None, "fetch": lambda _: weighted}
    text = json.dumps(value)
    weighted = f'[{{"payload": {text}, "weight": 1}}]'.encode()
    assert text.encode() == read_payloads(payload=text, weighted=None, **flags).sample
    assert text.encode() == read_payloads(payload=None, weighted="s3://b/k", **flags).sample

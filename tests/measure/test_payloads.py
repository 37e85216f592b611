"""The event of an invocation: text, file, size limit, fingerprint."""

import pytest

from tuner.errors import UsageError
from tuner.measure.payloads import PAYLOAD_MAX_BYTES, fingerprint, load_payload


def test_no_payload_is_an_empty_object(tmp_path):
    assert b"{}" == load_payload(None, tmp_path)


def test_a_file_is_read_from_the_folder_of_the_settings(tmp_path):
    (tmp_path / "event.json").write_text('{"a": 1}')
    assert b'{"a": 1}' == load_payload("@event.json", tmp_path)


@pytest.mark.parametrize(("content", "message"), [(None, "cannot read"), ("{", "is not JSON")])
def test_a_file_that_cannot_be_used_is_refused(tmp_path, content, message):
    if content is not None:
        (tmp_path / "event.json").write_text(content)
    with pytest.raises(UsageError, match=message):
        load_payload("@event.json", tmp_path)


def test_six_megabytes_are_the_limit(tmp_path):
    with pytest.raises(UsageError, match="6 MB"):
        load_payload('"' + "x" * PAYLOAD_MAX_BYTES + '"', tmp_path)


def test_only_the_fingerprint_may_be_told():
    assert fingerprint(b"{}") != fingerprint(b"[]")
    assert 64 == len(fingerprint(b"{}"))

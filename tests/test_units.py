"""What a person may type, and what a person reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuner import units


@pytest.mark.parametrize(("text", "mb"), [("512", 512), ("512MB", 512), ("1GB", 1024), ("1.5 gb", 1536)])
def test_memory_is_read_in_mb_or_gb(text, mb):
    assert mb == units.parse_memory_mb(text)


@pytest.mark.parametrize("text", ["64", "127", "10241", "128.5", "lots", "", "-128", "1TB", "nan", "1e3"])
def test_a_size_that_lambda_does_not_offer_is_refused(text):
    with pytest.raises(ValueError, match="memory size"):
        units.parse_memory_mb(text)


@pytest.mark.parametrize(
    ("text", "ms"), [("800ms", 800), ("1.2s", 1200), ("3m", 180_000), ("1 h", 3_600_000)]
)
def test_durations_have_a_unit(text, ms):
    assert ms == units.parse_duration_ms(text)


@pytest.mark.parametrize("text", ["800", "1.2", "ms", "-3s", "1e9s"])
def test_a_duration_without_a_clear_unit_is_refused(text):
    with pytest.raises(ValueError, match="write 800ms"):
        units.parse_duration_ms(text)


def test_percentages_and_money():
    assert 0.1 == units.parse_fraction("10%")
    assert 0.5 == units.parse_usd("$0.50")
    with pytest.raises(ValueError, match="10%"):
        units.parse_fraction("0.1")
    with pytest.raises(ValueError, match="amount"):
        units.parse_usd("much")


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0.82, "0.820 ms"),
        (9.996, "10.0 ms"),
        (41.66, "41.7 ms"),
        (999.4, "999 ms"),
        (999.6, "1.00 s"),
        (1234, "1.23 s"),
        (900_000, "900 s"),
    ],
)
def test_durations_show_three_digits(ms, text):
    assert text == units.format_duration(ms)


@pytest.mark.parametrize(
    ("usd", "text"),
    [
        (0, "$0.00"),
        (0.0000213, "$0.0000213"),
        (0.2, "$0.200"),
        (4.5, "$4.50"),
        (1204.5, "$1,204.50"),
        (-3, "-$3.00"),
    ],
)
def test_money_shows_cents_or_three_digits(usd, text):
    assert text == units.format_usd(usd)


@pytest.mark.parametrize(
    ("fraction", "text"), [(-0.41, "−41 %"), (0.0421, "+4.2 %"), (0.0, "0.0 %"), (-0.0001, "0.0 %")]
)
def test_changes_show_their_sign(fraction, text):
    assert text == units.format_percent(fraction, signed=True)


@given(st.integers(128, 10_240))
def test_what_is_written_is_read_back(mb):
    assert mb == units.parse_memory_mb(f"{mb}MB")


@given(st.floats(1e-6, 1e9))
def test_no_duration_is_written_in_scientific_notation(ms):
    assert "e" not in units.format_duration(ms).removesuffix(" ms").removesuffix(" s")

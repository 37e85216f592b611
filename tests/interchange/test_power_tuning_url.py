import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from interchange_cases import DOCUMENTED_ADDRESS, address

from tuner.errors import UsageError
from tuner.interchange.means import Mean
from tuner.interchange.power_tuning_url import decode, encode, is_address


def test_the_documented_address_holds_six_sizes():
    means = decode(DOCUMENTED_ADDRESS)
    assert [128, 256, 512, 1024, 1536, 3008] == [mean.memory_mb for mean in means]
    assert pytest.approx(37002.4, abs=0.05) == means[0].duration_ms
    assert pytest.approx(7.717e-05, rel=1e-3) == means[0].cost_usd


def test_a_decoded_address_encodes_to_the_same_bytes():
    assert DOCUMENTED_ADDRESS == encode(decode(DOCUMENTED_ADDRESS))


@given(
    st.dictionaries(
        st.integers(128, 10240),
        st.tuples(st.floats(0.0625, 900_000, width=32), st.floats(0, 1, width=32)),
        min_size=1,
    )
)
def test_whatever_was_encoded_is_decoded(table):
    means = tuple(Mean(size, *table[size]) for size in sorted(table))
    assert means == decode(encode(means))


@pytest.mark.parametrize(
    ("damaged", "said"),
    [
        (DOCUMENTED_ADDRESS.partition("#")[0], "no of the three parts"),
        (DOCUMENTED_ADDRESS.rpartition(";")[0], "2 of the three parts"),
        (DOCUMENTED_ADDRESS[:-3], "costs in the address are not base64"),
        (DOCUMENTED_ADDRESS[:-4], "21 bytes, no multiple of 4"),
        (DOCUMENTED_ADDRESS.replace("gAAAAQACAAQABsAL", "gAAAAQACAAQABsA="), "11 bytes, no multiple of 2"),
        (address([128, 256], [1.0], [1e-9, 1e-9]), "2 memory sizes, 1 durations and 2 costs"),
        (address([], [], []), "holds no memory size"),
        (address([128], [-1.0], [1e-9]), "'-1.0' is not a duration"),
        (address([128], [math.nan], [1e-9]), "'nan' is not a duration"),
        (address([128], [math.inf], [1e-9]), "'inf' is not a duration"),
        (address([128], [0.0], [1e-9]), "'0.0' is not a duration"),
        (address([128], [1.0], [-1e-9]), "is not a cost"),
        (address([64], [1.0], [1e-9]), "64 MB is not a memory size"),
        (address([-128], [1.0], [1e-9]), "'-128' is not a memory size"),
        (address([512, 512], [1.0, 2.0], [1e-9, 1e-9]), "512 MB twice"),
    ],
)
def test_a_damaged_address_is_refused_with_what_is_wrong(damaged, said):
    with pytest.raises(UsageError, match=said):
        decode(damaged)


@pytest.mark.parametrize("text", ["run.json", "https://x y", "ftp://x", ""])
def test_only_a_web_address_is_one(text):
    assert not is_address(text)

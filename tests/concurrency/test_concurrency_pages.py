"""The pages and the chart: hostile names are harmless, the chart is well-formed and always the same."""

import xml.etree.ElementTree as ET

import pytest
from simulated import function, play

from tuner.concurrency.advice import Targets, advise
from tuner.concurrency.quotas import Quotas
from tuner.concurrency.traffic import Traffic
from tuner.concurrency.words import number_text, share_text, time_text
from tuner.reporting.concurrency.advice_page import advice_page
from tuner.reporting.concurrency.chart import draw_simulation
from tuner.reporting.concurrency.markdown import render_markdown
from tuner.reporting.concurrency.simulation_page import simulation_page
from tuner.reporting.concurrency.terminal import render_terminal

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '<script>alert("x")</script>|`@all` $x$\x1b[31m'


def texts(svg):
    return ["".join(element.itertext()) for element in ET.fromstring(svg).iter(f"{SVG}text")]


@pytest.fixture(scope="module")
def busy():
    names = [HOSTILE, *(f"function-{n}" for n in range(7))]
    return play(*(function(name, rate=20, reserved=15) for name in names), seconds=120, seed=3)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_chart_is_well_formed_small_and_the_same_every_time(busy, theme):
    svg = draw_simulation(busy, theme)
    assert svg == draw_simulation(busy, theme)
    assert len(svg) < 200_000
    shown = texts(svg)
    assert {"concurrency", "a second", "peak", "throttled", "cold starts", "4 others"} <= set(shown)


def test_the_chart_shows_the_account_limit_where_it_is_near():
    crowd = play(function(times=[1.0] * 50, duration_s=5), account_limit=40)
    assert "account limit" in texts(draw_simulation(crowd, "light"))
    assert "account limit" not in texts(draw_simulation(play(function(times=[1.0])), "light"))


def test_a_simulation_without_a_request_has_a_page_and_a_chart():
    idle = play(function(rate=0.0))
    assert "none of 0 requests is throttled" in render_terminal(simulation_page(idle))
    assert "peak" in texts(draw_simulation(idle, "light"))


def test_a_hostile_name_is_text_and_nothing_else(busy):
    markdown = render_markdown(simulation_page(busy))
    assert "<script" not in markdown
    for text in (markdown, render_terminal(simulation_page(busy))):
        assert "\x1b" not in text


def test_the_terminal_page_fits_80_columns(busy):
    assert max(map(len, render_terminal(simulation_page(busy)).splitlines())) <= 80


def test_pages_say_why_requests_were_throttled(busy):
    assert "because its pool was full" in render_terminal(simulation_page(busy))


def test_an_account_that_aws_would_refuse_is_named():
    tight = play(function(times=[1.0], reserved=950), account_limit=1_000)
    assert ["W-UNRESERVED-FLOOR"] == [w.code for w in simulation_page(tight).warnings]
    assert () == simulation_page(play(function(times=[1.0]), account_limit=10)).warnings


def test_the_markdown_answer_comes_first_and_the_method_is_folded():
    page = advice_page(advise(Traffic(2, 100), Targets(), Quotas(account_limit=10)))
    markdown = render_markdown(page)
    assert markdown.startswith("This traffic needs **a concurrency of 0.2** on average")
    assert "but the account cannot" in markdown.splitlines()[0]
    assert "**W-NEW-ACCOUNT**" in markdown
    assert "<summary>What the numbers mean</summary>" in markdown


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "none"), (0.2, "20 %"), (0.042, "4.2 %"), (7.3e-5, "0.0073 %"), (1e-4, "0.01 %"), (1e-12, "below")],
)
def test_small_shares_are_not_rounded_to_nothing(share, text):
    assert share_text(share).startswith(text)


def test_times_and_concurrency_are_short():
    assert ["90 s", "1 min", "2.5 min", "1 h", "2.31 d"] == [
        time_text(s) for s in (90, 60, 150, 3_600, 200_000)
    ]
    assert ["0", "0.375", "9.96", "10", "95.1", "1,250"] == [
        number_text(value) for value in (0, 0.375, 9.96, 10, 95.08, 1_250)
    ]

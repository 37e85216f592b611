"""What the numbers of a report mean, in sentences a reader can check them by."""

from __future__ import annotations

from tuner.plans import SearchMethod, SearchOutcome, StopReason
from tuner.records import CurveSummary, TuningResult
from tuner.reporting.wording import clean, condition_text, enumerated
from tuner.units import format_count, format_duration, format_memory, format_percent, format_usd

RELATIVE_NOTICE = (
    "Measured in a local sandbox: durations and costs are true in proportion from one size to another, "
    "not in milliseconds and dollars on AWS."
)

_DRIFT = (
    "Sizes were visited in turns, and each duration was brought to the CPU time that the work "
    "usually needs, so that a machine that slows down for a second does not pass for an effect of memory.",
)

_FAMILY_WORDS = {
    "constant": "waiting only: memory buys nothing",
    "saturating-cpu": "waiting plus work on one thread, which gains up to one vCPU (1,769 MB)",
    "amdahl": "waiting plus work of which a part runs in parallel (Amdahl's law)",
    "throttled-cpu": "waiting plus work that suffers more than its share below one vCPU",
    "late-knee": "waiting plus work that stops gaining elsewhere than at one vCPU",
    "threshold": "waiting plus work, slower by a factor below a threshold of memory",
    "power-law": "a power of memory that never saturates",
    "exponential": "an exponential decay to a floor",
    "simulated": "its own pattern of computing and waiting under Lambda's CPU quota",
}


def build_method(result: TuningResult) -> tuple[str, ...]:
    """How the table is read: samples, intervals, cost, curve, noise."""
    return (
        "Durations are the handler's time on warm invocations, without init; cold starts are a population of "
        "their own (init).",
        "The 95 % interval bounds the expected duration or cost, not single invocations; it draws on all "
        "sizes through the curve. p95 is what 95 % of single invocations stay within.",
        f"Cost is billed milliseconds x GB x price + request charge{_prices(result)}.",
        "Basis: n is the number of warm invocations that succeeded at a measured size; fitted sizes are read "
        "from the curve; extrapolated ones lie outside the measured sizes and are never recommended.",
        "On the Pareto front no other size is both cheaper and faster.",
        *(_DRIFT if result.measurements.relative else ()),
        *_curve_sentences(result.curve),
        _search_sentence(result.search),
    )


_STOPS = {
    StopReason.GRID: "every size of the grid was measured",
    StopReason.MAX_INVOCATIONS: "the bound on invocations was reached",
    StopReason.MAX_SPEND: "the bound on spending was reached",
    StopReason.MAX_SECONDS: "the bound on time was reached",
}


def _search_sentence(search: SearchOutcome) -> str:
    low, high = (format_memory(size) for size in search.range_mb)
    target = format_percent(search.target)
    if search.method is SearchMethod.PREDICT:
        return (
            f"Nothing was measured below full speed: sizes from {low} to {high} are predicted from when the "
            "function computes and when it waits, run through Lambda's CPU quota."
        )
    if search.method is SearchMethod.GRID:
        return f"A grid from {low} to {high} was measured until {_STOPS[search.stopped_by]}."
    why = _STOPS.get(search.stopped_by, f"the expected regret was surely small enough (--regret {target})")
    return (
        f"A search from {low} to {high} measured where it was expected to lower the regret most, until {why}."
    )


def _prices(result: TuningResult) -> str:
    facts = {key: result.conditions.get(key) for key in ("architecture", "region")}
    where = ", ".join(condition_text(value) for value in facts.values() if value is not None)
    date = result.conditions.get("price_date")
    dated = f"list prices of {condition_text(date)}" if date is not None else "list prices of unknown date"
    return f", at {dated}" + (f" ({where})" if where else "") + ", free tier not deducted"


def _curve_sentences(curve: CurveSummary | None) -> tuple[str, ...]:
    if curve is None:
        return ("No curve was fitted: only the measured sizes are known.",)
    low, high = (format_memory(size) for size in curve.fitted_range_mb)
    meaning = _FAMILY_WORDS.get(curve.family)
    parameters = [f"{clean(name)} = {value:.4g}" for name, value in curve.parameters.items()]
    return (
        f"The duration curve is fitted from {low} to {high}. The family that describes it best is "
        f"{clean(curve.family)}"
        + (f", {meaning}" if meaning else "")
        + (f", with {enumerated(parameters)}." if parameters else "."),
        *_weights(curve),
        f"A single invocation varies by {format_percent(curve.noise_cv)} around its mean; the function "
        f"departs from these families by about {format_percent(curve.deviation)}"
        + (
            ", more than its noise explains: where points and curve disagree, trust the points."
            if curve.misfit
            else ", which its noise explains."
        ),
    )


def _weights(curve: CurveSummary) -> tuple[str, ...]:
    ranked = sorted(curve.family_weights.items(), key=lambda item: (-item[1], item[0]))
    shares = [f"{clean(name)} {format_percent(weight)}" for name, weight in ranked if weight >= 0.01]
    if len(shares) < 2:
        return ()
    return (f"The curve is an average of families, weighted by evidence: {enumerated(shares)}.",)


def build_spent(result: TuningResult) -> str:
    """`186 invocations at 6 memory sizes in 72.0 s, for $0.0021`."""
    if result.measurements.holds_means:
        return "nothing was invoked"
    spent = result.spent
    calls = f"{format_count(spent.invocations)} invocation{'s' * (spent.invocations != 1)}"
    sizes = f"{format_count(spent.memory_sizes)} memory size{'s' * (spent.memory_sizes != 1)}"
    paid = f"for {format_usd(spent.cost_usd)}" if spent.cost_usd is not None else "not billed"
    return f"{calls} at {sizes} in {format_duration(spent.seconds * 1000)}, {paid}"

"""Two versions on cost models, or on platforms whose calls a test spells out."""

from dataclasses import replace

from cost_models.pricing import find_prices
from cost_models.workload import Noise, PhysicalDuration, Workload
from tuner.errors import MeasurementError
from tuner.gate import Bounds, Contestant, Design, Duel, Questions, read_rules
from tuner.measure.events import Events
from tuner.platforms.base import TargetDescription
from tuner.platforms.model import ModelPlatform
from tuner.records import Invocation, Outcome

MEMORY_MB = 512
PRICES = find_prices("us-east-1", "x86_64")


def questions(*, max_pairs=120, fail=None, warn=None, budget=None):
    """What is asked; the usual rules unless others are given."""
    rules = read_rules(fail=fail, warn={} if warn is None else warn, budget=budget)
    return Questions(rules, PRICES, Design(max_pairs=max_pairs))


def model(duration_ms=200.0, *, cv=0.1, init_ms=300.0, used_mb=90, seed=0, slow_share=0.0):
    """A version on a cost model."""
    workload = Workload(
        "stand-in",
        PhysicalDuration(duration_ms, 0.0),
        noise=Noise(cv, slow_share, 3.0),
        init_duration_ms=init_ms,
        used_memory_mb=used_mb,
    )
    return Contestant(ModelPlatform(workload, seed=seed), MEMORY_MB)


class ScriptedPlatform:
    """A platform whose calls `script` returns: of the n-th call, and of the n-th in its environment."""

    def __init__(self, script, **description):
        self.script = script
        self.description = description
        self.calls = self.environments = self.in_environment = 0
        self.payloads = []

    def describe(self):
        return TargetDescription("scripted", "scripted", "x86_64", (128, 10_240), **self.description)

    def prepare(self, memory_sizes_mb, *, timeout_s, cold_calls=0):
        self.prepared = list(memory_sizes_mb)

    def invoke(self, request):
        if request.fresh or not self.environments:
            self.environments += 1
            self.in_environment = 0
        call = self.script(self.calls, self.in_environment)
        self.payloads.append(request.payload)
        self.calls += 1
        self.in_environment += 1
        if isinstance(call, Exception):
            raise call
        return replace(call, memory_mb=request.memory_mb, environment=str(self.environments))


def good(number, nth):
    """A call that goes well: cold where it is the first of its environment."""
    duration = 100.0 + 7 * (number % 5)
    init = 200.0 + nth if nth == 0 else None
    return Invocation(MEMORY_MB, Outcome.OK, duration, round(duration), init, max_memory_used_mb=90)


def ends(outcome, **said):
    """A script whose every call fails."""
    return lambda number, nth: Invocation(MEMORY_MB, outcome, 50.0, 50, **said)


def broken(message):
    """A script that cannot be run at all."""
    return lambda number, nth: MeasurementError(message, "look at the handler")


def scripted(script, **description):
    """A version whose calls are spelt out."""
    return Contestant(ScriptedPlatform(script, **description), MEMORY_MB)


def duel(baseline, contender, asked, *, seed=0, **options):
    """A duel that is ready to run."""
    options.setdefault("events", Events())
    options.setdefault("bounds", Bounds())
    return Duel(baseline, contender, asked, timeout_s=30, seed=seed, **options)

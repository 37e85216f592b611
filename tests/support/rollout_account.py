"""Production in a time of its own: a function behind an alias, whose callers go on while a rollout waits."""

import contextlib
from functools import cached_property

from aws_account import as_it_was
from fake_lambda import FakeClock, FakeLambda, FunctionFailure

from cost_models.workload import Noise, PointsDuration, Workload
from tuner.platforms.aws.api import Api
from tuner.platforms.aws.connection import Connection
from tuner.rollout.conducting import Rollout
from tuner.rollout.planning import RolloutWishes, plan_rollout
from tuner.rollout.shifting import read_schedule

NAME = "my-func"
BEFORE_MB, AFTER_MB = 512, 1024
PARTS = 5
"""In so many parts a wait passes, with calls in each."""


class Production:
    """`my-func:live`, version 1 at 512 MB. The rest is what 1,024 MB does to it, and who calls.

    `slow_ms` is how long a call takes there (200 ms), `error_share` and `throttled_share` how many fail, and
    `calls` how many there are in a wait. In real time, another process may wait.
    """

    def __init__(
        self, *, slow_ms=200, error_share=0.0, throttled_share=0.0, calls=300, real_time=False, **function
    ):
        self.aws = FakeLambda(control_rate=None, clock=FakeClock(follow_real_time=real_time))
        self.calls = calls
        self.throttled = {"2": throttled_share} if throttled_share else {}
        self.workload = Workload(
            "production",
            PointsDuration(((BEFORE_MB, 300.0), (AFTER_MB, float(slow_ms)))),
            noise=Noise(0.05),
            used_memory_mb=60,
        )
        self.error_share = error_share
        self.function = function
        self.during_wait = []

    def furnish(self):
        count = iter(range(10**9))

        def handler(event, memory_mb):
            if memory_mb == AFTER_MB and next(count) % 100 < self.error_share * 100:
                raise FunctionFailure("KeyError", "'name'")
            return {}

        options = {"memory_mb": BEFORE_MB, "timeout_s": 30, "description": "thumbnails"}
        self.aws.add_function(NAME, workload=self.workload, handler=handler, **options | self.function)
        self.client.publish_version(FunctionName=NAME)
        self.client.create_alias(FunctionName=NAME, Name="live", FunctionVersion="1")
        self.before = self.state()

    @cached_property
    def client(self):
        """The AWS SDK's, for arranging and asserting."""
        return self.aws.client("lambda")

    def now(self):
        return self.aws.clock.now()

    def sleep(self, seconds):
        """Time passes, and callers call."""
        for _ in range(PARTS):
            self.aws.clock.advance(seconds / PARTS)
            self.aws.call(f"{NAME}:live", times=self.calls // PARTS, throttled=self.throttled)
        if self.during_wait:
            self.during_wait.pop(0)()

    def plan(self, result, *, memory_mb=AFTER_MB, timeout_s=None, alias="live", reserved=None, **options):
        more = {name: options.pop(name) for name in ("fail", "budget", "resume") if name in options}
        if not options:
            options = {"canary": "50%", "bake": "2m"}
        wishes = RolloutWishes(
            NAME, alias, memory_mb, timeout_s, read_schedule(**options), reserved=reserved, **more
        )
        return plan_rollout(self.api, result, wishes)

    def roll_out(self, result, **options):
        return Rollout(self.api, self.plan(result, **options), clock=self).run()

    @cached_property
    def api(self):
        # By the environment and not by an option: so all accounts share a session, which loads slowly.
        return Api(Connection(region=self.aws.region))

    def alias(self):
        """The version it goes to, and the weights of others."""
        found = self.client.get_alias(FunctionName=NAME, Name="live")
        return found["FunctionVersion"], found.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})

    def versions(self):
        """The memory [MB] of each version, by number."""
        return {number: memory_mb for number, _, memory_mb in self.aws.versions(NAME)}

    def reserved(self):
        with contextlib.suppress(KeyError):
            found = self.client.get_function_concurrency(FunctionName=NAME)
            return found["ReservedConcurrentExecutions"]
        return None

    def state(self):
        """Everything that a rollout may change."""
        return as_it_was(self.aws, NAME), self.alias(), self.versions(), self.reserved()

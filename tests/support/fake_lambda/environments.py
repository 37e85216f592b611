"""Execution environments: a call is cold when none of its version is idle."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from fake_lambda.functions import Function, Version

if TYPE_CHECKING:
    from numpy.random import Generator

Key = tuple[str, str, int]


@dataclass(slots=True)
class Environment:
    """One environment with its own random stream, so that its calls do not depend on other threads."""

    key: Key
    number: int
    rng: Generator
    used: bool = False

    @property
    def name(self) -> str:
        """What tells it from every other."""
        return f"{self.key[0]}:{self.key[1]}:{self.key[2]}#{self.number}"


@dataclass(slots=True)
class Environments:
    """All environments of an account. The caller holds the account's lock."""

    seed: int
    _idle: dict[Key, list[Environment]] = field(default_factory=dict)
    _started: dict[Key, int] = field(default_factory=dict)

    def take(self, function: Function, version: Version) -> Environment:
        """An idle environment of this very configuration, the last used first; else a new one."""
        key = (function.name, version.number, version.generation)
        if self._idle.get(key):
            return self._idle[key].pop()
        number = self._started[key] = self._started.get(key, 0) + 1
        words = [self.seed, zlib.crc32(function.name.encode()), zlib.crc32(version.number.encode())]
        return Environment(key, number, np.random.default_rng([*words, version.generation, number]))

    def give_back(self, environment: Environment, *, healthy: bool) -> None:
        """Keep it for the next call; one that failed is not used again."""
        environment.used = True
        if healthy:
            self.put_back(environment)

    def put_back(self, environment: Environment) -> None:
        """Nothing ran in it."""
        self._idle.setdefault(environment.key, []).append(environment)

"""From a duration curve to an answer: which sizes may be recommended, which one is, and why."""

from tuner.recommend.recommender import Advice, recommend

__all__ = ["Advice", "recommend"]

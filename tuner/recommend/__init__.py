"""From a duration curve to an answer: which sizes may be recommended, which one is, and why."""

from tuner.recommend.evidence import Evidence, gather
from tuner.recommend.recommender import Advice, band_point, recommend
from tuner.recommend.sizes import considered_sizes
from tuner.recommend.strategies import choose, expected_loss, expected_regret, loss_of, regret_of

__all__ = [
    "Advice",
    "Evidence",
    "band_point",
    "choose",
    "considered_sizes",
    "expected_loss",
    "expected_regret",
    "gather",
    "loss_of",
    "recommend",
    "regret_of",
]

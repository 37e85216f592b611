"""From warm durations to a duration curve with an interval at every memory size.

`fit_duration_curve` is the entry; `curves` lists the families, and to add one is a function and an entry
there. `noise` treats calls, `deviation` and `monotone` what is believed about curves beyond any family.
"""

from __future__ import annotations

from tuner.fit.duration_curve import CurveBand, DurationCurve, FamilyFit
from tuner.fit.fitter import fit_duration_curve

__all__ = ["CurveBand", "DurationCurve", "FamilyFit", "fit_duration_curve"]

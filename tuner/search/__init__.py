"""Which memory size to measure next, and when to stop. Decisions only: nothing here invokes anything."""

from tuner.search.acquisition import Step, next_step
from tuner.search.start import search_range, starting_sizes

__all__ = ["Step", "next_step", "search_range", "starting_sizes"]

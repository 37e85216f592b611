"""What may be spent in all, split over the functions that are still to be tuned."""

from __future__ import annotations


class Purse:
    """Reserves before a run begins, and takes back what it left. `total` None is no bound."""

    def __init__(self, total: float | None, spent: float = 0.0) -> None:
        self.total = total
        self.spent = spent
        self.reserved = 0.0

    def reserve(self, waiting: int, least: float) -> float | None:
        """An even share for one of so many, at least `least`; None where there is not enough."""
        if self.total is None:
            return 0.0
        free = self.total - self.spent - self.reserved
        share = max(free / waiting, least)
        if free <= 0 or share > free:
            return None
        self.reserved += share
        return share

    def settle(self, share: float, spent: float | None) -> float:
        """End a reservation; what is not known to be left counts as spent. What is counted is returned."""
        charged = share if spent is None else spent
        self.reserved -= share
        self.spent += charged
        return charged

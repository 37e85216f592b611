"""The error rates are counted by a script of the benchmarks, which are no part of the package."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "benchmarks"))

"""Take the pictures of a page that docs/reports.md shows, in both themes; needs Chromium.

python docs/picture_page.py reports/my-func.html
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

WINDOW = "1280,1560"
_CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def main(page: Path) -> None:
    """Write PAGE.page.light.png and PAGE.page.dark.png beside the page."""
    if _CHROMIUM is None:
        sys.exit("there is no Chromium to take pictures with")
    for theme, preference in (("light", "1"), ("dark", "0")):  # Chromium's numbers of the two
        picture = page.with_suffix(f".page.{theme}.png").resolve()
        flags = ["--headless", "--no-sandbox", "--hide-scrollbars", f"--window-size={WINDOW}"]
        settings = f"--blink-settings=preferredColorScheme={preference}"
        arguments = [_CHROMIUM, *flags, settings, f"--screenshot={picture}", page.resolve().as_uri()]
        subprocess.run(arguments, check=True, capture_output=True, timeout=120)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Image thumbnails with Pillow: decode, resize, encode, in native code that stays in one thread."""

from __future__ import annotations

import base64
import io

from PIL import Image, ImageDraw


def handler(event, context):
    """Make a JPEG thumbnail of a picture, and return its size."""
    source = base64.b64decode(event["image"]) if "image" in event else PICTURE
    image = Image.open(io.BytesIO(source)).convert("RGB")
    image.thumbnail((event.get("width", 320), event.get("height", 320)), Image.Resampling.LANCZOS)
    output = io.BytesIO()
    image.save(output, format="JPEG", quality=85)
    return {"width": image.width, "height": image.height, "bytes": len(output.getvalue())}


def _draw(width: int, height: int) -> bytes:
    """A test picture with enough detail that its encoder has work to do."""
    image = Image.effect_noise((width, height), 40).convert("RGB")
    draw = ImageDraw.Draw(image)
    for step in range(0, width, 40):
        draw.ellipse((step, step // 2, step + 200, step // 2 + 200), outline=(255, step % 255, 90), width=6)
    output = io.BytesIO()
    image.save(output, format="JPEG", quality=92)
    return output.getvalue()


PICTURE = _draw(1600, 1200)

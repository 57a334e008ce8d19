"""Pictures that people upload: checked by what they are, not by what they say, and made anew.

What is kept is a picture that we wrote: no script, no hidden data, no place where it was taken survives that.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable

from flask_babel import gettext as _
from PIL import Image, ImageOps

from app.errors import ActionRefused
from app.models import StoredFile

LARGEST_FILE = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000  # 8,000 x 5,000; more is a bomb
LONGEST_SIDE = 2000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MOST_PICTURES = 4
LOGO_SIZE = (800, 300)  # pixels at most: sharp at the size of a letterhead


def picture(content: bytes, name: str) -> StoredFile:
    """The picture as it is kept: upright, at most 2000 pixels wide and high, as JPEG.

    Raises ActionRefused for anything that is no picture, or too large.
    """
    return kept_file(made_anew(content, name, jpeg), name, "jpg", "image/jpeg")


def logo_picture(content: bytes, name: str) -> StoredFile:
    """The same of a logo: small, and as PNG, which keeps what is transparent."""
    return kept_file(made_anew(content, name, small_png), name, "png", "image/png")


def made_anew(content: bytes, name: str, write: Callable[[Image.Image], bytes]) -> bytes:
    shown = name[:80] or _("picture")
    if len(content) > LARGEST_FILE:
        raise ActionRefused(_("Picture: “%(name)s” is larger than 10 MB. Choose a smaller one.", name=shown))
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise ActionRefused(_("Picture: “%(name)s” has too many pixels. Choose a smaller one.", name=shown))
            return write(opened)
    except ActionRefused:
        raise
    except Exception:  # Pillow lets through whatever damaged data make its parts raise
        raise ActionRefused(
            _("Picture: “%(name)s” can’t be read. Choose a JPEG, PNG, WebP or GIF picture.", name=shown)
        ) from None


def kept_file(made: bytes, name: str, ending: str, media_type: str) -> StoredFile:
    stem = "".join(letter for letter in name.rpartition(".")[0] if letter.isalnum() or letter in " -_")[:80]
    return StoredFile(
        name=f"{stem.strip() or 'picture'}.{ending}",
        media_type=media_type,
        content=made,
        sha256=hashlib.sha256(made).hexdigest(),
    )


def small_png(opened: Image.Image) -> bytes:
    upright = ImageOps.exif_transpose(opened).convert("RGBA")
    upright.thumbnail(LOGO_SIZE)
    clean = Image.new("RGBA", upright.size)
    clean.paste(upright)
    into = io.BytesIO()
    clean.save(into, "PNG", optimize=True)
    return into.getvalue()


def jpeg(opened: Image.Image) -> bytes:
    upright = ImageOps.exif_transpose(opened)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    if upright.mode not in ("RGB", "L"):
        with_alpha = upright.convert("RGBA")
        upright = Image.new("RGB", with_alpha.size, "white")
        upright.paste(with_alpha, mask=with_alpha.getchannel("A"))
    into = io.BytesIO()
    upright.save(into, "JPEG", quality=85, optimize=True)
    return into.getvalue()

"""A QR code as a picture in the page: no program elsewhere is asked to draw it."""

from __future__ import annotations

from markupsafe import Markup

#: Light squares round it, without which phones don't find it.
QUIET = 4


def draw_qr(text: str, *, label: str) -> Markup:
    """Dark on light in any colours of the page. Its size is its own: the page scales it."""
    from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel  # long to load, and seldom asked

    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(text)
    code.make()
    size = code.getModuleCount()
    dark = "".join(
        f"M{column + QUIET} {row + QUIET}h1v1h-1z"
        for row in range(size)
        for column in range(size)
        if code.isDark(row, column)
    )
    whole = size + 2 * QUIET
    return Markup(
        '<svg class="qr-code" viewBox="0 0 {0} {0}" width="220" height="220" role="img" aria-label="{1}" '
        'shape-rendering="crispEdges"><rect width="{0}" height="{0}" fill="#fff"/><path d="{2}" fill="#000"/></svg>'
    ).format(whole, label, dark)

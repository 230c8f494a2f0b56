"""QR codes as pictures."""

import io

import segno
from aiohttp import hdrs, web


def qr_code(text: str) -> web.Response:
    """A text as a QR code that nobody on the way keeps."""
    svg = io.BytesIO()
    segno.make_qr(text, error="m").save(svg, kind="svg", light="#fff", omitsize=True)
    headers = {hdrs.CACHE_CONTROL: "no-store"}
    return web.Response(body=svg.getvalue(), content_type="image/svg+xml", headers=headers)

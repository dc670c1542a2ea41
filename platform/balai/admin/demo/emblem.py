"""A made-up crest for a demo region: a shield in its colours with its initials. Real crests belong to the regions."""

import io


def draw(initials: str, primary: str, accent: str) -> bytes:
    """PNG, 512 x 512 pixels, transparent around the shield."""
    from PIL import Image, ImageDraw, ImageFont

    side = 512
    image = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    outer = [(56, 40), (456, 40), (456, 270), (256, 488), (56, 270)]
    inner = [(84, 68), (428, 68), (428, 258), (256, 448), (84, 258)]
    pen.polygon(outer, fill=accent)
    pen.polygon(inner, fill=primary)
    for step in range(5):
        left = 84 + step * 344 // 5
        pen.polygon([(left, 300), (left + 34, 268), (left + 69, 300), (left + 34, 332)], outline=accent, width=6)
    font = ImageFont.load_default(150)
    pen.text((side / 2, 172), initials, fill="white", font=font, anchor="mm")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()

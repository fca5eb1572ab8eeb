#!/usr/bin/env python3
"""Writes cut_pictures.json: small pictures that end early or have odd headers, and the pixels that Pillow makes of them.

    pip install pillow numpy && tests/image/make_cut_pictures.py tests/image/cut_pictures.json

Each is {"name", "file": bytes in hexadecimal, "width", "height", "rgb": bytes in hexadecimal}. The pixels are those of
Image.open().convert("RGB") with LOAD_TRUNCATED_IMAGES, as in the authors' loader; made with Pillow 13.0.
A progressive JPEG is cut in its last scan: how libjpeg-turbo smooths what earlier ones leave open changed in 3.1.
"""
import io
import json
import struct
import sys
import zlib

import numpy as np
from PIL import Image, ImageFile

ImageFile.LOAD_TRUNCATED_IMAGES = True
WIDTH, HEIGHT = 13, 11
PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]  # Adam7
LEVELS = np.random.default_rng(7).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)


def encoded(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def smooth():
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    return Image.fromarray(np.stack([x * 19, y * 22, (x + y) * 10], 2).astype(np.uint8))


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def interlaced_png(samples, color, depth, palette=b""):
    """`samples`: [height, width, bytes of a pixel], or with under 8 bits [height, width] of values. Pillow writes none."""
    raw = b""
    for x, y, dx, dy in PASSES:
        for row in samples[y::dy, x::dx]:
            bits = "".join(format(int(v), f"0{depth}b") for v in row) if depth < 8 else ""
            bits += "0" * (-len(bits) % 8)
            raw += b"\0" + (int(bits, 2).to_bytes(len(bits) // 8, "big") if bits else row.tobytes())
    header = struct.pack(">IIBBBBB", samples.shape[1], samples.shape[0], depth, color, 0, 0, 1)
    body = chunk(b"IHDR", header) + (chunk(b"PLTE", palette) if palette else b"") + chunk(b"IDAT", zlib.compress(raw, 0))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def bmp(bits, at, colors):
    """A BMP whose header names `at` as the place of its pixels, with a palette of `colors` (0: of them all)."""
    palette = LEVELS.tobytes()[: 4 * (colors or 1 << bits)]
    header = struct.pack("<IIIIiiHHIIIIII", 0, 0, at, 40, 9, 5, 1, bits, 0, 0, 0, 0, colors, 0)
    return b"BM" + header + palette + LEVELS.tobytes()[::-1][:60]


def files():
    indexed = smooth().quantize(16)
    palette, indices = bytes(indexed.getpalette()[:48]), np.asarray(indexed)
    whole = {
        "png_palette": encoded(indexed, "PNG", compress_level=0),
        "png_interlaced_rgb": interlaced_png(LEVELS, 2, 8),
        "png_interlaced_palette": interlaced_png(indices, 3, 4, palette),
        "png_interlaced_gray1": interlaced_png(LEVELS[:, :, 0] // 128, 0, 1),
        "png_interlaced_gray16": interlaced_png(np.stack([LEVELS[:, :, 0] // 200, LEVELS[:, :, 1]], 2), 0, 16),
        "gif": encoded(Image.fromarray(LEVELS).quantize(64), "GIF", interlace=0),
        "gif_interlaced": encoded(Image.fromarray(LEVELS).quantize(64), "GIF", interlace=1),
        "gif_transparent": encoded(Image.fromarray(LEVELS).quantize(64), "GIF", interlace=0, transparency=5),
        "jpeg": encoded(smooth(), "JPEG", quality=80, subsampling=0),
        "jpeg_progressive": encoded(smooth(), "JPEG", quality=80, subsampling=0, progressive=True),
        "bmp_palette": encoded(indexed, "BMP"),
    }
    for name, data in whole.items():
        if name.startswith("gif"):  # two blocks of data in place of one: a block counts only when it is whole
            start = data.index(b",") + 11
            blocks = data[start + 1 : start + 1 + data[start]]
            data = data[:start] + b"".join(bytes([len(b)]) + b for b in (blocks[:90], blocks[90:])) + b"\0;"
            yield name, data[: start + 91]
            continue
        scans = [at for at in range(len(data)) if data.startswith(b"\xff\xda", at)]
        for share in (0.8,) if name == "jpeg_progressive" else (0.55, 0.8):
            cut = int(len(data) * share)
            if name == "jpeg":
                cut = scans[0] + 14 + int((len(data) - scans[0] - 14) * share)
            if name == "jpeg_progressive":  # within the data of the last scan
                cut = scans[-1] + 14
            yield f"{name}_{cut}", data[:cut]
    for bits, colors in ((1, 0), (4, 0), (4, 7), (8, 90)):
        for at in (0, 54, 56, 54 + 4 * (colors or 1 << bits)):
            yield f"bmp{bits}_of_{colors}_at_{at}", bmp(bits, at, colors)


def main():
    pictures = []
    for name, data in files():
        rgb = Image.open(io.BytesIO(data)).convert("RGB")
        pictures.append({"name": name, "file": data.hex(), "width": rgb.width, "height": rgb.height, "rgb": rgb.tobytes().hex()})
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        out.write("[" + ",\n".join(json.dumps(picture) for picture in pictures) + "]\n")


main()

#!/usr/bin/env python3
"""Makes tests/data/samples/*.parquet with pyarrow: small tables as img2dataset and the hub write them, and the encodings and
types that a reader meets. Run with pyarrow 26: PYTHONPATH=build/arrow python3 tests/data/make_parquet.py
"""
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

OUT = pathlib.Path(__file__).parent / "samples"
CAPTIONS = ["a dog", "two cats on a mat", None, "", "caf\u00e9 \u72ac"]
PICTURES = [b"first picture", b"second", None, b"", b"fifth" * 50]


def write(name, columns, **options):
    pq.write_table(pa.table(columns), OUT / name, **options)


def main():
    OUT.mkdir(exist_ok=True)
    # img2dataset's "parquet" output: pictures in a column of their own, many small row groups.
    write("img2dataset.parquet", {"key": pa.array([f"{i:09}" for i in range(5)]), "caption": CAPTIONS, "jpg": PICTURES,
                                  "status": ["success"] * 2 + ["failed_to_download"] * 2 + ["success"],
                                  "width": pa.array([1, 2, None, None, 5], pa.int32())}, row_group_size=2, compression="snappy")
    # The hub's image feature: a group of bytes and path; captions as lists.
    images = [{"bytes": b, "path": f"{i}.jpg"} for i, b in enumerate(PICTURES)]
    write("hub.parquet", {"image": pa.array(images), "caption": [[c, "again"] if c else [] for c in CAPTIONS],
                          "image_id": pa.array([7, 8, 9, 7, None], pa.int64())}, row_group_size=3, compression="zstd")
    # A table of paths; categories as pandas writes them.
    write("paths.parquet", {"filepath": pa.array(["b/1.jpg", "b/2.jpg", "b/1.jpg", "x", None]).dictionary_encode(),
                            "TEXT": pa.array(CAPTIONS, pa.large_string()), "image_id": ["p", "q", "p", None, "r"]},
          compression="gzip", data_page_version="2.0", use_dictionary=False)
    # Ids with a gap, which pandas makes floating-point numbers of; lists of fixed size; views.
    write("pandas.parquet", {"original": pa.array([f"before {i}".encode() for i in range(3)]).dictionary_encode(),
                             "edited": pa.array([f"after {i}".encode() for i in range(3)], pa.large_binary()),
                             "caption": pa.array([[f"one {i}", f"again {i}"] for i in range(3)], pa.list_(pa.string(), 2)),
                             "image_id": pa.array([1.0, None, 3.0])})
    write("numbers.parquet", {"image": [1.5, 2.5], "caption": ["a", "b"]}, compression="none")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Pairs in every format of train_data, written by the format's own tool where there is one: the same pairs, the same losses.

usage: test_formats.py PROGRAM
       test_formats.py PROGRAM --data FOLDER/coco_train.json --steps 20     the same of one's own JSON list, losses alone

The tools are webdataset, pycocotools and pyarrow; `tools/setup --tests` fetches them into build/test_python.
"""
import argparse
import csv
import gzip
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "build/test_python"), str(ROOT / "build/arrow")]
import pyarrow  # noqa: E402
import pyarrow.parquet as parquet  # noqa: E402
import webdataset  # noqa: E402
from pycocotools.coco import COCO  # noqa: E402

from program import CONFIG, PROGRAM, ProgramTest, albef  # noqa: E402


class Pairs:
    """Pictures with a caption each, in the order of a JSON list; and the same in other formats, below `folder`."""

    def __init__(self, listed, folder):
        self.root, self.folder = Path(listed).parent, folder
        folder.mkdir(parents=True, exist_ok=True)
        self.rows = []  # (path below the root, caption, number of the picture)
        for record in json.loads(Path(listed).read_text()):
            for caption in [record["caption"]] if isinstance(record["caption"], str) else record["caption"]:
                self.rows.append((record["image"], caption, record["image_id"]))
        self.formats = {name: make() for name, make in (
            ("JSON", self.json), ("JSON lines", self.json_lines), ("COCO", self.coco), ("Karpathy", self.karpathy), ("CSV", self.csv), ("TSV", self.tsv),
            ("Parquet of paths", self.parquet_paths), ("Parquet", self.parquet), ("Parquet of the hub", self.hub), ("SBU", self.sbu),
            ("shards", self.shards), ("packed shards", self.packed_shards), ("a pipe", self.pipe))}

    def bytes(self, image):
        return (self.root / image).read_bytes()

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return {"source": str(self.folder / name), "image_root": str(self.root)}

    def json(self):
        return self.write("list.json", json.dumps([{"image": i, "caption": c, "image_id": n} for i, c, n in self.rows]))

    def json_lines(self):
        return self.write("list.jsonl", "".join(json.dumps({"image": i, "caption": c, "image_id": n}) + "\n" for i, c, n in self.rows))

    def coco(self):
        """Loaded and written again by COCO's own tool, which fails on what is no annotation file."""
        entry = self.write("captions_train2014.json", json.dumps({
            "info": {}, "licenses": [], "images": [{"id": n, "file_name": i, "width": 1, "height": 1} for i, n in dict((i, n) for i, _, n in self.rows).items()],
            "annotations": [{"id": k, "image_id": n, "caption": c} for k, (_, c, n) in enumerate(self.rows)]}))
        output, sys.stdout = sys.stdout, io.StringIO()
        try:
            coco = COCO(entry["source"])
        finally:
            sys.stdout = output
        self.coco_pairs = [(coco.loadImgs(a["image_id"])[0]["file_name"], a["caption"]) for a in coco.loadAnns(coco.getAnnIds())]
        Path(entry["source"]).write_text(json.dumps(coco.dataset))
        return entry

    def karpathy(self):
        entry = self.write("dataset.json", json.dumps({"dataset": "x", "images": [
            {"filename": Path(i).name, "filepath": str(Path(i).parent), "cocoid": n, "split": "train", "sentences": [{"raw": c}]} for i, c, n in self.rows]}))
        return {**entry, "source": entry["source"] + "#train"}

    def csv(self):
        with open(self.folder / "list.csv", "w", newline="") as file:
            table = csv.writer(file)
            table.writerow(["title", "filepath"])
            table.writerows((c, i) for i, c, _ in self.rows)
        return {"source": str(self.folder / "list.csv"), "image_root": str(self.root)}

    def tsv(self):
        """As Conceptual Captions 3M: no header, no quotes, caption and url; pictures by their row."""
        (self.folder / "pictures").mkdir()
        for row, (image, _, _) in enumerate(self.rows):
            (self.folder / f"pictures/{row:09}.jpg").write_bytes(self.bytes(image))
        entry = self.write("Train_GCC-training.tsv", "".join(f"{c}\thttp://example.org/{k}\n" for k, (_, c, _) in enumerate(self.rows)))
        return {**entry, "image_root": str(self.folder), "image": "pictures/{row:09}.jpg", "caption": "1"}

    def sbu(self):
        entry = self.write("sbu-captions-all.json", json.dumps({"image_urls": ["http://example.org"] * len(self.rows), "user_ids": ["u"] * len(self.rows),
                                                                 "captions": [c for _, c, _ in self.rows]}))
        return {**entry, "image_root": str(self.folder), "image": "pictures/{row:09}.jpg"}

    def table(self, name, columns, **options):
        parquet.write_table(pyarrow.table(columns), self.folder / name, **options)
        return {"source": str(self.folder / name), "image_root": str(self.root)}

    def parquet_paths(self):
        return self.table("paths.parquet", {"caption": [c for _, c, _ in self.rows], "image_path": [i for i, _, _ in self.rows]})

    def parquet(self):
        return self.table("img2dataset.parquet", {"key": [f"{k:09}" for k in range(len(self.rows))], "caption": [c for _, c, _ in self.rows],
                                                  "jpg": [self.bytes(i) for i, _, _ in self.rows]}, row_group_size=7)

    def hub(self):
        return self.table("hub.parquet", {"image": [{"bytes": self.bytes(i), "path": None} for i, _, _ in self.rows], "text": [c for _, c, _ in self.rows]},
                          row_group_size=11, compression="zstd")

    def shards(self):
        with webdataset.ShardWriter(str(self.folder / "%05d.tar"), maxcount=10, verbose=0) as writer:
            for k, (image, caption, number) in enumerate(self.rows):
                writer.write({"__key__": f"{k:09}", "jpg": self.bytes(image), "txt": caption, "json": {"image_id": number, "width": 1}})
        return {"source": f"{self.folder}/{{00000..{(len(self.rows) - 1) // 10:05}}}.tar"}

    def packed_shards(self):
        for shard in sorted(self.folder.glob("0*.tar")):
            (self.folder / (shard.name + ".gz")).write_bytes(gzip.compress(shard.read_bytes(), 1))
        return {"source": f"{self.folder}/0*.tar.gz"}

    def pipe(self):
        return {"source": f"pipe:cat {self.folder}/{{00000..{(len(self.rows) - 1) // 10:05}}}.tar"}


def flags(entry):
    named = [text for key, value in entry.items() if key != "source" for text in (f"--{key.replace('_', '-')}", value)]
    return [entry["source"], *named]


def listed(entry):
    run = albef("data", "list", *flags(entry))
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


def losses(config, entries, out, steps, *more):
    # One vocabulary for all: trained on the same captions in the same order.
    run = albef("pretrain", "--config", config, "--output-dir", out, "--max-steps", steps, "--threads", 1, "--precision", "float32", "--set", "train_file=[]",
                "--set", "train_data=" + json.dumps(entries), "--set", "shuffle=false", "--set", "image_root=", *more)
    assert run.returncode == 0, run.stderr
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if key.startswith("loss")} for line in lines if "loss" in line]


class Formats(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pairs = Pairs(cls.data / "val.json", cls.root / "formats")

    def test_every_format_gives_the_same_pairs(self):
        want = [[c] for _, c, _ in self.pairs.rows]
        self.assertEqual([c for _, c in self.pairs.coco_pairs], [c for _, c, _ in self.pairs.rows], "COCO's tool reads them so")
        shards = webdataset.WebDataset(str(self.pairs.folder / "{00000..00001}.tar"), shardshuffle=False)
        self.assertEqual([s["txt"].decode() for s in shards], [c for _, c, _ in self.pairs.rows][:20], "WebDataset's tool reads them so")
        for name, entry in self.pairs.formats.items():
            with self.subTest(name):
                records = listed(entry)
                self.assertEqual([r["caption"] for r in records], want)
                if "image_root" in entry and "image" not in entry and "jpg" not in name and name not in ("Parquet", "Parquet of the hub"):
                    self.assertEqual([r["image"] for r in records], [str(self.pairs.root / i) for i, _, _ in self.pairs.rows])
                if name in ("JSON", "JSON lines", "COCO", "Karpathy", "shards"):
                    numbers = [n for _, _, n in self.pairs.rows]
                    self.assertEqual([r["image_id"] == records[0]["image_id"] for r in records], [n == numbers[0] for n in numbers])

    def test_every_format_gives_the_same_losses(self):
        want = None
        for name, entry in self.pairs.formats.items():
            with self.subTest(name):
                got = losses(self.config, [entry], self.root / "out" / name.replace(" ", "_"), 4)
                want = want or got
                self.assertEqual(len(got), 4)
                self.assertEqual(got, want)

    def test_sources_are_mixed_with_weights_and_resumed(self):
        entries = [{**self.pairs.formats["packed shards"], "weight": 0.5}, {**self.pairs.formats["CSV"], "weight": 1.5}, self.pairs.formats["Parquet"]]
        n = len(self.pairs.rows)
        more = ["--set", "shuffle=true", "--set", "batch_size=8"]
        whole = losses(self.config, entries, self.root / "mixed", 30, *more)
        config = (self.root / "mixed/config.yaml").read_text()
        self.assertIn("weight: 1.5", config)
        lines = [json.loads(line) for line in (self.root / "mixed/metrics.jsonl").read_text().splitlines()]
        first_epoch = sum(1 for line in lines if line.get("epoch") == 0 and "loss" in line)
        self.assertEqual(first_epoch, 3 * n // 8)
        part = losses(self.config, entries, self.root / "part", 11, *more)
        rest = losses(self.config, entries, self.root / "part", 30, *more, "--resume", "auto")
        self.assertEqual(part, whole[:11])
        self.assertEqual(rest, whole)

    def test_an_archive_that_is_cut_gives_what_it_holds(self):
        shard = self.pairs.folder / "00000.tar"
        cut = self.root / "cut.tar"
        with tarfile.open(shard) as tar:
            end = tar.getmembers()[13].offset_data + 100  # in the middle of the fifth sample
        cut.write_bytes(shard.read_bytes()[:end])
        out = self.root / "cut_out"
        run = self.pretrain(out, "--max-steps", 1, "--set", f"train_data=[{cut}]", "--set", "train_file=[]", "--set", "batch_size=4", "--set", "image_root=")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("cut.tar: ends too early", run.stderr)
        self.assertEqual(json.loads((out / "bad_samples.jsonl").read_text())["reason"], "truncated archive")
        self.assertEqual(len(listed({"source": str(cut)})), 4)

    def test_bad_sources_are_one_line_or_a_counted_skip(self):
        text = self.root / "text.tar"
        text.write_text("no archive\n")
        outside = self.root / "outside.tar"
        with tarfile.open(outside, "w") as tar:
            for name, kind in (("../escaped.jpg", tarfile.REGTYPE), ("link.jpg", tarfile.SYMTYPE)):
                member = tarfile.TarInfo(name)
                member.type, member.linkname = kind, "/etc/passwd"
                tar.addfile(member, io.BytesIO(b""))
        table = self.root / "table.csv"
        table.write_text('filepath,title\na.jpg,"never closed\nb.jpg,a dog\n')
        train = lambda *entries: self.pretrain(self.root / "refused", "--set", "train_file=[]", "--set", "train_data=" + json.dumps(list(entries)))
        cases = [({"source": str(text)}, "text.tar: is no tar archive"), ({"source": str(self.root / "none.tar")}, "none.tar: cannot be opened"),
                 ({"source": "pipe:echo gone >&2; false"}, "ended with status 1: gone"), ({"source": "pipe:sleep 100", "timeout": 1}, "gave nothing for 1 s"),
                 ({"source": str(outside)}, "1 no regular file in the archive, 1 path leads out of the archive"),
                 ({"source": str(table), "caption": "text"}, "text"), ({"source": str(table), "wieght": 2}, "did you mean 'train_data.weight'"),
                 ({"source": str(self.root / "{9..1}.tar")}, "no range"), ({"source": str(self.root / "x-*.tar")}, "no file matches"),
                 ({"source": self.pairs.formats["Parquet"]["source"], "caption": "title"}, "has no column 'title'; columns: 1 'key', 2 'caption', 3 'jpg'")]
        for entry, words in cases:
            with self.subTest(words):
                self.refused(train(entry), words)
        self.assertFalse((self.root.parent / "escaped.jpg").exists())
        rows = listed({"source": str(table)})
        self.assertEqual([row["caption"] for row in rows], [["a dog"]])

    def test_a_shard_is_evaluated_and_trains_a_vocabulary(self):
        shard, words = self.pairs.folder / "00000.tar", self.root / "words"
        out = self.root / "evaluated"
        losses(self.config, [self.pairs.formats["CSV"]], out, 1)
        for data in (shard, self.pairs.folder / "00000.tar.gz", self.pairs.formats["Parquet"]["source"]):
            run = albef("eval", "retrieval", "--checkpoint", out, "--data", data, "--json", "-")
            self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(albef("vocab", "train", "--size", 200, "--out", words, shard).returncode, 0)
        bench = albef("bench", "loader", "--config", self.config, "--data", self.pairs.formats["a pipe"]["source"], "--batch", 4)
        self.assertEqual(bench.returncode, 0, bench.stderr)

    def test_what_is_indexed_can_be_stopped(self):
        mark = f"sleep 6{os.getpid()}"
        run = subprocess.Popen([PROGRAM, *map(str, self.arguments(self.root / "indexing", "--set", "train_file=[]", "--set", f"train_data=['pipe:{mark}']"))],
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        commands = lambda: [line for line in subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout.splitlines() if line.endswith(mark)]
        self.wait_for(run, commands)
        run.send_signal(signal.SIGTERM)
        rest = run.communicate(timeout=30)[1]
        self.assertEqual(run.returncode, 130, rest)
        self.assertEqual(commands(), [])

    def test_a_dead_source_is_told_and_the_run_can_be_stopped(self):
        """The command gives the shard once, for its index, and then nothing."""
        once, out = self.root / "once", self.root / "dead"
        command = f"if [ -e {once} ]; then sleep 600; fi; touch {once}; cat {self.pairs.folder}/00000.tar"
        run = subprocess.Popen([PROGRAM, *map(str, self.arguments(out, "--set", "train_file=[]", "--set", "train_data=" + json.dumps(["pipe:" + command]),
                                                                  "--set", "batch_size=4"))], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for line in run.stderr:
            if "data wait" in line:
                break
        begin = time.time()
        run.send_signal(signal.SIGINT)
        rest = run.communicate(timeout=30)[1]
        self.assertEqual(run.returncode, 130, rest)
        self.assertLess(time.time() - begin, 10)
        self.assertNotIn("sleep 600", subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout.replace(command, ""))


def compare(data, steps):
    """The losses of one's own list in every format."""
    import tempfile
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        pairs = Pairs(data, root / "formats")
        config = root / "config.yaml"
        config.write_text(CONFIG.format(data=root).replace("image_res: 32", "image_res: 64"))
        want = None
        for name, entry in pairs.formats.items():
            got = losses(config, [entry], root / name.replace(" ", "_"), steps)
            want = want or got
            print(f"{name:18} {len(got)} steps, last losses {got[-1]}: {'the same' if got == want else 'OTHER'}", flush=True)
            if got != want:
                sys.exit(1)
        print(f"{len(pairs.rows)} pairs: the same losses in {len(pairs.formats)} formats, bit for bit")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--data")
    parser.add_argument("--steps", type=int, default=20)
    options, rest = parser.parse_known_args()
    if options.data:
        compare(options.data, options.steps)
    else:
        unittest.main(argv=[sys.argv[0], *rest])

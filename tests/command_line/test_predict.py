#!/usr/bin/env python3
"""Predictions and explanations by the program, on one's own files: answers, forms of input, and what is refused.

usage: test_predict.py PROGRAM
"""
import ast
import json
import re
import shutil
import struct
import unittest

from program import ProgramTest, albef, read_safetensors
from test_fine_tuning import FINE_TUNE, MORE_SETTINGS, TASKS


def lines_of(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def read_npy(path):
    content = path.read_bytes()
    assert content[:8] == b"\x93NUMPY\x01\x00"
    length = struct.unpack("<H", content[8:10])[0]
    assert (10 + length) % 64 == 0
    header = ast.literal_eval(content[10:10 + length].decode())
    assert header["descr"] == "<f4" and not header["fortran_order"]
    rows, width = header["shape"]
    values = struct.unpack(f"<{rows * width}f", content[10 + length:])
    return [values[r * width:(r + 1) * width] for r in range(rows)]


def size_of_png(path):
    content = path.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", content[16:24])


class Predict(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.runs = {"pretrained": cls.root / "pretrained"}
        run = albef("pretrain", "--config", cls.config, "--output-dir", cls.runs["pretrained"], "--threads", 1, "--max-steps", 3, "--precision", "float32")
        assert run.returncode == 0, run.stderr
        for task in ("ve", "nlvr", "vqa"):
            command, prefix, batch, _ = TASKS[task]
            config, out = cls.root / f"{task}.yaml", cls.root / task
            text = FINE_TUNE.format(data=cls.data, train=cls.data / f"{prefix}train.json", val="") + f"{batch}: 16\n"
            config.write_text(text.replace("val_file: \n", "") + MORE_SETTINGS.get(task, "").format(data=cls.data))
            run = albef(*command, "--config", config, "--checkpoint", cls.runs["pretrained"], "--output-dir", out, "--threads", 1, "--max-steps", 2)
            assert run.returncode == 0, run.stderr
            cls.runs[task] = out
        cls.pictures = cls.root / "pictures"
        (cls.pictures / "inner").mkdir(parents=True)
        scenes = sorted((cls.data / "images/test").glob("*"))
        for number, name in enumerate(("a", "b", "inner/c")):
            shutil.copy(scenes[number], cls.pictures / f"{name}{scenes[number].suffix}")
        cls.one, cls.two = sorted(cls.pictures.glob("*.*"))
        cls.broken = cls.root / "broken.jpg"
        cls.broken.write_bytes(b"no picture")

    def predict(self, task, *args, run="pretrained", **kwargs):
        return albef("predict", task, "--checkpoint", self.runs[run], "--threads", 1, *args, **kwargs)

    def answered(self, *args, **kwargs):
        result = self.predict(*args, "--json", "-", **kwargs)
        self.assertEqual(result.returncode, 0, result.stderr)
        return lines_of(result)

    def test_each_picture_is_matched_with_each_text_however_it_is_named(self):
        texts = ["a red circle", "a blue square"]
        by_file = self.answered("match", "--image", self.one, self.two, "--text", *texts)
        self.assertEqual([(line["image"], line["text"]) for line in by_file], [(str(p), t) for p in (self.one, self.two) for t in texts])
        for line in by_file:
            self.assertTrue(-1 <= line["itc"] <= 1 and 0 <= line["itm"] <= 1, line)
        self.assertEqual(self.answered("match", "--image", f"{self.pictures}/[ab].*", "--text", *texts), by_file)
        folder = self.answered("match", "--image", self.pictures, "--text", *texts)
        self.assertEqual(folder[:4], by_file)
        self.assertEqual(len(folder), 6)  # the picture in the folder within it, too
        asked = "".join(json.dumps({"image": line["image"], "text": line["text"], "id": n}) + "\n" for n, line in enumerate(by_file))
        given = self.answered("match", "--input", "-", input=asked)
        self.assertEqual(given, [{**dict(list(line.items())[:2]), "id": n, **dict(list(line.items())[2:])} for n, line in enumerate(by_file)])
        one_by_one = self.answered("match", "--image", self.one, self.two, "--text", *texts, "--batch-size", 1, "--precision", "float32")
        for a, b in zip(self.answered("match", "--image", self.one, self.two, "--text", *texts, "--precision", "float32"), one_by_one):
            self.assertAlmostEqual(a["itc"], b["itc"], 5)
            self.assertAlmostEqual(a["itm"], b["itm"], 5)
        self.assertNotIn("itm", self.answered("match", "--image", self.one, "--text", "a circle", "--no-itm")[0])

    def test_people_get_a_table_and_scripts_a_file_of_lines(self):
        out = self.root / "match.jsonl"
        result = self.predict("match", "--image", self.one, "--text", "a red circle", "--json", out)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stdout, r"(?m)^picture +text +ITC +ITM\n\S+ +a red circle +-?0\.\d{3} +\d+\.\d %$")
        self.assertEqual(len(out.read_text().splitlines()), 1)
        self.assertEqual(result.stderr, "")  # what was loaded is asked for
        self.assertIn("tensors loaded", self.predict("match", "--image", self.one, "--text", "x", "--verbose").stderr)

    def test_sentences_are_judged_as_the_evaluation_judges_them(self):
        for task, prefix in (("ve", "ve_"), ("nlvr", "nlvr_")):
            records = json.loads((self.data / f"{prefix}test.json").read_text())[:6]
            samples = self.root / f"{task}.jsonl"
            data = self.root / f"{task}_some.json"
            data.write_text(json.dumps(records))
            run = albef("eval", task, "--checkpoint", self.runs[task], "--data", data, "--image-root", self.data, "--threads", 1, "--samples", samples, "--quiet")
            self.assertEqual(run.returncode, 0, run.stderr)
            wanted = [json.loads(line) for line in samples.read_text().splitlines()]
            lines = ""
            for sample, record in zip(wanted, records):
                pictures = {"image": sample["images"][0]} if task == "ve" else {"images": sample["images"]}
                lines += json.dumps({**pictures, "text": record["sentence"]}) + "\n"
            asked = self.root / f"{task}_asked.jsonl"
            asked.write_text(lines)
            found = self.answered(task, "--input", asked, "--image-root", self.data, run=task)
            self.assertEqual([line["label"] for line in found], [sample["answer"] for sample in wanted])
            for line, sample in zip(found, wanted):
                for label, probability in sample["probabilities"].items():
                    self.assertAlmostEqual(line["probabilities"][label], probability, 2)
        pair = self.answered("nlvr", "--image", self.one, self.two, "--text", "both show a circle", run="nlvr")
        self.assertEqual(pair[0]["images"], [str(self.one), str(self.two)])
        self.refused(self.predict("nlvr", "--image", self.one, "--text", "both show a circle", run="nlvr"), "groups of 2")

    def test_questions_are_answered_from_lists_of_ones_own_and_freely(self):
        ask = ["vqa", "--image", self.one, "--text", "what colour is the circle?"]
        own = self.answered(*ask, "--answer", "red", "blue", "green", "--top", 2, run="vqa")[0]
        self.assertEqual(own["answer"], own["answers"][0]["answer"])
        self.assertEqual(len(own["answers"]), 2)
        self.assertLessEqual(sum(a["probability"] for a in own["answers"]), 1.0001)
        listed = self.root / "answers.json"
        listed.write_text('["red", "blue", "green"]')
        self.assertEqual(self.answered(*ask, "--answers", listed, "--top", 2, run="vqa")[0], own)
        self.refused(self.predict(*ask, "--answers", listed, "--json", listed, run="vqa"), "would be overwritten")
        self.assertEqual(listed.read_text(), '["red", "blue", "green"]')
        self.assertEqual(len(self.answered(*ask, run="vqa")[0]["answers"]), 5)  # of the run's own list
        self.assertNotIn("probability", self.answered(*ask, "--generate", run="vqa")[0]["answers"][0])
        self.refused(self.predict(*ask, "--answer", "red", "red", run="vqa"), "was there before")
        self.refused(self.predict(*ask, "--answer", "red", "--generate", run="vqa"), "give one of them")

    def test_phrases_are_boxed_and_drawn(self):
        draw = self.root / "drawn"
        found = self.answered("ground", "--image", self.one, "--text", "the red circle", "the square", "--draw", draw)
        width, height = found[0]["size"]
        self.assertEqual((width, height), (48, 48))
        for line in found:
            left, top, wide, high = line["box"]
            self.assertTrue(0 <= left and 0 <= top and left + wide <= width and top + high <= height, line)
            self.assertTrue(left <= line["point"][0] <= left + wide and top <= line["point"][1] <= top + high, line)
            self.assertEqual(size_of_png(self.root / line["drawn"]), (48, 48))
        self.assertEqual(len(set(line["drawn"] for line in found)), 2)
        self.assertNotEqual(found[0]["box"], self.answered("ground", "--image", self.one, "--text", "the red circle", "--mode", "itc", "--box-threshold", 0.9)[0]["box"])
        self.refused(self.predict("ground", "--image", self.one, "--text", "x", "--layer", 0), "expected 1 to 1")

    def test_masked_words_are_filled_in_by_both_models(self):
        found = self.answered("fill", "--image", self.one, "--text", "A [MASK] circle, [mask] left", "--top", 3)[0]
        self.assertEqual([mask["masked"] for mask in found["masks"]], ["a [MASK] circle [MASK] left"] * 2)
        for mask in found["masks"]:
            self.assertEqual([len(mask[who]) for who in ("student", "momentum")], [3, 3])
        brackets = self.answered("fill", "--image", self.one, "--text", "[MASK] circle, a [MASK]", "--top", 1)
        self.assertEqual([line["text"] for line in brackets], ["[MASK] circle, a [MASK]"])
        self.assertEqual(len(brackets[0]["masks"]), 2)
        each = self.answered("fill", "--image", self.one, "--text", "a red circle")[0]["masks"]
        self.assertIn("a [MASK] circle", [mask["masked"] for mask in each])
        table = self.predict("fill", "--image", self.one, "--text", "a [MASK] circle").stdout
        self.assertRegex(table, r"picture +text +student +momentum")
        self.refused(self.predict("fill", "--image", self.one, "--text", "word " * 30 + "[MASK]"), "a [MASK] with it")

    def test_features_are_written_for_numpy_and_as_safetensors(self):
        npy, both = self.root / "rows.npy", self.root / "rows.safetensors"
        rows = self.answered("embed", "--image", self.pictures, "--out", npy)
        self.assertEqual([line["image_row"] for line in rows], [0, 1, 2])
        table = read_npy(npy)
        for row in table:
            self.assertAlmostEqual(sum(x * x for x in row), 1, 4)
        self.answered("embed", "--image", self.one, "--text", "a red circle", "a square", "--out", both)
        header, _ = read_safetensors(both)
        self.assertEqual((header["image"]["shape"], header["text"]["shape"]), ([1, 16], [2, 16]))
        text = self.root / "text.npy"
        self.answered("embed", "--text", "a red circle", "--out", text)
        itc = self.answered("match", "--image", self.one, "--text", "a red circle")[0]["itc"]
        self.assertAlmostEqual(sum(a * b for a, b in zip(table[0], read_npy(text)[0])), itc, 2)
        self.refused(self.predict("embed", "--image", self.one, "--text", "a", "--out", npy), "one table")
        self.refused(self.predict("embed", "--image", self.one, "--out", self.root / "rows.txt"), ".npy or .safetensors")
        self.refused(self.predict("embed", "--image", self.one, "--out", npy, "--json", f"{self.root}/./rows.npy"), "name two files")

    def test_classes_are_told_apart_without_training(self):
        classes = ["--class", "circle", "square", "star", "--template", "a {}", "a picture of a {}"]
        found = self.answered("classify", "--image", self.pictures, *classes)
        self.assertEqual(len(found), 3)
        for line in found:
            self.assertAlmostEqual(sum(one["probability"] for one in line["classes"]), 1, 4)
            self.assertEqual(line["class"], line["classes"][0]["class"])
        names = self.root / "classes.txt"
        names.write_text("circle\nsquare\n\nstar\n")
        self.assertEqual(self.answered("classify", "--image", self.pictures, "--classes", names, *classes[4:]), found)
        self.refused(self.predict("classify", "--image", self.one, "--class", "circle", "square", "--template", "a picture"), "has no {}")
        self.refused(self.predict("classify", "--image", self.one, "--class", "circle"), "two or more")
        self.refused(self.predict("classify", "--image", self.one, "--classes", names, "--json", names), "would be overwritten")
        self.assertIn("star", names.read_text())

    def test_a_broken_picture_costs_its_own_answer_alone(self):
        for task, run, more in (("match", "pretrained", []), ("ve", "ve", []), ("vqa", "vqa", ["--answer", "red", "blue"]), ("ground", "pretrained", []),
                                ("fill", "pretrained", []), ("classify", "pretrained", ["--class", "circle", "star"])):
            with self.subTest(task):
                text = [] if task == "classify" else ["--text", "a circle"]
                result = self.predict(task, "--image", self.one, self.broken, self.two, *text, *more, "--json", "-", run=run)
                self.assertEqual(result.returncode, 1, result.stderr)
                lines = lines_of(result)
                self.assertEqual(["error" in line for line in lines], [False, True, False])
                self.assertIn("broken.jpg", lines[1]["error"])
                self.assertIn("1 of 3 items could not be answered", result.stderr)
        lines = json.dumps({"image": str(self.one), "text": "a circle"}) + "\n" + json.dumps({"image": "gone.jpg", "text": "a circle"}) + "\n"
        missing = self.predict("match", "--input", "-", "--json", "-", input=lines)
        self.assertEqual((missing.returncode, len(missing.stdout.splitlines())), (1, 2), missing.stderr)
        self.assertIn("standard input: line 2: ", missing.stderr)
        self.refused(self.predict("match", "--image", self.broken, "--text", "a circle"), "broken.jpg")

    def test_what_cannot_be_answered_is_refused_in_one_line(self):
        cases = [
            (["match", "--image", "gone.jpg", "--text", "a"], ["gone.jpg", "no such picture"]),
            (["match", "--image", f"{self.root}/*.nothing", "--text", "a"], ["no file matches"]),
            (["match", "--image", self.one, "--text", ""], ["is empty"]),
            (["match", "--image", self.one, "--text", " \t"], ["no word that the model reads"]),
            (["match", "--image", self.one, "--text", "...!?"], ["no word that the model reads"]),
            (["match", "--image", self.one], ["no text"]),
            (["match", "--text", "a"], ["no pictures"]),
            (["match", "--image", self.one, "--text", "a", "--input", "-"], ["give one of both"]),
            (["embed", "--out", self.root / "x.npy"], ["nothing to do"]),
            (["fill", "--image", self.one, "--text", "a", "--weights", "momentum"], ["side by side"]),
            (["ve", "--image", self.one, "--text", "a"], ["no head for this task"]),
            (["vqa", "--image", self.one, "--text", "a", "--answer", "x"], ["checkpoint of `pretrain`"]),
            (["match", "--image", self.one, "--text", "a", "--json", self.one], ["would be overwritten"]),
        ]
        for args, words in cases:
            with self.subTest(args):
                self.refused(self.predict(*args), *words)
        self.refused(self.predict("match", "--image", self.one, "--text", "a", run="ve"), "no whole ALBEF")
        for text, words in (("", ["has no line"]), ("{", ["line 1"]), ("[]", ["a list, expected an object"]), ('{"image": "a.jpg"}', ['has no "text"']),
                            ('{"text": "a"}', ['has no "image"']), ('{"image": 7, "text": "a"}', ["a number"]), ('{"image": "a.jpg", "text": ""}', ["is empty"]),
                            ('{"image": "", "text": "a"}', ["is empty"]), ('{"image": "a.jpg", "text": "a", "id": [1]}', ["a list", "expected a text"]), ('\n{"image": "a\\u0000.jpg", "text": "a"}', ["line 2", "no path"])):
            with self.subTest(text):
                self.refused(self.predict("match", "--input", "-", input=text), *words)

    def test_weights_that_are_no_numbers_answer_nothing(self):
        spoilt = self.root / "spoilt"
        shutil.copytree(self.runs["pretrained"] / "checkpoints/last", spoilt)
        header, data = read_safetensors(spoilt / "model.safetensors")
        name = "text_encoder.bert.embeddings.word_embeddings.weight"
        begin = header["itm_head.weight"]["data_offsets"][0]
        content = bytearray((spoilt / "model.safetensors").read_bytes())
        at = len(content) - len(data) + begin
        content[at:at + 4] = b"\x00\x00\xc0\x7f"
        zeroed = re.sub(rb'("albef.crc32":")[0-9a-f]{8}', rb"\g<1>00000000", bytes(content))
        (spoilt / "model.safetensors").write_bytes(zeroed.replace(b"albef.crc32", b"other.crc32"))
        result = albef("predict", "match", "--checkpoint", spoilt / "model.safetensors", "--config", self.config, "--vocab", self.runs["pretrained"] / "vocab", "--set", f"bert.vocab_size={header[name]['shape'][0]}",
                       "--image", self.one, "--text", "a")
        self.refused(result, "NaN or infinity")

    def test_explanations_are_pictures_or_pages(self):
        explain = ["explain", "--checkpoint", self.runs["pretrained"], "--threads", 1, self.one, "A red circle left of the <b>square</b>"]
        picture, page = self.root / "explained.png", self.root / "explained.html"
        for out in (picture, page):
            result = albef(*explain, "--out", out, "--side", 64)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(result.stdout.strip(), str(out))
        self.assertEqual(size_of_png(picture)[0], 12 + 4 * (64 + 12))  # four panels a row
        html = page.read_text()
        words = re.findall(r"<figcaption>(.*?)</figcaption>", html)
        self.assertEqual(words[:4], ["picture", "whole text", "a", "red"])
        self.assertNotIn("<b>", html)
        self.assertEqual(html.count("data:image/png;base64,"), len(words))
        self.assertIsNone(re.search(r"(src|href)=\"(?!data:)", html))
        whole = self.root / "whole.html"
        self.assertEqual(albef(*explain, "--mode", "itc", "--layer", 0, "--out", whole).returncode, 0)
        self.assertEqual(re.findall(r"<figcaption>(.*?)</figcaption>", whole.read_text()), ["picture", "whole text"])
        self.refused(albef(*explain, "--layer", 0, "--out", picture), "expected 1 to 1")
        self.refused(albef(*explain, "--out", self.root / "explained.gif"), ".png or .html")
        self.refused(albef(*explain[:-2], self.broken, "a circle", "--out", picture), "broken.jpg")
        self.refused(albef(*explain[:-1], " ", "--out", picture), "no word that the model reads")
        self.refused(albef(*explain, "--out", self.one), "would be overwritten")


if __name__ == "__main__":
    unittest.main()

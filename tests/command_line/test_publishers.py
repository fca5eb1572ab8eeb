#!/usr/bin/env python3
"""Publishers' files, made by hand around generated scenes: the same scores as the authors' lists give; protocols.

usage: test_publishers.py PROGRAM
"""
import hashlib
import json
import os
import pickle
import unittest

from program import ProgramTest, albef


class Publishers(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pretrained = cls.root / "pretrained"
        run = albef("pretrain", "--config", cls.config, "--output-dir", cls.pretrained, "--threads", 1, "--max-steps", 1, "--precision", "float32")
        assert run.returncode == 0, run.stderr
        cls.published = cls.root / "published"
        cls.published.mkdir()
        cls.make_karpathy()
        cls.make_referring()

    @classmethod
    def records(cls, name):
        return json.loads((cls.data / name).read_text())

    @classmethod
    def write(cls, name, content):
        path = cls.published / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    @classmethod
    def make_karpathy(cls):
        images = []
        for split in ("train", "val", "test"):
            for record in cls.records(f"{split}.json"):
                folder, _, name = record["image"].rpartition("/")
                sentences = [{"raw": text, "tokens": text.split()} for text in record["caption"]]
                images.append({"filepath": folder, "filename": name, "split": split, "cocoid": record["image_id"], "sentences": sentences})
        cls.karpathy = cls.write("dataset_scenes.json", {"images": images, "dataset": "scenes"})

    @classmethod
    def make_referring(cls):
        boxes = {record["ref_id"]: record for record in cls.records("refs.json")}
        images, annotations, refs = {}, [], []
        for record in cls.records("grounding_test.json"):
            truth = boxes[record["ref_id"]]
            images[truth["image_id"]] = {"id": truth["image_id"], "file_name": record["image"]}
            annotations.append({"id": 1000 + record["ref_id"], "image_id": truth["image_id"], "bbox": truth["bbox"]})
            refs.append({"ref_id": record["ref_id"], "ann_id": 1000 + record["ref_id"], "image_id": truth["image_id"], "split": truth["split"],
                         "sentences": [{"sent": record["text"], "raw": record["text"]}]})
        cls.write("instances.json", {"images": list(images.values()), "annotations": annotations})
        cls.refs = cls.published / "refs(unc).p"
        cls.refs.write_bytes(pickle.dumps(refs, protocol=0))

    def evaluate(self, task, data, *args):
        return albef("eval", task, "--checkpoint", self.pretrained, "--data", data, "--image-root", self.data, "--quiet", *args)

    def result(self, *args):
        run = self.evaluate(*args, "--json", "-")
        self.assertEqual(run.returncode, 0, run.stderr)
        return json.loads(run.stdout)

    def test_karpathys_list_gives_the_scores_of_the_authors(self):
        ours, theirs = self.result("retrieval", self.data / "test.json"), self.result("retrieval", f"{self.karpathy}#test")
        self.assertEqual(ours["itm"], theirs["itm"])
        self.assertNotIn("protocol", ours)
        self.refused(self.evaluate("retrieval", self.karpathy), "has the splits test (16), train (60), val (16)")
        self.refused(self.evaluate("retrieval", f"{self.karpathy}#testA"), "has no split 'testA'")
        self.refused(self.evaluate("retrieval", f"{self.karpathy}#test", "--json", self.karpathy), "would be overwritten")

    def test_it_is_trained_on_and_makes_a_vocabulary(self):
        run = self.pretrain(self.root / "trained", "--max-steps", 1, "--set", f"train_file={self.karpathy}#train,val", "--set", f"val_file={self.karpathy}#val")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("76 records", run.stderr)
        for list_, captions in ((f"{self.karpathy}#val", 16), (f"{self.refs}#testA,testB", None)):
            run = albef("vocab", "train", list_, "--size", 100, "--out", self.root / f"vocab_{captions}", "--json", "-")
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertGreaterEqual(json.loads(run.stdout)["captions"], captions or 1)

    def test_refcocos_files_give_the_scores_of_the_authors(self):
        ours = self.result("grounding", self.data / "grounding_test.json", "--refs", self.data / "refs.json")
        theirs = self.result("grounding", f"{self.refs}#testA,testB")
        self.assertEqual({k: v for k, v in ours["estimates"].items() if "type_" not in k}, theirs["estimates"])
        self.refused(self.evaluate("grounding", self.data / "grounding_test.json"), "has phrases without boxes, and refs is not set")
        self.refused(self.evaluate("grounding", f"{self.refs}#val"), "has no split 'val'")
        boxes = self.refs.parent / "instances.json"
        before = boxes.read_bytes()
        self.refused(self.evaluate("grounding", f"{self.refs}#testA", "--json", boxes), "would be overwritten")
        self.assertEqual(boxes.read_bytes(), before)
        cut = self.published / "cut.p"
        cut.write_bytes(self.refs.read_bytes()[:-40])
        self.refused(self.evaluate("grounding", f"{cut}#testA"), "cut.p")

    def link(self, picture, name):
        path = self.published / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            os.link(self.data / picture, path)

    def snli_ve(self, split):
        records = self.records(f"ve_{split}.json") + [{"image": "none", "sentence": "", "label": "-"}]
        lines = [{"Flickr30K_ID": r["image"], "sentence2": r["sentence"], "gold_label": r["label"]} for r in records]
        return [self.write(f"snli_ve_{split}.jsonl", "".join(json.dumps(line) + "\n" for line in lines))], self.data

    def nlvr2(self, split):
        lines = []
        for record in self.records(f"nlvr_{split}.json"):
            for number, picture in enumerate(record["images"]):
                self.link(picture, f"nlvr2/{split}/{record['identifier'].rpartition('-')[0]}-img{number}.png")
            lines.append({"identifier": record["identifier"], "sentence": record["sentence"], "label": record["label"], "left_url": "", "right_url": ""})
        return [self.write(f"nlvr2_{split}.json", "".join(json.dumps(line) + "\n" for line in lines))], self.published / "nlvr2"

    def vqa2(self, split):
        folder, questions, annotations = f"{split}2014", [], []
        for record in self.records(f"vqa_{split}.json"):
            image = int(record["image"].rpartition("/")[2].removesuffix(".png"))
            self.link(record["image"], f"coco/{folder}/COCO_{folder}_{image:012}.jpg")
            one = {"question_id": record["question_id"], "image_id": image}
            questions.append({**one, "question": record["question"]})
            answers = [{"answer": answer, "answer_id": number} for number, answer in enumerate(record["answer"], 1)]
            annotations.append({**one, "answers": answers, "question_type": record["question_type"], "answer_type": record["answer_type"]})
        return [self.write(f"questions_{split}.json", {"data_subtype": folder, "questions": questions}),
                self.write(f"annotations_{split}.json", {"annotations": annotations[::-1], "data_subtype": folder})], self.published / "coco"

    def test_fine_tuning_takes_them_and_scores_them_as_the_authors(self):
        config = self.root / "fine_tune.yaml"
        config.write_text("image_res: 32\nprecision: float32\n")
        for task, files in (("ve", self.snli_ve), ("nlvr", self.nlvr2), ("vqa", self.vqa2)):
            with self.subTest(task=task):
                (train, root), (test, _), out = files("train"), files("test"), self.root / f"tuned_{task}"
                lists = "[" + ", ".join(f'"{name}"' for name in train) + "]"
                run = albef("train", task, "--config", config, "--checkpoint", self.pretrained, "--output-dir", out, "--threads", 1, "--max-steps", 1,
                            "--set", f"train_file={lists}", "--set", f"image_root={root}")
                self.assertEqual(run.returncode, 0, run.stderr)
                results = []
                for data, folder in ((test, root), ([self.data / f"{task}_test.json"], self.data)):
                    more = ["--answers", self.data / "vqa_answer_list.json"] if task == "vqa" else []
                    run = albef("eval", task, "--checkpoint", out, "--data", *data, "--image-root", folder, "--quiet", "--json", "-", *more)
                    self.assertEqual(run.returncode, 0, run.stderr)
                    results.append(json.loads(run.stdout))
                self.assertEqual(results[0]["accuracy"], results[1]["accuracy"])
                self.assertEqual(results[0]["estimates"].keys(), results[1]["estimates"].keys())

    def test_protocols_refuse_what_differs_and_label_what_is_run_nevertheless(self):
        args = ["retrieval", self.karpathy, "--protocol", "coco-zeroshot", "--k-test", 8, "--set", "image_res=32"]
        refused = self.evaluate(*args)
        self.refused(refused, "NOT coco-zeroshot: ", "--k-test is 8, expected 256", "trained at is 32, expected 256", "pictures is 16, expected 5000", "image_res is 32, expected 384")
        self.assertNotIn("checkpoint of", refused.stderr)
        set_by_it = self.evaluate("retrieval", self.karpathy, "--protocol", "coco-zeroshot")
        self.refused(set_by_it, "NOT coco-zeroshot: ", "texts is")
        for fact in ("--k-test", "--score", "image_res is", "splits is"):
            self.assertNotIn(fact, set_by_it.stderr.splitlines()[-1])
        result = self.result(*args, "--deviate")
        self.assertIn("--k-test is 8, expected 256", result["protocol"]["deviations"])
        self.assertEqual(result["protocol"]["name"], "coco-zeroshot")
        self.assertEqual(result["data"], [f"{self.karpathy}#test"])
        self.assertEqual(result["data_sha256"], {str(self.karpathy): hashlib.sha256(self.karpathy.read_bytes()).hexdigest()})
        weights = self.pretrained / "checkpoints" / "last" / "model.safetensors"
        self.assertEqual(result["checkpoint_sha256"], hashlib.sha256(weights.read_bytes()).hexdigest())
        shown = self.evaluate(*args, "--deviate")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertTrue(shown.stdout.startswith("NOT coco-zeroshot: "), shown.stdout)

    def test_protocols_ask_for_the_right_checkpoint_and_task(self):
        self.refused(self.evaluate("retrieval", self.karpathy, "--protocol", "flickr30k-zeroshot"), "checkpoint of is pretrain, expected retrieval", "the model fine-tuned on COCO", "texts is")
        self.refused(self.evaluate("retrieval", self.karpathy, "--protocol", "nlvr2"), "is one of `albef eval nlvr`, not of retrieval")
        self.refused(self.evaluate("retrieval", self.karpathy, "--deviate"), "--deviate needs --protocol")
        self.refused(self.evaluate("grounding", self.refs, "--protocol", "refcoco+"), "refs(unc).p#val,testA,testB: has no split 'val'")


if __name__ == "__main__":
    unittest.main(verbosity=1)

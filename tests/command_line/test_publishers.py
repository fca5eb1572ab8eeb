#!/usr/bin/env python3
"""Publishers' files, made by hand around generated scenes: the same scores as the authors' lists give; protocols.

usage: test_publishers.py PROGRAM
"""
import hashlib
import json
import pickle
import resource
import shutil
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
        cut = self.published / "cut.p"
        cut.write_bytes(self.refs.read_bytes()[:-40])
        self.refused(self.evaluate("grounding", f"{cut}#testA"), "cut.p")

    def test_protocols_refuse_what_differs_and_label_what_is_run_nevertheless(self):
        args = ["retrieval", self.karpathy, "--protocol", "coco-zeroshot", "--k-test", 8, "--set", "image_res=32"]
        refused = self.evaluate(*args)
        self.refused(refused, "NOT coco-zeroshot: ", "--k-test is 8, expected 256", "trained at is 32, expected 256", "pictures is 16, expected 5000", "image_res is 32, expected 384")
        self.assertNotIn("checkpoint of", refused.stderr)
        result = self.result(*args, "--deviate")
        self.assertIn("--k-test is 8, expected 256", result["protocol"]["deviations"])
        self.assertEqual(result["protocol"]["name"], "coco-zeroshot")
        self.assertEqual(result["data"], [f"{self.karpathy}#test"])
        self.assertEqual(result["data_sha256"], {f"{self.karpathy}#test": hashlib.sha256(self.karpathy.read_bytes()).hexdigest()})
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

    def test_memory_that_runs_out_is_told_with_what_fits(self):
        def limited():
            resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
        many = self.records("test.json") * 40
        for number, record in enumerate(many):
            record["image_id"] = number
        run = albef("eval", "grounding", "--checkpoint", self.pretrained, "--data", f"{self.refs}#testA,testB", "--image-root", self.data, "--set", "image_res=1024",
                    "--batch-size", 4096, "--threads", 1, preexec_fn=limited)
        self.refused(run, "out of memory for the evaluation", "lower --batch-size; tried: ", "at once fits, ")


if __name__ == "__main__":
    unittest.main(verbosity=1)

#!/usr/bin/env python3
"""Fine-tuning by the program: from a checkpoint to scores, stopped and gone on with, and refused where input is bad.

usage: test_fine_tuning.py PROGRAM
"""
import json
import shutil
import signal
import subprocess
import unittest
from pathlib import Path

from program import PROGRAM, ProgramTest, albef, read_safetensors

FINE_TUNE = """
image_root: {data}
image_res: 32
train_file: {train}
val_file: {val}
augment: {{randaugment_ops: 1}}
schedular: {{sched: cosine_step, lr: 1e-3, warmup_steps: 2, epochs: 2}}
precision: float32
log_every_steps: 1
"""
# Task: (the command, prefix of its lists, the key of its batch size, the metric that `best` follows).
TASKS = {
    "retrieval": (["train", "retrieval"], "", "batch_size_train", "itm_r_mean"),
    "ve": (["train", "ve"], "ve_", "batch_size_train", "accuracy"),
    "nlvr": (["train", "nlvr"], "nlvr_", "batch_size", "accuracy"),
    "vqa": (["train", "vqa"], "vqa_", "batch_size_train", "accuracy"),
    "text assignment": (["pretrain", "nlvr"], "", "batch_size", "accuracy"),
    "grounding": (["train", "grounding"], "grounding_", "batch_size", "accuracy"),
}
# What their settings and their evaluation name beside lists of samples.
MORE_SETTINGS = {"vqa": "answer_list: {data}/vqa_answer_list.json\n", "grounding": "refs: {data}/refs.json\ndet_file: {data}/dets.json\n"}
MORE_OF_EVAL = {"grounding": ["--refs", "refs.json"]}


class FineTuning(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pretrained = cls.root / "pretrained"
        run = albef("pretrain", "--config", cls.config, "--output-dir", cls.pretrained, "--threads", 1, "--max-steps", 3, "--precision", "float32")
        assert run.returncode == 0, run.stderr

    def fine_tune_arguments(self, task, out, *args, checkpoint=None, **lists):
        command, prefix, batch, _ = TASKS[task]
        config = self.root / f"{task.replace(' ', '_')}.yaml"
        lists = {"train": self.data / f"{prefix}train.json", "val": self.data / f"{prefix}val.json", **lists}
        config.write_text(FINE_TUNE.format(data=self.data, **lists) + f"{batch}: 16\n" + MORE_SETTINGS.get(task, "").format(data=self.data))
        return [*command, "--config", config, "--checkpoint", checkpoint or self.pretrained, "--output-dir", out, "--threads", 1, *args]

    def fine_tune(self, task, out, *args, **more):
        return albef(*self.fine_tune_arguments(task, out, *args, **more))

    def evaluate(self, task, checkpoint, data, *args):
        more = [self.data / arg if arg.endswith(".json") else arg for arg in MORE_OF_EVAL.get(task, [])]
        return albef("eval", task, "--checkpoint", checkpoint, "--data", data, "--image-root", self.data, "--quiet", *more, *args)

    def weights(self, out):
        return (Path(out) / "checkpoints/last/model.safetensors").read_bytes()

    def test_each_task_is_trained_scored_and_gone_on_with_bit_by_bit(self):
        for task, (_, prefix, _, best) in TASKS.items():
            with self.subTest(task):
                whole, parts = self.root / f"{task}_whole", self.root / f"{task}_parts"
                run = self.fine_tune(task, whole)
                self.assertEqual(run.returncode, 0, run.stderr)
                self.assertIn("tensors loaded", run.stderr)
                lines = [json.loads(line) for line in (whole / "metrics.jsonl").read_text().splitlines()]
                scored = [line for line in lines if f"val_{best}" in line]
                self.assertEqual(len(scored), 1 if task == "text assignment" else 2, lines)  # fine-tuning: each epoch
                steps = lines[-1]["step"]
                self.assertEqual(self.fine_tune(task, parts, "--max-steps", steps - 1).returncode, 0)
                again = self.fine_tune(task, parts, "--resume", "auto")
                self.assertEqual(again.returncode, 0, again.stderr)
                self.assertEqual(self.weights(parts), self.weights(whole))
                self.assertEqual((parts / "checkpoints/last/training.safetensors").read_bytes(), (whole / "checkpoints/last/training.safetensors").read_bytes())
                if task == "text assignment":
                    continue
                for weights in ("student", "momentum"):
                    result = self.evaluate(task, whole, self.data / f"{prefix}test.json", "--weights", weights, "--json", "-")
                    self.assertEqual(result.returncode, 0, result.stderr)
                    self.assertGreater(len(json.loads(result.stdout)["estimates"]), 0)

    def test_what_is_killed_is_gone_on_with_as_if_nothing_had_been(self):
        whole, killed = self.root / "not_killed", self.root / "killed"
        args = ["--set", "save_every_steps=2"]
        self.assertEqual(self.fine_tune("ve", whole, *args).returncode, 0)
        run = subprocess.Popen([PROGRAM, *map(str, self.fine_tune_arguments("ve", killed, *args))], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.wait_for(run, lambda: (killed / "checkpoints/step-00000004/state.json").exists())
        run.send_signal(signal.SIGKILL)
        run.communicate()
        again = self.fine_tune("ve", killed, "--resume", "auto", *args)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(self.weights(killed), self.weights(whole))

    def test_a_run_goes_on_though_the_checkpoint_that_it_began_from_is_gone(self):
        moved, out = self.root / "moved", self.root / "after_moving"
        shutil.copytree(self.pretrained, moved, symlinks=True)
        self.assertEqual(self.fine_tune("nlvr", out, "--max-steps", 2, checkpoint=moved).returncode, 0)
        shutil.rmtree(moved)
        again = self.fine_tune("nlvr", out, "--resume", "auto", "--max-steps", 3, checkpoint=moved)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertTrue((out / "checkpoints/step-00000003").exists())

    def test_nlvr_begins_with_doubled_layers_of_either_kind_of_pretraining(self):
        assigned, out = self.root / "assigned", self.root / "from_assigned"
        self.assertEqual(self.fine_tune("text assignment", assigned, "--max-steps", 2).returncode, 0)
        header, _ = read_safetensors(assigned / "checkpoints/last/model.safetensors")
        self.assertIn("text_encoder.encoder.layer.2.crossattention.self.key.weight", header)  # one fusion layer, twice
        run = self.fine_tune("nlvr", out, "--max-steps", 1, checkpoint=assigned)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertNotIn("written twice", run.stderr)
        direct = self.fine_tune("nlvr", self.root / "direct", "--max-steps", 1)
        self.assertIn("layers 1 to 1 written twice", direct.stderr)

    def test_labelled_lists_are_refused_by_record(self):
        good = json.loads((self.data / "nlvr_train.json").read_text())
        cases = {
            "label": (lambda r: {**r[1], "label": "maybe"}, "record 2", "'maybe'", "False, True"),
            "no label": (lambda r: {k: v for k, v in r[1].items() if k != "label"}, "record 2", "no \"label\""),
            "one picture": (lambda r: {**r[1], "images": r[1]["images"][:1]}, "record 2", "has 1 pictures, expected 2"),
            "missing picture": (lambda r: {**r[1], "images": [r[1]["images"][0], "nowhere.png"]}, "record 2", "no such picture", "nowhere.png"),
            "duplicate": (lambda r: {**r[1], "identifier": r[0]["identifier"]}, "record 2", "was there before"),
            "number": (lambda r: {**r[1], "sentence": 7}, "record 2", "\"sentence\" is a number"),
        }
        for name, (change, *words) in cases.items():
            with self.subTest(name):
                path, out = self.root / f"bad_{name}.json", self.root / f"out_{name}"
                path.write_text(json.dumps([good[0], change(good), *good[2:]]))
                self.refused(self.fine_tune("nlvr", out, train=path), path.name, *words)
                self.refused(self.fine_tune("nlvr", out, val=path), path.name, *words)
                self.assertFalse((out / "checkpoints").exists())
        path = self.root / "empty.json"
        path.write_text("[]")
        self.refused(self.fine_tune("ve", self.root / "out_empty", train=path), "empty.json", "no records")
        path.write_text("{")
        self.refused(self.fine_tune("ve", self.root / "out_brace", train=path), "empty.json")

    def test_a_checkpoint_of_another_task_is_refused(self):
        ve, nlvr = self.root / "ve_one", self.root / "nlvr_one"
        self.assertEqual(self.fine_tune("ve", ve, "--max-steps", 1).returncode, 0)
        self.assertEqual(self.fine_tune("nlvr", nlvr, "--max-steps", 1).returncode, 0)

        def evaluated(task, checkpoint, prefix):
            return albef("eval", task, "--checkpoint", checkpoint, "--data", self.data / f"{prefix}test.json", "--image-root", self.data)

        self.refused(evaluated("ve", self.pretrained, "ve_"), "`pretrain`", "albef train ve")
        self.refused(evaluated("ve", nlvr, "ve_"), "`nlvr`", "albef train ve")
        self.refused(evaluated("nlvr", ve, "nlvr_"), "`ve`", "albef train nlvr")
        self.refused(evaluated("retrieval", ve, ""), "`ve`", "albef train retrieval")
        self.refused(self.fine_tune("nlvr", ve, "--resume", "auto"), "`ve`")
        self.refused(self.fine_tune("ve", self.root / "ve_of_nlvr", checkpoint=nlvr), "model.safetensors")

    def test_questions_and_answers_are_refused_by_record(self):
        good = json.loads((self.data / "vqa_train.json").read_text())[:32]
        cases = {
            "no answers": ({"answer": []}, "record 2", "answer"),
            "blank answer": ({"answer": ["red", " "]}, "record 2", "answer"),
            "long answer": ({"answer": ["red " * 70]}, "record 2", "tokens", "positions for 64"),
            "same id": ({"question_id": good[0]["question_id"]}, "record 2", str(good[0]["question_id"])),
            "missing picture": ({"image": "nowhere.png"}, "record 2", "no such picture"),
            "number": ({"question": 7}, "record 2", "question"),
            "data set": ({"dataset": "coco"}, "record 2", "coco"),
        }
        for name, (change, *words) in cases.items():
            with self.subTest(name):
                path, out = self.root / f"bad_vqa_{name.replace(' ', '_')}.json", self.root / f"out_vqa_{name}"
                path.write_text(json.dumps([good[0], {**good[1], **change}, *good[2:]]))
                self.refused(self.fine_tune("vqa", out, train=path), path.name, *words)
                self.assertFalse((out / "checkpoints").exists())

    def test_questions_are_answered_from_a_list_or_freely(self):
        out, train = self.root / "vqa_out", self.root / "vqa_few.json"
        train.write_text(json.dumps(json.loads((self.data / "vqa_train.json").read_text())[:32]))
        run = self.fine_tune("vqa", out, train=train)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("the decoder's are the multimodal layers'", run.stderr)
        data = ["eval", "vqa", "--checkpoint", out, "--data", self.data / "vqa_test.json", "--image-root", self.data, "--quiet"]
        questions = json.loads((self.data / "vqa_test.json").read_text())
        results, samples = self.root / "submission.json", self.root / "vqa.jsonl"
        ranked = albef(*data, "--results", results, "--samples", samples, "--prior", self.data / "vqa_train.json", "--json", "-")
        self.assertEqual(ranked.returncode, 0, ranked.stderr)
        found = json.loads(ranked.stdout)
        submission = json.loads(results.read_text())
        self.assertEqual([one["question_id"] for one in submission], [one["question_id"] for one in questions])
        right = sum(one["answer"] == question["answer"][0] for one, question in zip(submission, questions))
        self.assertAlmostEqual(found["accuracy"]["overall"], 100 * right / len(questions), delta=0.01)
        self.assertEqual(sorted(found["accuracy"]["perQuestionType"]), sorted({one["question_type"] for one in questions}))
        self.assertIn("accuracy", found["prior"]["against"]["differences"])
        possible = json.loads((self.data / "vqa_answer_list.json").read_text())
        self.assertLessEqual({one["answer"] for one in submission}, set(possible))
        line = json.loads(samples.read_text().splitlines()[0])
        self.assertEqual(len(line["top"]), 5)
        self.assertEqual(line["top"][0]["answer"], line["answer"])
        for beams in (1, 3):
            free = albef(*data, "--generate", "--beams", beams, "--results", results, "--json", "-")
            self.assertEqual(free.returncode, 0, free.stderr)
            self.assertTrue(all(one["answer"] for one in json.loads(results.read_text())))

        answers = self.root / "answers.json"
        for content, *words in (("[]", "answers.json"), ('["red", "red"]', "answers.json", "red"), ('["red", 7]', "answers.json"), ('["red", " "]', "answers.json"), ("{", "answers.json"),
                                (json.dumps(["blue", "red " * 70]), "answers.json: entry 2", "positions for 64")):
            answers.write_text(content)
            self.refused(albef(*data, "--answers", answers, "--results", self.root / "none.json"), *words)
        self.assertFalse((self.root / "none.json").exists())
        self.refused(albef(*data, "--generate", "--max-answer-tokens", 64), "--max-answer-tokens is 64", "64 positions")
        self.refused(albef(*data, "--results", self.data / "vqa_test.json"), "vqa_test.json")
        self.refused(albef("eval", "vqa", "--checkpoint", self.pretrained, *data[4:]), "`pretrain`", "albef train vqa")

    def test_text_assignment_needs_a_batch_of_held_out_pairs(self):
        out = self.root / "few"
        self.refused(self.fine_tune("text assignment", out, "--set", "batch_size=50"), "val_file has 16 pairs", "50")
        self.assertFalse((out / "checkpoints").exists())

    def test_sizes_and_words_are_the_checkpoints(self):
        out = self.root / "sizes"
        self.refused(self.fine_tune("ve", out, "--set", "vision_width=64"), "vision_width is 64", "with 32")
        self.refused(self.fine_tune("ve", out, "--set", "vision_heads=4"), "vision_heads is 4", "with 2")
        self.refused(self.fine_tune("ve", out, "--set", "bert.num_hidden_layers=4"), "bert.num_hidden_layers is 4")
        self.refused(self.fine_tune("ve", out, "--set", "vocab.train=100"), "vocab.train")

    def test_evaluations_are_compared_sample_by_sample(self):
        out, data = self.root / "ve_compared", ["--data", self.data / "ve_test.json", "--image-root", self.data, "--quiet"]
        self.assertEqual(self.fine_tune("ve", out, "--max-steps", 1).returncode, 0)
        samples, shown = self.root / "blank.jsonl", self.root / "blank.json"
        blank = albef("eval", "ve", "--checkpoint", out, *data, "--blank", "--samples", samples, "--json", shown)
        self.assertEqual(blank.returncode, 0, blank.stderr)
        self.assertEqual([json.loads(shown.read_text())[name] for name in ("samples", "image_root")], [str(samples), str(self.data)])
        page = self.root / "page.html"
        report = ["report", "--run", self.pretrained, "--data", self.data / "test.json", "--image-root", self.data, "--k-test", 2, "--task-results", shown]
        made = albef(*report, "--out", page)
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertEqual(page.read_text().count('<div class="example">'), 8)
        samples.rename(self.root / "moved.jsonl")
        self.refused(albef(*report, "--out", page), "blank.jsonl")
        (self.root / "moved.jsonl").rename(samples)
        result = albef("eval", "ve", "--checkpoint", out, *data, "--against", self.root / "blank.jsonl", "--json", "-")
        self.assertEqual(result.returncode, 0, result.stderr)
        found = json.loads(result.stdout)
        difference = found["against"]["differences"]["accuracy"]
        self.assertLessEqual(difference["low"], difference["mean"])
        self.assertEqual(sum(sum(row.values()) for row in found["confusion"].values()), found["sentences"])
        short = self.root / "short.jsonl"
        short.write_text("\n".join((self.root / "blank.jsonl").read_text().splitlines()[:-1]) + "\n")
        self.refused(albef("eval", "ve", "--checkpoint", out, *data, "--against", short), "short.jsonl", "same list")
        elsewhere = ["--data", self.data / "../scenes/ve_test.json", *data[2:]]
        self.assertEqual(albef("eval", "ve", "--checkpoint", out, *elsewhere, "--against", self.root / "blank.jsonl").returncode, 0)
        other = ["--data", self.data / "ve_val.json", *data[2:]]
        self.refused(albef("eval", "ve", "--checkpoint", out, *other, "--against", self.root / "blank.jsonl"), "blank.jsonl", "same list")
        short.write_text("{\"sample\": \"x\", \"scores\": {\"accuracy\": 2}}\n")
        self.refused(albef("eval", "ve", "--checkpoint", out, *data, "--against", short), "short.jsonl:1")
        self.refused(albef("eval", "ve", "--checkpoint", out, *data, "--samples", self.data / "ve_test.json"), "would be overwritten")

    def grounded(self, *args, data=None):
        return self.evaluate("grounding", self.pretrained, data or self.data / "grounding_test.json", *args)

    def test_phrases_are_found_by_either_attention_beside_what_needs_no_model(self):
        samples, dets = self.root / "grounding.jsonl", ["--dets", self.data / "dets.json"]
        for args in (["--mode", "itm"], ["--mode", "itc", "--layer", "0"], ["--blank"], ["--authors-fallback"]):
            result = self.grounded(*dets, *args, "--json", "-", "--samples", samples)
            self.assertEqual(result.returncode, 0, result.stderr)
            found = json.loads(result.stdout)
            lines = [json.loads(line) for line in samples.read_text().splitlines()]
            self.assertEqual(len(lines), found["phrases"])
            self.assertEqual(len({line["sample"] for line in lines}), len(lines))
            for line in lines:
                self.assertEqual(len(line["heat"]["values"]), line["heat"]["grid"][0] * line["heat"]["grid"][1])
                self.assertTrue(all(0 <= value <= 1 for value in line["heat"]["values"]))
            difference = found["baselines"]["differences"]["accuracy less random_proposal"]
            means = {name: estimate["mean"] for name, estimate in found["estimates"].items()}
            self.assertAlmostEqual(difference["mean"], means["accuracy"] - means["random_proposal"], 9)
            self.assertLessEqual(difference["low"], difference["high"])
        alone = self.grounded("--json", "-", "--against", samples)
        self.assertEqual(alone.returncode, 0, alone.stderr)
        self.assertIn("accuracy less centre_box", json.loads(alone.stdout)["baselines"]["differences"])

    def test_boxes_that_do_not_fit_are_refused_and_nothing_is_written(self):
        refs, dets = (json.loads((self.data / name).read_text()) for name in ("refs.json", "dets.json"))
        phrases = json.loads((self.data / "grounding_test.json").read_text())
        number, ref = next((n, r) for n, r in enumerate(refs) if r["ref_id"] == phrases[0]["ref_id"])
        image = str(ref["image_id"])
        without = lambda box: [*refs[:number], {**ref, "bbox": box}, *refs[number + 1:]]
        record = f"record {number + 1}"
        cases = {
            "outside": ({"refs": without([9999, 0, 5, 5])}, record, "outside"),
            "no number": ({"refs": without([float("nan"), 0, 5, 5])}, record, "no finite number"),
            "no area": ({"refs": without([0, 0, 0, 5])}, record, "0 x 5"),
            "twice": ({"refs": [*refs, ref]}, f"record {len(refs) + 1}", record),
            "not there": ({"refs": refs[:number] + refs[number + 1:]}, "grounding_test.json", "record 1", "is not in"),
            "of other pictures": ({"dets": {"77": [[0, 0, 5, 5]]}}, "no boxes of image " + image),
            "proposal outside": ({"dets": {**dets, image: [[0, 0, 5, 5], [-9, 0, 9, 9]]}}, image, "box 2", "outside"),
            "proposal without area": ({"dets": {**dets, image: [[0, 0, 5, 0]]}}, image, "box 1", "5 x 0"),
            "size": ({"sizes": [{"image_id": int(image), "width": 64, "height": 0}]}, "record 1", "\"height\" is 0"),
            "huge": ({"sizes": [{"image_id": int(image), "width": 100001, "height": 9}]}, "record 1", "100000"),
            "no size": ({"sizes": [{"image_id": 1, "width": 9, "height": 9}]}, "no size of image " + image),
            "layer": ({}, "layer 0 is no layer with cross-attention", "--layer", "0"),
            "empty": ({"refs": []}, "bad_refs.json", "no records"),
        }
        for name, (files, *words) in cases.items():
            with self.subTest(name):
                args, out = [], self.root / f"grounding_{name}.json"
                for flag, content in {"refs": refs, **files}.items():
                    path = self.root / f"bad_{flag}.json"
                    path.write_text(json.dumps(content))
                    args += [f"--{flag}", path]
                if "--layer" in words:
                    args += words[words.index("--layer"):]
                    words = words[:1]
                result = albef("eval", "grounding", "--checkpoint", self.pretrained, "--data", self.data / "grounding_test.json", "--image-root", self.data, "--json", out, *args)
                self.refused(result, *words)
                self.assertFalse(out.exists())
        path = self.root / "no_phrases.json"
        path.write_text("[]")
        self.refused(self.grounded(data=path), "no_phrases.json", "no records")
        self.refused(self.fine_tune("grounding", self.root / "out_refs", "--set", "refs="), "grounding_val.json: has phrases without boxes, and refs is not set")
        self.refused(self.fine_tune("grounding", self.root / "out_layer", "--set", "layer=0"), "layer 0")


if __name__ == "__main__":
    unittest.main(verbosity=1)

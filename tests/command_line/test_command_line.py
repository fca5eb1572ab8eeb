#!/usr/bin/env python3
"""The program as its users meet it: exit codes, one clear line for bad input, runs that are killed and resumed.

usage: test_command_line.py PROGRAM
"""
import filecmp
import json
import os
import signal
import subprocess
import time
import unittest
from pathlib import Path

from program import PROGRAM, ProgramTest, albef


class CommandLine(ProgramTest):
    def test_help_of_every_command_shows_an_example(self):
        for command in (["pretrain"], ["eval", "retrieval"], ["data", "synth"], ["vocab", "train"], ["inspect"], ["verify"]):
            result = albef(*command, "--help")
            self.assertEqual(result.returncode, 0, command)
            self.assertIn("Example", result.stdout, command)

    def test_version_names_libtorch(self):
        self.assertIn("LibTorch", albef("--version").stdout)

    def test_a_run_writes_what_scripts_rely_on(self):
        out = self.root / "plain"
        result = self.pretrain(out, "--max-steps", 4)
        self.assertEqual(result.returncode, 0, result.stderr)
        for name in ("config.yaml", "metrics.jsonl", "log.txt", "checkpoints/last/model.safetensors", "checkpoints/last/training.safetensors",
                     "checkpoints/last/state.json", "checkpoints/last/vocab.txt"):
            self.assertTrue((out / name).exists(), name)
        lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
        self.assertEqual([line["step"] for line in lines], [1, 2, 3, 4])
        for key in ("epoch", "pairs", "seconds", "lr", "loss_itc", "loss_itm", "loss_mlm", "pairs_per_s", "data_wait"):
            self.assertIn(key, lines[0])
        self.refused(self.pretrain(out), "already holds a run")
        scores = albef("eval", "retrieval", "--checkpoint", out, "--data", self.data / "test.json", "--image-root", self.data, "--json", "-")
        self.assertEqual(scores.returncode, 0, scores.stderr)
        self.assertIn("r_mean", json.loads(scores.stdout)["itm"])

    def test_recalls_are_those_that_are_asked_for(self):
        out, result = self.root / "recalls", self.root / "recalls.json"
        run = self.pretrain(out, "--max-steps", 2, "--set", f"val_file={self.data}/val.json", "--set", "recall_at=[1, 50]")
        self.assertEqual(run.returncode, 0, run.stderr)
        held_out = [line for line in map(json.loads, (out / "metrics.jsonl").read_text().splitlines()) if "val_r_mean" in line]
        self.assertEqual([key for key in held_out[0] if key.startswith("val_img")], ["val_img_r1", "val_img_r50", "val_img_r_mean"])
        lists = ["--data", self.data / "test.json", "--image-root", self.data]
        evaluation = ["eval", "retrieval", "--checkpoint", out, *lists, "--json", result]
        self.assertIn("img_r50", albef(*evaluation, "--recall-at", "1,5,10,50").stdout.splitlines()[1])
        scores = json.loads(result.read_text())
        self.assertEqual(list(scores["itm"]), ["txt_r1", "txt_r5", "txt_r10", "txt_r50", "txt_r_mean",
                                               "img_r1", "img_r5", "img_r10", "img_r50", "img_r_mean", "r_mean"])
        self.assertEqual(albef(*evaluation, "--recall-at", "2", "--recall-at", "3").returncode, 0)
        self.assertEqual(json.loads(result.read_text())["recall_at"], [2, 3])
        self.assertEqual(json.loads(result.read_text())["itc"]["r_mean"], scores["itc"]["r_mean"], "of 1, 5 and 10")
        report = ["report", "--run", out, *lists, "--scenes", self.data, "--out", self.root / "recalls.html", "--json", "-"]
        page = albef(*report)
        self.assertEqual(page.returncode, 0, page.stderr)
        self.assertIn("img_r50", json.loads(page.stdout)["scores"]["colour words alone"])
        self.assertIn("<th>R@50</th>", (self.root / "recalls.html").read_text())
        page = albef(*report, "--retrieval", result, "--recall-at", "3", "--task-results", result)
        self.assertEqual(page.returncode, 0, page.stderr)
        shown = json.loads(page.stdout)["tasks"]
        self.assertEqual(shown, [{"file": str(result), "task": "retrieval", "estimates": json.loads(result.read_text())["estimates"]}])
        (self.root / "recalls.html").unlink()
        self.refused(albef(*report, "--task-results", result, self.data / "test.json"), "test.json", "albef eval TASK --json")
        self.assertFalse((self.root / "recalls.html").exists(), "nothing is written")
        self.refused(albef(*evaluation, "--recall-at", "5,1"), "--recall-at is [5, 1]")
        self.refused(albef(*evaluation, "--recall-at", "1,x"), "--recall-at", "'x'")

    def test_bench_loader_reads_pictures_of_its_own_or_a_list(self):
        bench = ["bench", "loader", "--config", self.config, "--batch", 4]
        for words, image in ((["--image", "96x64", "--decode", "full"], "96x64 JPEG"), (["--data", self.data / "train.json"], str(self.data / "train.json"))):
            result = albef(*bench, *words)
            self.assertEqual(result.returncode, 0, result.stderr)
            shown = json.loads(result.stdout)
            self.assertEqual((shown["image"], shown["decode"]), (image, "full" if "full" in words else "reduced"))
            self.assertGreater(shown["images_per_s"], 0)
        self.refused(albef(*bench, "--image", "96"), "--image")
        self.refused(albef(*bench, "--image", "96x64", "--data", "x"), "--data")

    def test_a_resumed_run_equals_one_that_was_not_stopped(self):
        whole, parts = self.root / "whole", self.root / "parts"
        self.assertEqual(self.pretrain(whole, "--max-steps", 7).returncode, 0)
        for steps in (2, 5, 7):
            result = self.pretrain(parts, "--max-steps", steps, "--resume", "auto")
            self.assertEqual(result.returncode, 0, result.stderr)
        for name in ("model.safetensors", "training.safetensors"):
            self.assertTrue(filecmp.cmp(whole / "checkpoints/last" / name, parts / "checkpoints/last" / name, shallow=False), name)
        steps = [json.loads(line)["step"] for line in (parts / "metrics.jsonl").read_text().splitlines()]
        self.assertEqual(steps, list(range(1, 8)))

    def test_precision_auto_follows_the_processor_and_then_the_checkpoint(self):
        out = self.root / "precision"
        result = self.pretrain(out, "--max-steps", 2)
        self.assertEqual(result.returncode, 0, result.stderr)
        flags = next((line.split() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("flags")), [])
        here, other = ("bf16", "float32") if {"amx_bf16", "avx512_bf16"} & set(flags) else ("float32", "bf16")
        self.assertIn(f"\nprecision: {here}\n", (out / "config.yaml").read_text())
        self.assertIn(f"# precision {here}: chosen since", (out / "config.yaml").read_text())
        self.assertIn(f"precision {here}: chosen since", (out / "log.txt").read_text().splitlines()[0])
        bench = albef("bench", "step", "--config", self.config, "--set", "bert.vocab_size=200", "--batch", 4, "--repeats", 1)
        self.assertEqual(json.loads(bench.stdout)["precision"], here, bench.stderr)
        self.assertIn("AVX512-BF16" if here == "float32" else "BF16", json.loads(bench.stdout)["precision_reason"])
        self.refused(self.pretrain(out, "--resume", "auto", "--precision", other), f"precision: {here} there, {other} now")
        # A checkpoint of the other kind of machine, and of a version that knew neither tf32 nor temp_min.
        named = self.root / "precision_named"
        self.assertEqual(self.pretrain(named, "--max-steps", 2, "--precision", other).returncode, 0)

        def forget(state):
            state["config"] = "".join(line for line in state["config"].splitlines(True) if not line.startswith(("tf32:", "temp_m")))

        self.change_state(named / "checkpoints/last/state.json", forget)
        result = self.pretrain(named, "--max-steps", 3, "--resume", "auto")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(f"\nprecision: {other}\n", (named / "config.yaml").read_text())
        scores = albef("eval", "retrieval", "--checkpoint", named, "--data", self.data / "test.json", "--image-root", self.data, "--json", "-")
        self.assertEqual(json.loads(scores.stdout)["precision"], "float32", "trained in float32, or bf16 is slow here")

    def test_sigkill_at_any_time_leaves_a_checkpoint_that_loads(self):
        out = self.root / "killed"
        last = out / "checkpoints/last"

        def step():
            return int(os.readlink(last)[len("step-"):]) if last.is_symlink() else 0

        reached = 0
        for seconds in (0, 0.07, 0.19, 0.4):  # once it has saved anew, in the midst of whatever comes next
            run = subprocess.Popen([PROGRAM, "pretrain", "--config", self.config, "--output-dir", out, "--resume", "auto", "--threads", "1", "--quiet",
                                    "--set", "save_every_steps=1", "--set", "schedular.epochs=100000"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            while run.poll() is None and step() <= reached:
                time.sleep(0.02)
            time.sleep(seconds)
            self.assertIsNone(run.poll(), run.stderr.read() if run.poll() is not None else "")
            run.kill()
            run.communicate()
            self.assertEqual(albef("inspect", last, "--json", "-").returncode, 0)
            self.assertGreater(step(), reached)
            reached = step()

    def test_sigterm_saves_and_leaves(self):
        out = self.root / "stopped"
        run = subprocess.Popen([PROGRAM, "pretrain", "--config", self.config, "--output-dir", out, "--threads", "1", "--set", "schedular.epochs=100000"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        while run.poll() is None and not ((out / "metrics.jsonl").exists() and (out / "metrics.jsonl").stat().st_size):
            time.sleep(0.1)
        run.send_signal(signal.SIGTERM)
        _, errors = run.communicate(timeout=60)
        self.assertEqual(run.returncode, 130, errors)
        self.assertTrue((out / "checkpoints/last/state.json").exists())

    def test_bad_settings_are_named(self):
        self.refused(self.pretrain(self.root / "x1", "--set", "batch_sise=3"), "batch_sise", "did you mean 'batch_size'")
        self.refused(self.pretrain(self.root / "x2", "--set", "batch_size=many"), "batch_size", "a whole number")
        self.refused(self.pretrain(self.root / "x3", "--set", "schedular.lr=[1]"), "schedular.lr", "a number")
        self.refused(self.pretrain(self.root / "x4", "--set", "image_res=33"), "image_res 33", "patch_size")
        self.refused(albef("pretrain", "--config", self.root / "none.yaml"), "none.yaml", "no such file")
        broken = self.root / "broken.yaml"
        broken.write_text("a: [1\n b: }")
        self.refused(albef("pretrain", "--config", broken), "broken.yaml", "not valid YAML")

    def test_bad_annotations_are_refused_and_nothing_is_left_behind(self):
        cases = {"missing": (None, "no such file"), "empty": ("", "empty"), "not_json": ("hello", ""), "object": ("{}", ""), "numbers": ("[1, 2]", "record 1"),
                 "wrong_type": ('[{"image": 5, "caption": "a"}]', "image"), "nested": ("[" * 5_000_000, ""), "cut": ('[{"image": "a.png", "capt', "")}
        for name, (content, word) in cases.items():
            path, out = self.root / f"{name}.json", self.root / f"out_{name}"
            if content is not None:
                path.write_text(content)
            self.refused(self.pretrain(out, "--set", f"train_file={path}"), word)
            self.assertFalse((out / "checkpoints").exists())
            self.assertFalse((out / "metrics.jsonl").exists())

    def test_broken_pictures_are_skipped_counted_and_named(self):
        records = json.loads((self.data / "train.json").read_text())
        folder = self.root / "broken_pictures"
        folder.mkdir()
        (folder / "zero.png").write_bytes(b"")
        (folder / "text.png").write_text("no picture")
        (folder / "huge.bmp").write_bytes(b"BM" + (54).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little") + (40).to_bytes(4, "little") +
                                          (100000).to_bytes(4, "little") * 2 + (1).to_bytes(2, "little") + (24).to_bytes(2, "little") + bytes(24))
        for name in ("zero.png", "text.png", "huge.bmp", "missing.png"):
            records.append({"image": str(folder / name), "caption": "a red circle"})
        records += [{"image": records[0]["image"], "caption": ""}, {"image": records[0]["image"], "caption": "word " * 200_000}]
        path, out = self.root / "with_broken.json", self.root / "out_broken"
        path.write_text(json.dumps(records))
        result = self.pretrain(out, "--set", f"train_file={path}", "--max-steps", 5, "--set", "drop_last=false")
        self.assertEqual(result.returncode, 0, result.stderr)
        reasons = {Path(line["image"]).name: line["reason"] for line in map(json.loads, (out / "bad_samples.jsonl").read_text().splitlines())}
        for name in ("zero.png", "text.png", "huge.bmp", "missing.png"):
            self.assertIn(name, reasons)
        only_broken = self.root / "only_broken.json"
        only_broken.write_text(json.dumps([{"image": str(folder / "zero.png"), "caption": f"a {i}"} for i in range(64)]))
        self.refused(self.pretrain(self.root / "out_only", "--set", f"train_file={only_broken}"), "empty file")

    def test_vocabulary_without_mask_is_refused(self):
        vocab = self.root / "vocab.txt"
        vocab.write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n")
        self.refused(self.pretrain(self.root / "x5", "--set", "vocab.train=0", "--set", f"vocab.file={vocab}"), "[MASK]")

    def test_damaged_checkpoints_are_refused_and_passed_over(self):
        out = self.root / "damaged"
        self.assertEqual(self.pretrain(out, "--max-steps", 4, "--set", "save_every_steps=2").returncode, 0)
        model = out / "checkpoints/step-00000004/model.safetensors"
        content = bytearray(model.read_bytes())
        content[-100] ^= 1
        model.write_bytes(content)
        self.refused(albef("eval", "retrieval", "--checkpoint", out, "--data", self.data / "test.json", "--image-root", self.data), "model.safetensors")
        result = self.pretrain(out, "--max-steps", 4, "--set", "save_every_steps=2", "--resume", "auto")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("step-00000002", result.stderr)
        other = self.pretrain(self.root / "other", "--resume", out / "checkpoints/step-00000002", "--set", "vision_width=64")
        self.refused(other, "vision_width")

    def test_an_output_folder_that_cannot_be_used_is_refused(self):
        strange = self.root / "strange"
        strange.mkdir()
        (strange / "thesis.txt").write_text("mine")
        self.refused(self.pretrain(strange), "thesis.txt")
        self.assertEqual((strange / "thesis.txt").read_text(), "mine")
        self.refused(self.pretrain("/proc/albef"), "/proc/albef")

    def test_verify_without_goldens_exits_2(self):
        empty = self.root / "empty"
        empty.mkdir()
        self.refused(albef("verify", "--goldens", empty), "no goldens")
        self.refused(albef("verify", "--goldens", self.root / "nowhere"), "no such folder")


if __name__ == "__main__":
    unittest.main(verbosity=2)

#!/usr/bin/env python3
"""albef convert: there and back to the byte, files that others take, and bad input refused in a line.

usage: test_convert.py PROGRAM
"""
import json
import os
import pickle
import resource
import shutil
import signal
import subprocess
import unittest
import zipfile

from program import PROGRAM, ProgramTest, albef, read_safetensors, write_safetensors


class Convert(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.run_folder = cls.root / "run"
        run = albef("pretrain", "--config", cls.config, "--output-dir", cls.run_folder, "--threads", 1, "--max-steps", 2, "--precision", "float32")
        assert run.returncode == 0, run.stderr
        cls.checkpoint = (cls.run_folder / "checkpoints/last").resolve()

    def convert(self, *args, **kwargs):
        result = albef("convert", *args, **kwargs)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result

    def same_folder(self, one, other):
        names = sorted(path.name for path in one.iterdir())
        self.assertEqual(names, sorted(path.name for path in other.iterdir()))
        for name in names:
            self.assertEqual((one / name).read_bytes(), (other / name).read_bytes(), name)

    def test_there_and_back_to_the_byte(self):
        self.convert(self.run_folder, self.root / "a.pth", "--to", "albef")
        self.convert(self.root / "a.pth", self.root / "back", "--to", "ours")
        self.same_folder(self.checkpoint, self.root / "back")
        self.convert(self.root / "back", self.root / "b.pth", "--to", "albef")
        self.assertEqual((self.root / "a.pth").read_bytes(), (self.root / "b.pth").read_bytes())
        with zipfile.ZipFile(self.root / "a.pth") as archive:
            self.assertIsNone(archive.testzip())
            self.assertEqual(archive.read("archive/byteorder"), b"little")

    def test_a_fine_tuned_model_comes_back_with_the_head_that_theirs_has_no_place_for(self):
        tuned = self.root / "tuned"
        config = self.root / "tune.yaml"
        config.write_text(f"train_file: {self.data}/train.json\nimage_root: {self.data}\nimage_res: 32\nbatch_size_train: 16\nprecision: float32\nschedular: {{sched: cosine_step, lr: 1e-3, warmup_steps: 1, epochs: 1}}\n")
        run = albef("train", "retrieval", "--config", config, "--checkpoint", self.run_folder, "--output-dir", tuned, "--threads", 1, "--max-steps", 1)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.convert(tuned, self.root / "t.pth", "--to", "albef")
        names = {tensor["name"].removeprefix("model.") for tensor in json.loads(albef("inspect", self.root / "t.pth", "--json", "-").stdout)["files"][0]["tensors"]}
        self.assertIn("text_encoder.embeddings.position_ids", names)
        self.assertFalse([name for name in names if name.startswith("text_encoder.") and (".bert." in name or ".cls." in name)])
        self.convert(self.root / "t.pth", self.root / "t", "--to", "ours")
        self.same_folder((tuned / "checkpoints/last").resolve(), self.root / "t")
        blended = self.convert(tuned, self.root / "wise", "--to", "ours", "--blend", 0.5, "--with", self.run_folder)
        self.assertIn("0.5 of", blended.stdout)
        score = albef("eval", "retrieval", "--checkpoint", self.root / "wise", "--data", self.data / "val.json", "--image-root", self.data, "--quiet", "--json", "-")
        self.assertEqual(score.returncode, 0, score.stderr)

    def test_a_converted_checkpoint_needs_no_config_and_no_vocabulary(self):
        """The authors' file alone, as if it came from elsewhere: scores are those of the run's own checkpoint."""
        plain = self.root / "plain.safetensors"
        shutil.copy(self.checkpoint / "model.safetensors", plain)
        heads = self.root / "heads.yaml"
        heads.write_text("vision_heads: 2\nbert: {num_attention_heads: 2}\n")
        self.convert(plain, self.root / "other", "--to", "ours", "--config", heads, "--vocab", self.checkpoint)
        scores = []
        for checkpoint in (self.run_folder, self.root / "other"):
            result = albef("eval", "retrieval", "--checkpoint", checkpoint, "--data", self.data / "val.json", "--image-root", self.data, "--quiet", "--json", "-", "--precision", "float32")
            self.assertEqual(result.returncode, 0, result.stderr)
            scores.append({key: value for key, value in json.loads(result.stdout)["itm"].items() if "r1" in key or "r_mean" in key})
        self.assertTrue(scores[0])
        self.assertEqual(*scores)

    def test_pickled_lists_become_json_in_every_protocol(self):
        refs = [{"ref_id": 7, "split": "val", "sent_ids": [1, 2], "sentences": [{"raw": "caf\u00e9 \u2603", "tokens": ["caf\u00e9"]}], "box": [0.5, -3], "x": (None, True, 2**40)}]
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            path = self.root / f"refs({protocol}).p"
            path.write_bytes(pickle.dumps(refs * 3, protocol))
            self.convert(path, self.root / "refs.json", "--to", "json")
            self.assertEqual(json.loads((self.root / "refs.json").read_text()), json.loads(json.dumps(refs * 3)))

    def test_a_pickle_that_asks_for_code_is_refused_by_name(self):
        class Harm:
            def __reduce__(self):
                return os.system, (f"touch {self.root}",)

        Harm.root = self.root / "harmed"
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            (self.root / "harm.p").write_bytes(pickle.dumps([Harm()], protocol))
            result = albef("convert", self.root / "harm.p", self.root / "harm.json", "--to", "json")
            self.refused(result, "harm.p", f"{os.system.__module__}.system")
        self.assertFalse((self.root / "harm.json").exists() or Harm.root.exists())

    def test_bad_input_is_refused_in_a_line(self):
        out = self.root / "bad"
        for args, *words in (
            ([self.root / "none", out, "--to", "ours"], "no such file"),
            ([self.run_folder, self.run_folder, "--to", "ours"], "which is read"),
            ([self.run_folder, self.checkpoint / "model.safetensors", "--to", "albef"], "which is read"),
            ([self.run_folder, self.data, "--to", "ours"], "is there already"),
            ([self.run_folder, out, "--to", "torch"], "--to"),
            ([self.run_folder, out, "--to", "ours", "--blend", 2, "--with", self.run_folder], "0 to 1"),
            ([self.run_folder, out, "--to", "ours", "--blend", 0.5], "--with"),
            ([self.run_folder, out, "--to", "ours", "--vocab", self.checkpoint], "leave --config and --vocab out"),
            ([self.checkpoint / "vocab.txt", out, "--to", "albef"], "no .pth file"),
            ([self.config, out, "--to", "json"], "no pickle"),
        ):
            self.refused(albef("convert", *args), *words)
            self.assertFalse(out.exists(), args)

    def test_a_full_disk_leaves_nothing(self):
        def small_files():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

        before = sorted(path.name for path in self.root.iterdir())
        for to in ("albef", "ours"):
            result = subprocess.run([PROGRAM, "convert", self.run_folder, self.root / f"full_{to}", "--to", to], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=small_files)
            self.refused(result, "full_")
        self.assertEqual(sorted(path.name for path in self.root.iterdir()), before)

    def test_nan_is_converted_and_said(self):
        broken = self.root / "broken.safetensors"
        tensors, data = read_safetensors(self.checkpoint / "model.safetensors")
        del tensors["__metadata__"]
        begin = tensors["itm_head.bias"]["data_offsets"][0]
        write_safetensors(broken, tensors, data[:begin] + b"\x00\x00\xc0\x7f" + data[begin + 4:])
        result = self.convert(broken, self.root / "broken.pth", "--to", "albef")
        self.assertIn("itm_head.bias holds NaN", result.stderr)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""What real files and habits do to a run: nothing is lost, nothing happens in silence.

usage: test_bad_habits.py PROGRAM
"""
import json
import os
import re
import resource
import signal
import stat
import subprocess
import threading
import time
import unittest
from pathlib import Path

from program import PROGRAM, ProgramTest, albef, read_safetensors, write_safetensors


def lines(path):
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


class NothingIsLost(ProgramTest):
    def broken_list(self, name, picture):
        """The validation list with one more picture."""
        records = json.loads((self.data / "val.json").read_text()) + [{"image": str(picture), "caption": "a red circle"}]
        path = self.root / name
        path.write_text(json.dumps(records))
        return path

    def test_validation_pictures_are_checked_before_training(self):
        missing = self.broken_list("val_missing.json", self.root / "nowhere.png")
        out = self.root / "val_checked"
        self.refused(self.pretrain(out, "--max-steps", 2, "--set", f"val_file={missing}"), "val_file: 1 of 17 pictures", "nowhere.png", "no such file")
        self.assertFalse((out / "checkpoints").exists())

    def test_an_evaluation_that_fails_costs_no_training_and_is_made_up_for(self):
        picture = self.root / "vanishing.png"
        picture.write_bytes((self.data / "images/val" / os.listdir(self.data / "images/val")[0]).read_bytes())
        val = self.broken_list("val_vanishing.json", picture)
        out = self.root / "val_vanishes"
        args = ["--max-steps", 6, "--set", f"val_file={val}", "--set", "eval_every_steps=3", "--set", "schedular.epochs=100", "--resume", "auto"]
        run = self.start(out, *args, "--set", "batch_size=48", "--set", "log_every_steps=1")
        self.wait_for(run, lambda: (out / "metrics.jsonl").exists())
        picture.unlink()
        _, errors = run.communicate(timeout=120)
        self.assertEqual(run.returncode, 0, errors)
        self.assertIn("the evaluation failed", errors)
        self.assertTrue((out / "checkpoints/step-00000006/state.json").exists())
        self.assertEqual([line["step"] for line in lines(out / "metrics.jsonl") if "lr" in line], [1, 2, 3, 4, 5, 6])
        picture.write_bytes((self.data / "images/val" / os.listdir(self.data / "images/val")[0]).read_bytes())
        again = self.pretrain(out, *args, "--set", "batch_size=48")
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual([line["step"] for line in lines(out / "metrics.jsonl") if "val_r_mean" in line], [6])

    def test_sigterm_and_sighup_save_first_also_within_an_evaluation(self):
        for sent in (signal.SIGTERM, signal.SIGHUP):
            out = self.root / f"stopped_{sent}"
            run = self.start(out, "--set", "schedular.epochs=100000", "--set", f"val_file={self.data}/train.json", "--set", "eval_every_steps=1")
            self.wait_for(run, lambda: (out / "checkpoints/last").is_symlink())  # saved, so it evaluates now
            run.send_signal(sent)
            _, errors = run.communicate(timeout=60)
            self.assertEqual(run.returncode, 130, errors)
            self.assertEqual(albef("inspect", out / "checkpoints/last", "--json", "-").returncode, 0)

    def test_nohup_still_ignores_sighup(self):
        out = self.root / "nohup"
        run = self.start(out, "--max-steps", 6, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        self.wait_for(run, lambda: (out / "metrics.jsonl").exists())
        run.send_signal(signal.SIGHUP)
        _, errors = run.communicate(timeout=60)
        self.assertEqual(run.returncode, 0, errors)

    def test_a_second_run_on_one_folder_is_refused_with_the_firsts_process(self):
        out = self.root / "busy"
        run = self.start(out, "--set", "schedular.epochs=100000")
        self.wait_for(run, lambda: (out / "metrics.jsonl").exists())
        before = (out / "log.txt").read_text()
        for resume in ([], ["--resume", "auto"]):
            self.refused(self.pretrain(out, *resume), "in use by process", str(run.pid), os.uname().nodename)
        self.assertTrue((out / "log.txt").read_text().startswith(before))
        run.kill()
        run.communicate()
        self.assertEqual(self.pretrain(out, "--resume", "auto", "--set", "schedular.epochs=100000", "--max-steps", 1).returncode, 0)

    def test_settings_decide_on_the_vocabulary_of_a_new_start_and_the_checkpoint_of_a_resumed_one(self):
        out = self.root / "vocabulary"
        (out / "vocab").mkdir(parents=True)
        (out / "vocab/vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nzzleft\nover\n")  # of a start that failed
        self.assertEqual(self.pretrain(out, "--max-steps", 1).returncode, 0)
        self.assertNotIn("zzleft", (out / "vocab/vocab.txt").read_text().split("\n"))
        self.assertNotIn("zzleft", (out / "checkpoints/last/vocab.txt").read_text().split("\n"))
        kept = (out / "vocab/vocab.txt").read_text()
        (out / "vocab/vocab.txt").write_text(kept + "edited\n")
        self.refused(self.pretrain(out, "--max-steps", 2, "--resume", "auto"), str(out / "vocab"), str(out / "checkpoints/step-00000001"))
        (out / "vocab/vocab.txt").write_text(kept)
        self.assertEqual(self.pretrain(out, "--max-steps", 2, "--resume", "auto").returncode, 0)

        file, named = self.root / "words.txt", self.root / "vocabulary_named"
        file.write_text(kept)
        args = ["--set", "vocab.train=0", "--set", f"vocab.file={file}", "--set", f"bert.vocab_size={len(kept.splitlines()) + 1}"]
        self.assertEqual(self.pretrain(named, "--max-steps", 1, *args).returncode, 0)
        file.write_text(kept + "more\n")
        self.refused(self.pretrain(named, "--max-steps", 2, "--resume", "auto", *args), str(file), str(named / "checkpoints/step-00000001"))
        file.unlink()  # the checkpoint has its own
        self.assertEqual(self.pretrain(named, "--max-steps", 2, "--resume", "auto", *args).returncode, 0)
        self.refused(self.pretrain(self.root / "both", "--set", f"vocab.file={file}"), "vocab.file and vocab.train are both set")

    def test_a_run_is_resumed_on_the_same_data_or_on_purpose_on_others(self):
        data, out = self.root / "growing.json", self.root / "changed_data"
        records = json.loads((self.data / "train.json").read_text())
        data.write_text(json.dumps(records))
        args = ["--set", f"train_file={data}", "--resume", "auto"]
        self.assertEqual(self.pretrain(out, "--max-steps", 5, *args).returncode, 0)  # 60 records: 3 steps an epoch
        data.write_text(json.dumps(records[:32]))
        refused = self.pretrain(out, "--max-steps", 7, *args)
        self.refused(refused, "other data", "train_file", '"records":60', '"records":32', "--allow-changed-data")
        self.assertEqual(self.pretrain(out, "--max-steps", 7, *args, "--allow-changed-data").returncode, 0)
        self.assertEqual([(line["step"], line["epoch"]) for line in lines(out / "metrics.jsonl")],
                         [(1, 0), (2, 0), (3, 0), (4, 1), (5, 1), (6, 2), (7, 2)])  # 2 steps an epoch from step 5 on, the 2nd was full
        data.write_text(json.dumps(records[31:] + records[:1]))  # as many, others
        self.refused(self.pretrain(out, "--max-steps", 8, *args), "other data", "fingerprint")

    def test_a_checkpoint_without_fingerprint_is_resumed_with_a_warning(self):
        out = self.root / "no_fingerprint"
        self.assertEqual(self.pretrain(out, "--max-steps", 1).returncode, 0)
        self.change_state(out / "checkpoints/last/state.json", lambda state: [state.pop(key) for key in ("data", "counters", "evaluated")])
        result = self.pretrain(out, "--max-steps", 2, "--resume", "auto")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("no fingerprint of the data", result.stderr)

    def test_a_resumed_run_does_not_need_its_start_weights(self):
        first, second = self.root / "start_weights", self.root / "from_weights"
        self.assertEqual(self.pretrain(first, "--max-steps", 1).returncode, 0)
        weights = self.root / "start.safetensors"
        weights.write_bytes((first / "checkpoints/last/model.safetensors").read_bytes())
        args = ["--set", f"checkpoint={weights}", "--resume", "auto"]
        self.assertEqual(self.pretrain(second, "--max-steps", 1, *args).returncode, 0)
        weights.unlink()
        self.refused(self.pretrain(self.root / "gone", "--max-steps", 1, *args), "start.safetensors")
        result = self.pretrain(second, "--max-steps", 2, *args)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_eval_gives_the_scores_of_training_to_the_last_digit(self):
        out, val = self.root / "own_scores", self.data / "val.json"
        odd = [f"val_file={val}", "max_words=4", "max_tokens=7", "shrink=24", "precision=bf16", "schedular.lr=1e-2"]
        result = self.pretrain(out, "--max-steps", 6, *[word for one in odd for word in ("--set", one)])
        self.assertEqual(result.returncode, 0, result.stderr)
        own = {key[4:]: value for key, value in lines(out / "metrics.jsonl")[-1].items() if key.startswith("val_") and "loss" not in key}
        args = ["--checkpoint", out, "--data", val, "--image-root", self.data, "--precision", "bf16", "--threads", 1]
        scores = json.loads(albef("eval", "retrieval", *args, "--json", "-").stdout)["itc"]
        self.assertEqual(own, scores)
        report = albef("report", "--run", out, "--data", val, "--image-root", self.data, "--precision", "bf16", "--threads", 1, "--out", self.root / "own.html", "--json", "-")
        self.assertEqual(own, json.loads(report.stdout)["scores"]["ITC ranking"])
        other = json.loads(albef("eval", "retrieval", *args, "--set", "max_words=30", "--set", "max_tokens_test=30", "--set", "shrink=0", "--json", "-").stdout)["itc"]
        self.assertNotEqual(own, other, "the settings decide nothing here, so the test would not see them ignored")

    def test_moved_lists_and_pictures_are_the_same_data(self):
        out, moved = self.root / "moved_run", self.root / "moved"
        self.assertEqual(self.pretrain(out, "--max-steps", 1).returncode, 0)
        moved.symlink_to(self.data)
        result = self.pretrain(out, "--max-steps", 2, "--resume", "auto", "--set", f"train_file={moved}/train.json", "--set", f"image_root={moved}")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_pictures_that_vanish_cost_no_training(self):
        out, place, gone = self.root / "vanished", self.root / "mount", self.root / "unmounted"
        place.symlink_to(self.data)
        run = self.start(out, "--set", "schedular.epochs=100000", "--set", f"image_root={place}")
        self.wait_for(run, lambda: (out / "metrics.jsonl").exists())
        place.rename(gone)
        _, errors = run.communicate(timeout=120)
        self.assertEqual(run.returncode, 2, errors)
        self.assertIn("what was trained until then is saved as", errors)
        self.assertTrue((out / "checkpoints/last/state.json").exists())

    def test_a_reader_that_ends_does_not_end_the_run(self):
        out = self.root / "tee"
        run = subprocess.Popen([PROGRAM, *map(str, self.arguments(out, "--max-steps", 5))], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        run.stderr.readline()
        self.wait_for(run, lambda: (out / "metrics.jsonl").exists())
        run.stderr.close()
        self.assertEqual(run.wait(timeout=60), 0)
        self.assertTrue((out / "checkpoints/step-00000005/state.json").exists())

    def test_weights_that_are_no_numbers_are_never_saved(self):
        out = self.root / "no_numbers"
        result = self.pretrain(out, "--max-steps", 3, "--set", "optimizer.eps=0")
        self.refused(result, "not a finite number", "no checkpoint was written yet")
        self.assertFalse((out / "checkpoints/last").exists())

    def test_weights_of_strangers_are_checked_where_they_are_read(self):
        out = self.root / "strangers"
        self.assertEqual(self.pretrain(out, "--max-steps", 1).returncode, 0)
        header, data = read_safetensors(out / "checkpoints/last/model.safetensors")
        args = ["--config", out / "config.yaml", "--vocab", out / "vocab", "--data", self.data / "val.json", "--image-root", self.data]

        def evaluate(name, change, *more):
            tensors = {key: dict(entry) for key, entry in header.items() if key != "__metadata__"}
            body = bytearray(data)
            change(tensors, body)
            write_safetensors(self.root / name, tensors, body)
            return albef("eval", "retrieval", "--checkpoint", self.root / name, *args, *more)

        def nan(tensors, body):
            begin = tensors["text_proj.bias"]["data_offsets"][0]
            body[begin:begin + 4] = b"\x00\x00\xc0\x7f"

        def without(prefix):
            return lambda tensors, body: [tensors.pop(key) for key in list(tensors) if prefix in key]

        def as_bytes(tensors, body):
            entry = tensors["text_proj.weight"]
            entry["dtype"], entry["data_offsets"] = "I8", [entry["data_offsets"][0], entry["data_offsets"][0] + 16 * 32]

        self.assertEqual(evaluate("same.safetensors", lambda tensors, body: None).returncode, 0)
        self.refused(evaluate("nan.safetensors", nan), "nan.safetensors", "text_proj.bias", "NaN or infinity")
        self.refused(evaluate("int8.safetensors", as_bytes), "int8.safetensors", "text_proj.weight", "I8")
        self.refused(evaluate("headless.safetensors", without("itm_head"), "--weights", "momentum"), "headless.safetensors", "itm_head")
        self.assertEqual(evaluate("retrieval.safetensors", without("cls.predictions")).returncode, 0)
        self.assertEqual(evaluate("dense.safetensors", without("itm_head"), "--no-rerank").returncode, 0)

    def test_a_share_of_bad_pictures_below_the_limit_never_ends_a_run(self):
        records = json.loads((self.data / "train.json").read_text())
        for limit, code in ((0.35, 0), (0.1, 2)):
            for record in records[::4]:
                record["image"] = "missing.png"
            data, out = self.root / f"quarter_{limit}.json", self.root / f"quarter_{limit}"
            data.write_text(json.dumps(records))
            result = self.pretrain(out, "--max-steps", 40, "--set", f"train_file={data}", "--set", f"max_bad_share={limit}", "--set", "schedular.epochs=100")
            self.assertEqual(result.returncode, code, result.stderr)
        state = json.loads((self.root / "quarter_0.35/checkpoints/last/state.json").read_text())["state"]
        self.assertGreater(state["counters"]["samples_unusable"], 100)
        self.assertGreater(state["counters"]["samples_tried"], 640)


class Output(ProgramTest):
    def scores(self, where, **kwargs):
        return albef("verify", "--goldens", Path(__file__).parent.parent / "goldens", "--json", where, **kwargs)

    def inspect(self, where, **kwargs):
        return albef("inspect", Path(__file__).parent.parent / "goldens/model/ve.safetensors", "--json", where, **kwargs)

    def test_devices_pipes_and_links_are_written_through(self):
        if os.geteuid() == 0:  # a device of our own: a mistake would cost the machine its /dev/null
            null = self.root / "null"
            os.mknod(null, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
            self.assertEqual(self.inspect(null).returncode, 0)
            self.assertTrue(null.is_char_device())
        pipe, read = self.root / "pipe", []
        os.mkfifo(pipe)
        reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
        reader.start()
        self.assertEqual(self.inspect(pipe).returncode, 0)
        reader.join()
        json.loads(read[0])
        self.assertTrue(pipe.is_fifo())
        target, link, dangling = self.root / "target.json", self.root / "link.json", self.root / "dangling.json"
        target.write_text("before")
        target.chmod(0o640)
        link.symlink_to("target.json")
        dangling.symlink_to("made.json")
        for path in (link, dangling):
            self.assertEqual(self.inspect(path).returncode, 0)
            self.assertTrue(path.is_symlink())
            json.loads(path.read_text())
        self.assertEqual(target.stat().st_mode & 0o777, 0o640)
        with open(self.root / "redirected", "w") as out:
            self.assertEqual(self.inspect("/dev/stdout", stdout=out).returncode, 0)
        self.assertIn('"dtype"', (self.root / "redirected").read_text())

    def test_standard_output_that_is_full_or_closed_is_an_error(self):
        for command in (["inspect", Path(__file__).parent.parent / "goldens/model/ve.safetensors", "--json", "-"], ["--version"], ["--help"]):
            with open("/dev/full", "w") as full:
                result = albef(*command, stdout=full)
            self.assertEqual(result.returncode, 1, command)
            self.assertIn("standard output cannot be written", result.stderr)
            closed = albef(*command, stdout=None, preexec_fn=lambda: os.close(1))
            self.assertEqual(closed.returncode, 1, command)
            self.assertIn("standard output cannot be written", closed.stderr)

    def test_every_output_path_is_tried_before_the_work(self):
        nowhere = self.root / "nowhere/result"
        commands = (["inspect", "x", "--json"], ["verify", "--goldens", "x", "--json"], ["eval", "retrieval", "--checkpoint", "x", "--data", "x", "--json"],
                    ["report", "--run", "x", "--out"], ["report", "--run", "x", "--out", self.root / "ok.html", "--json"],
                    ["data", "synth", "--out", self.root / "synth", "--json"], ["vocab", "train", "x.json", "--out", self.root / "words", "--json"])
        for command in commands:
            self.refused(albef(*command, nowhere), str(nowhere), "there is no folder")
            self.refused(albef(*command, self.root), "is a folder")
        self.refused(albef("vocab", "train", "x.json", "--out", "/proc/words"), "/proc/words")
        self.assertFalse((self.root / "synth").exists())

    def test_results_are_not_written_over_what_is_read(self):
        out, weights, data = self.root / "kept", self.root / "kept.safetensors", self.root / "kept.json"
        self.assertEqual(self.pretrain(out, "--max-steps", 1).returncode, 0)
        weights.write_bytes((out / "checkpoints/last/model.safetensors").read_bytes())
        data.write_bytes((self.data / "val.json").read_bytes())
        evaluation = ["eval", "retrieval", "--checkpoint", out, "--data", data, "--image-root", self.data, "--json"]
        report = ["report", "--run", out, "--data", data, "--image-root", self.data, "--out"]
        cases = [["inspect", weights, "--json", weights], [*evaluation, data], [*evaluation, out / "metrics.jsonl"],
                 [*evaluation, out / "checkpoints/last/state.json"], [*report, data], [*report, out / "config.yaml"],
                 [*report, self.root / "same.html", "--json", self.root / "same.html"]]
        for command in cases:
            self.refused(albef(*command), "would be overwritten")
        self.assertEqual(data.read_bytes(), (self.data / "val.json").read_bytes())
        for _ in range(2):
            self.assertEqual(albef(*evaluation, out / "scores.json").returncode, 0)
        other = self.root / "other_words.txt"
        other.write_text((out / "vocab/vocab.txt").read_text() + "more\n")
        self.refused(albef(*evaluation, self.root / "x.json", "--vocab", other), "another vocabulary", "other_words.txt")

    def test_unknown_words_are_named_with_the_nearest(self):
        self.refused(albef("pretrian"), "unknown command 'pretrian'", "did you mean 'pretrain'?")
        self.refused(albef("eval", "retreival"), "unknown command 'retreival'", "did you mean 'retrieval'?")
        self.refused(albef("verify", "--golden", "x"), "unknown flag '--golden'", "did you mean '--goldens'?")
        self.refused(albef("pretrain", "--config", "x", "--outputdir=y"), "unknown flag '--outputdir'", "did you mean '--output-dir'?")
        self.refused(albef("eval"), "needs a command: retrieval")
        self.refused(albef(), "needs a command")
        self.refused(albef("inspect"), "path is required")

    def test_whole_numbers_out_of_range_are_refused(self):
        for value in ("-1", "99999999999999999999", "1.5", "1e3", "", "0x10"):
            for command in (["data", "synth", "--out", self.root / "s", "--seed"], ["data", "synth", "--out", self.root / "s", "--train"],
                            ["eval", "retrieval", "--checkpoint", "x", "--data", "x", "--k-test"], ["report", "--run", "x", "--out", "y", "--threads"],
                            ["vocab", "train", "x.json", "--out", "y", "--size"], ["bench", "rerank", "--texts"], ["bench", "step", "--batch"]):
                self.refused(albef(*command, value), command[-1], "expected a whole number" if value else "")
            self.refused(self.pretrain(self.root / "n", f"--seed={value}"), "seed" if value else "")
        self.assertFalse((self.root / "s").exists())

    def test_settings_that_contradict_themselves_are_refused_with_their_lines(self):
        def config(text):
            path = self.root / "odd.yaml"
            path.write_text(text)
            return albef("pretrain", "--config", path, "--output-dir", self.root / "odd")
        self.refused(config("batch_size: 1\nalpha: 0\nbatch_size: 2\n"), "odd.yaml:3", "'batch_size' is given twice", "line 1")
        self.refused(config("optimizer:\n  lr: 1\n  lr: 2\n"), "odd.yaml:3", "'lr' is given twice")
        self.refused(config("batch_size: 1\n---\nbatch_size: 2\n"), "odd.yaml:3", "a second YAML document")
        self.refused(config("schedular: {sched: cosine_steps}\n"), "sched", "did you mean cosine_step?")
        self.refused(self.pretrain(self.root / "odd", "--set", "bert.fusion_layer=2"), "fusion_layer 2")
        for key in ("max_tokens", "max_tokens_test"):
            self.refused(self.pretrain(self.root / "odd", "--set", f"{key}=65"), f"{key} 65", "max_position_embeddings 64")
        self.refused(albef("bench", "rerank", "--config", self.config, "--set", "bert.vocab_size=200", "--tokens", 65), "--tokens 65")

    def limited(self, gigabytes):
        return lambda: resource.setrlimit(resource.RLIMIT_AS, (gigabytes << 30, gigabytes << 30))

    def test_memory_that_runs_out_is_told_with_what_shrinks_it(self):
        result = self.pretrain(self.root / "memory_queue", "--max-steps", 1, "--set", "queue_size=67000000", "--set", "embed_dim=4096", preexec_fn=self.limited(8))
        self.refused(result, "out of memory", "queue_size")
        args = ["--max-steps", 1, "--set", "image_res=192", "--set", "captions=expand", "--set", "drop_last=false", "--set"]
        result = self.pretrain(self.root / "memory_batch", *args, "batch_size=1000000", preexec_fn=self.limited(1))
        self.refused(result, "out of memory for step 0", "lower batch_size or image_res; tried: ", " at once fits, ")
        fits = re.search(r"tried: (\d+) at once", result.stderr)[1]
        self.assertEqual(self.pretrain(self.root / "memory_fits", *args, f"batch_size={fits}", preexec_fn=self.limited(1)).returncode, 0)

    def test_memory_that_runs_out_in_evaluation_is_told_with_what_fits(self):
        self.assertEqual(self.pretrain(self.root / "hungry", "--max-steps", 1).returncode, 0)
        picture, many = self.data / json.loads((self.data / "test.json").read_text())[0]["image"], self.root / "many"
        many.mkdir()
        for number in range(500):
            os.link(picture, many / f"{number}.png")
        data = self.root / "many.json"
        data.write_text(json.dumps([{"image": f"{number}.png", "caption": "a thing"} for number in range(500)]))
        result = albef("eval", "retrieval", "--checkpoint", self.root / "hungry", "--data", data, "--image-root", many, "--no-rerank", "--set", "image_res=192", "--threads", 1,
                       "--batch-size", 500, preexec_fn=self.limited(1))
        self.refused(result, "out of memory for the evaluation", "; tried: --batch-size ", " fits, ")

    def test_a_report_reads_a_log_whose_last_line_was_cut(self):
        out = self.root / "cut_log"
        self.assertEqual(self.pretrain(out, "--max-steps", 2).returncode, 0)
        with open(out / "metrics.jsonl", "a") as log:
            log.write('{"step":3,"loss_it')
        result = albef("report", "--run", out, "--data", self.data / "val.json", "--image-root", self.data, "--out", self.root / "cut.html")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_bench_does_not_count_the_memory_of_its_own_product(self):
        command = [PROGRAM, "bench", "step", "--config", str(self.config), "--set", "bert.vocab_size=200", "--batch", "2", "--repeats", "1", "--precision", "float32"]
        run = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        result = json.loads(run.stdout.read())
        _, status, used = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
        run.stdout.close()
        self.assertEqual(run.returncode, 0)
        self.assertLess(result["peak_memory_bytes"], used.ru_maxrss * 1024 - (20 << 20))


if __name__ == "__main__":
    unittest.main(verbosity=2)

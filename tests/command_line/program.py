"""The program under test, and a small data set and configuration to run it on. Its path is the first argument."""
import json
import subprocess
import sys
import tempfile
import time
import unittest
import zlib
from pathlib import Path

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else "build/release/bin/albef"

CONFIG = """
train_file: {data}/train.json
image_root: {data}
image_res: 32
patch_size: 8
vision_width: 32
vision_depth: 2
vision_heads: 2
embed_dim: 16
queue_size: 40
bert_config: ""
bert: {{hidden_size: 32, num_hidden_layers: 2, fusion_layer: 1, num_attention_heads: 2, intermediate_size: 64, max_position_embeddings: 64}}
vocab: {{train: 200}}
batch_size: 16
augment: {{randaugment_ops: 2}}
schedular: {{sched: cosine_step, lr: 1e-3, warmup_steps: 5, epochs: 4}}
log_every_steps: 1
"""


def albef(*args, timeout=300, **kwargs):
    kwargs = {"stdout": subprocess.PIPE, **kwargs}
    return subprocess.run([PROGRAM, *map(str, args)], stderr=subprocess.PIPE, text=True, errors="replace", timeout=timeout, **kwargs)


def read_safetensors(path):
    """The header, and the bytes of all tensors."""
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    return json.loads(content[8:8 + length]), content[8 + length:]


def write_safetensors(path, tensors, data):
    """Of `data` the parts that `tensors` name, without gaps."""
    parts, end = [], 0
    for entry in sorted(tensors.values(), key=lambda entry: entry["data_offsets"]):
        begin, stop = entry["data_offsets"]
        parts.append(data[begin:stop])
        entry["data_offsets"] = [end, end + stop - begin]
        end += stop - begin
    header = json.dumps({"__metadata__": None, **tensors}).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + b"".join(parts))


class ProgramTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.root = Path(cls.folder.name)
        cls.data = cls.root / "scenes"
        made = albef("data", "synth", "--out", cls.data, "--train", 60, "--val", 16, "--test", 16, "--size", 48, "--seed", 3)
        assert made.returncode == 0, made.stderr
        cls.config = cls.root / "config.yaml"
        cls.config.write_text(CONFIG.format(data=cls.data))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def arguments(self, out, *args):
        return ["pretrain", "--config", self.config, "--output-dir", out, "--threads", 1, *args]

    def pretrain(self, out, *args, **kwargs):
        return albef(*self.arguments(out, *args), **kwargs)

    def start(self, out, *args, **kwargs):
        return subprocess.Popen([PROGRAM, *map(str, self.arguments(out, *args))], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **kwargs)

    def wait_for(self, run, reached):
        while not reached():
            self.assertIsNone(run.poll(), run.stderr.read() if run.poll() is not None else "")
            time.sleep(0.02)

    def change_state(self, path, change):
        """Lets `change` alter a checkpoint's state in place, and mends the checksum."""
        document = json.loads(path.read_text())
        del document["crc32"]
        change(document["state"])
        compact = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
        path.write_text(json.dumps({**document, "crc32": f"{zlib.crc32(compact.encode()):08x}"}))

    def refused(self, result, *words):
        """Exit code 2 and one line on standard error that holds the words."""
        self.assertEqual(result.returncode, 2, result.stderr)
        last = result.stderr.strip().splitlines()[-1]
        self.assertTrue(last.startswith("albef: "), last)
        for word in words:
            self.assertIn(word, last)

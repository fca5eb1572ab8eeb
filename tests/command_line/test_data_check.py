#!/usr/bin/env python3
"""albef data check: what it counts in data with faults, its JSON and its page, its exit codes.

usage: test_data_check.py PROGRAM
"""
import io
import json
import shutil
import tarfile
import unittest

from program import ProgramTest, albef


class DataCheck(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.faulty = cls.root / "faulty"
        shutil.copytree(cls.data / "images" / "train", cls.faulty)
        records = [{"image": f"{i + 1:06}.png", "caption": [f"picture {i}", "a scene"]} for i in range(10)]
        shutil.copy(cls.faulty / "000001.png", cls.faulty / "again.png")
        (cls.faulty / "text.jpg").write_text("<html>404</html>")
        (cls.faulty / "empty.jpg").write_bytes(b"")
        records += [{"image": name, "caption": "a scene"} for name in ("again.png", "text.jpg", "empty.jpg", "gone.jpg")]
        records += [{"image": "000001.png", "caption": "..."}, {"image": "000002.png", "caption": ""}, {"image": "", "caption": "a dog"}]
        cls.list = cls.faulty / "list.json"
        cls.list.write_text(json.dumps(records))
        cls.test = cls.faulty / "test.json"
        cls.test.write_text(json.dumps([{"image": "again.png", "caption": "Picture 0!"}, {"image": "000050.png", "caption": "free"}]))

    def check(self, *args):
        return albef("data", "check", *args, "--threads", 2, "--quiet")

    def json(self, *args, code=0):
        run = self.check(*args, "--json", "-")
        self.assertEqual(run.returncode, code, run.stderr)
        return json.loads(run.stdout)

    def test_clean_data_have_no_warning(self):
        run = self.check(self.data / "train.json", "--image-root", self.data, "--test", self.data / "test.json", "--strict")
        self.assertEqual((run.returncode, run.stderr), (0, ""), run.stdout)
        self.assertRegex(run.stdout, r"pairs +300 in 60 records\n")
        self.assertNotIn("warning", run.stdout)

    def test_faults_are_counted_by_reason(self):
        found = self.json(self.list, "--image-root", self.faulty)
        self.assertEqual(found["pairs"], 25)
        self.assertEqual(found["broken"], {"empty caption": 1, "empty file": 1, "no image name": 1, "no picture": 1, "no such file": 1})
        self.assertEqual(found["missing"], 1)
        self.assertEqual(found["truncated_archives"], [])
        self.assertEqual(found["broken_pictures"]["no such file"][0]["record"], 14)
        self.assertEqual(found["picture"]["exact_duplicates"]["pictures"], 2)
        self.assertEqual(found["picture"]["readable"], 11)
        self.assertEqual(found["captions"]["of_several_pictures"]["examples"], [{"caption": "a scene", "pictures": 14}])
        self.assertEqual(found["captions"]["without_words"], 1)
        self.assertEqual(found["captions"]["words"]["max"], 2)
        self.assertEqual(len(found["warnings"]), 3)
        self.assertNotIn("overlap", found)

    def test_strict_ends_with_1_where_there_is_a_warning(self):
        self.assertEqual(self.check(self.list, "--image-root", self.faulty).returncode, 0)
        run = self.check(self.list, "--image-root", self.faulty, "--strict")
        self.assertEqual(run.returncode, 1)
        self.assertIn("warning: ", run.stdout.splitlines()[-1])

    def test_test_pictures_in_the_training_data_are_found(self):
        found = self.json(self.list, "--image-root", self.faulty, "--test", self.test)["overlap"]
        self.assertEqual((found["test_pictures"], found["same_name"], found["same_bytes"], found["captions"]), (2, 1, 0, 1))

    def test_vocabulary_tells_unknown_words(self):
        vocab = self.root / "vocab.txt"
        vocab.write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "picture"]))
        captions = self.json(self.list, "--image-root", self.faulty, "--no-pictures", "--vocab", vocab)["captions"]
        self.assertEqual(captions["unknown_words"][0], {"word": "scene", "count": 14})
        self.assertEqual(captions["unknown"], 24)
        self.assertEqual(captions["word_pieces"], 48)

    def test_lists_alone_and_a_sample(self):
        self.assertNotIn("picture", self.json(self.list, "--no-pictures"))
        self.assertEqual(self.json(self.list, "--image-root", self.faulty, "--sample", 3)["picture"]["looked_at"], 3)

    def test_settings_name_the_data(self):
        found = self.json("--config", self.config)
        self.assertEqual(found["pairs"], 300)
        self.refused(self.check("--config", self.config, self.list), "SOURCE")
        self.refused(self.check(), "SOURCE")

    def test_a_source_that_cannot_be_read(self):
        torn = self.root / "torn.json"
        torn.write_text('[{"image": "a.png", "caption": "a"}, {"image": ')
        found = self.json(torn, self.list, self.root / "none.json", "--image-root", self.faulty)
        self.assertIn("torn.json", found["sources"][0]["error"])
        self.assertNotIn("error", found["sources"][1])
        self.assertEqual(found["pairs"], 25)
        self.refused(self.check(torn, self.root / "none.json"), "torn.json")
        self.json(torn, self.list, "--image-root", self.faulty, "--strict", code=1)

    def test_a_list_of_nothing_usable_is_no_error(self):
        bad = self.root / "bad.json"
        bad.write_text(json.dumps([{"image": "a.png", "caption": "\u200b"}]))
        found = self.json(bad)
        self.assertEqual((found["pairs"], found["broken"]), (0, {"empty caption": 1}))

    def test_truncated_archives_are_named(self):
        shards = self.root / "shards"
        shards.mkdir()
        for shard in range(2):
            with tarfile.open(shards / f"{shard}.tar", "w", format=tarfile.USTAR_FORMAT) as tar:
                for i in range(8):
                    for name, content in ((f"{i}.png", (self.faulty / f"{8 * shard + i + 1:06}.png").read_bytes()), (f"{i}.txt", b"a scene")):
                        member = tarfile.TarInfo(name)
                        member.size = len(content)
                        tar.addfile(member, io.BytesIO(content))
        cut = shards / "1.tar"
        cut.write_bytes(cut.read_bytes()[:-cut.stat().st_size // 2])
        source = str(shards / "{0..1}.tar")
        found = self.json(source)
        self.assertEqual(found["truncated_archives"], [str(cut)])
        self.assertEqual(found["sources"][0]["shards"], 2)
        self.assertTrue(8 < found["pairs"] < 16, found["pairs"])
        self.json(source, "--strict", code=1)

    def test_page_holds_pictures_and_nothing_from_elsewhere(self):
        page = self.root / "page.html"
        nasty = self.root / "nasty.json"
        nasty.write_text(json.dumps([{"image": "again.png", "caption": "<script>alert(1)</script>"}, {"image": "000001.png", "caption": "<script>alert(1)</script>"},
                                     {"image": "<b>.png", "caption": "a"}]))
        run = self.check(nasty, "--image-root", self.faulty, "--test", self.test, "--html", page)
        self.assertEqual(run.returncode, 0, run.stderr)
        text = page.read_text()
        self.assertIn("data:image/jpeg;base64,", text)
        self.assertIn("&lt;script&gt;", text)
        for nowhere in ("<script", "<b>.png", "http://", "https://"):
            self.assertNotIn(nowhere, text)

    def test_outputs_do_not_replace_inputs(self):
        self.refused(self.check(self.list, "--json", self.list), "list.json")
        self.refused(self.check(self.list, "--html", "-"), "--html")
        self.refused(self.check(self.list, "--json", self.root / "a", "--html", self.root / "a"), "--json and --html")

    def test_unusable_samples_are_named(self):
        named = self.root / "bad.jsonl"
        self.check(self.list, "--image-root", self.faulty, "--bad-samples", named)
        reasons = sorted(json.loads(line)["reason"] for line in named.read_text().splitlines())
        self.assertEqual(reasons, ["empty caption", "empty file", "no image name", "no picture", "no such file"])


if __name__ == "__main__":
    unittest.main(verbosity=2)

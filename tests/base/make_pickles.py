"""Writes pickles.json: one value as pickled by this Python, protocol by protocol, in hex.

Run it once by Python 2.7 and once by Python 3; each replaces what the other did not write.
"""
from __future__ import print_function
import io
import json
import os
import pickle
import sys

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pickles.json")
PHRASE = u"it's \"a\" caf\u00e9 \\ \U0001f600\nend"
VALUE = [{"sent_ids": [0, 255, 65535, -70000], "split": "val", "raw": PHRASE, "box": [1.5, -2e-7], "ok": True,
          "not": False, "none": None, "pair": (1, 2), "empty": [{}, [], (), ""]},
         5000000000, -3000000000]
VALUE.append(VALUE[0]["sent_ids"])  # shared

writers = {"pickle": pickle}
if sys.version_info[0] == 2:
    import cPickle
    writers["cPickle"] = cPickle
    VALUE[0]["bytes"] = PHRASE.encode("utf-8")
else:
    VALUE[0]["bytes"] = PHRASE

files = json.load(open(PATH))["files"] if os.path.exists(PATH) else {}
for name, module in sorted(writers.items()):
    for protocol in range(module.HIGHEST_PROTOCOL + 1):
        data = module.dumps(VALUE, protocol)
        files["Python %d %s %d" % (sys.version_info[0], name, protocol)] = "".join("%02x" % b for b in bytearray(data))
with io.open(PATH, "w", encoding="utf-8") as out:
    text = json.dumps({"value": VALUE, "files": files}, indent=1, sort_keys=True)
    out.write(text if isinstance(text, type(u"")) else text.decode("ascii"))

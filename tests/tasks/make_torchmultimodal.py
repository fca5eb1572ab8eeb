#!/usr/bin/env python3
"""Writes torchmultimodal.safetensors: TorchMultimodal's ALBEF at tiny sizes with random weights, and what its encoders
make of random inputs.

    pip install torch torchvision safetensors iopath torchmultimodal-nightly && tests/tasks/make_torchmultimodal.py
"""
import pathlib

import torch
from safetensors.torch import save_file
from torchmultimodal.models.albef.image_encoder import ALBEFVisionEncoder
from torchmultimodal.models.albef.model import ALBEFModel, ALBEFModelWithSimilarity
from torchmultimodal.models.albef.multimodal_encoder import ALBEFMultimodalEncoder
from torchmultimodal.modules.encoders.bert_text_encoder import bert_text_encoder

WIDTH, HEADS, INNER = 16, 2, 24


def main():
    torch.manual_seed(7)
    model = ALBEFModelWithSimilarity(
        ALBEFModel(
            ALBEFVisionEncoder(16, 8, 2, HEADS, WIDTH, 4 * WIDTH),
            bert_text_encoder(hidden_size=WIDTH, num_hidden_layers=2, num_attention_heads=HEADS, intermediate_size=INNER, vocab_size=20, max_position_embeddings=8),
            ALBEFMultimodalEncoder(WIDTH, 2, HEADS, INNER),
        ),
        torch.nn.Linear(WIDTH, 4), torch.nn.Linear(WIDTH, 4), embed_size=4, queue_size=6,
    ).eval()
    with torch.no_grad():
        for parameter in model.albef_model.parameters():
            parameter.normal_(0, 0.3)
        image, ids = torch.randn(2, 3, 16, 16), torch.randint(5, 20, (2, 5))
        mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
        albef = model.albef_model
        tokens = albef.vision_encoder(image)
        states = albef.text_encoder(ids, mask).last_hidden_state
        fused = albef.multimodal_encoder(hidden_states=states, attention_mask=mask, encoder_hidden_states=tokens)
    weights = {name: tensor.clone().contiguous() for name, tensor in model.state_dict().items()}
    more = {"in.image": image, "in.ids": ids, "in.mask": mask, "out.image": tokens, "out.text": states, "out.fused": fused}
    save_file({**weights, **more}, pathlib.Path(__file__).with_name("torchmultimodal.safetensors"))


if __name__ == "__main__":
    main()

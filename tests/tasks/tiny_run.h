// Settings of a run that is over in a second, for tests; what it trains on is added to them.
#pragma once

namespace albef {

inline constexpr char kTinyRun[] = R"(image_res: 32
vision_width: 24
vision_depth: 1
vision_heads: 3
embed_dim: 8
queue_size: 12
bert_config: ""
bert: {hidden_size: 24, num_hidden_layers: 2, num_attention_heads: 3, intermediate_size: 32, fusion_layer: 1,
  max_position_embeddings: 32, hidden_dropout_prob: 0, attention_probs_dropout_prob: 0}
vocab: {train: 300}
device: cpu
quiet: true
log_every_steps: 1
drop_last: false
optimizer: {weight_decay: 0.02}
schedular: {sched: cosine_step, lr: 1e-3, min_lr: 1e-5, epochs: 2}
)";

}  // namespace albef

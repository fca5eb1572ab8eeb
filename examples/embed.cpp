// How well a caption fits a picture: the cosine of their embeddings in ALBEF's joint space.
//   embed ALBEF.pth vocab.txt photo.jpg "a dog on the beach"
#include <torch/torch.h>

#include <cstdio>

#include "albef/base/error.h"
#include "albef/image/decode.h"
#include "albef/image/resize.h"
#include "albef/io/weights.h"
#include "albef/model/albef.h"
#include "albef/text/tokenizer.h"

int main(int argc, char** argv) {
  if (argc != 5) {
    std::puts("usage: embed CHECKPOINT VOCAB PICTURE CAPTION   (ViT-B/16 and BERT-base at 256 pixels)");
    return argc == 2 ? 0 : 2;
  }
  try {
    const torch::NoGradGuard no_grad;
    albef::Albef model(albef::AlbefOptions{.queue_size = 0, .momentum_model = false});
    const albef::LoadOptions parts{.allow = {"visual_encoder_m.", "text_encoder_m.", "vision_proj_m.", "text_proj_m.",
                                             "image_queue", "text_queue", "queue_ptr"}};
    albef::load_authors(*model, albef::read_weights(argv[1]), parts);
    model->eval();

    auto picture = albef::resize(albef::read_image(argv[3]), 256, 256);
    auto rgb = torch::from_blob(picture.pixels.data(), {1, 256, 256, 3}, torch::kUInt8);
    auto ids = albef::Tokenizer(albef::Vocabulary::load(argv[2])).encode(argv[4], /*max_tokens=*/30);
    const auto layout = albef::TokenLayout::padded(1, static_cast<int64_t>(ids.size()));

    const auto image = model->online.image_feature(model->online.vision(albef::normalise_pixels(rgb)));
    const auto text = model->online.text_feature(model->online.text->bert->encode(torch::tensor(ids), layout), layout);
    std::printf("%.4f\n", (image * text).sum().item<double>());
  } catch (const albef::Error& error) {
    std::fprintf(stderr, "embed: %s\n", error.what());
    return 2;
  }
}

#include "albef/model/vit.h"

#include "albef/model/group.h"

namespace albef {

VitBlockImpl::VitBlockImpl(const VitOptions& options) : options_(options) {
  const auto norm = torch::nn::LayerNormOptions({options_.width}).eps(options_.norm_eps);
  const int64_t hidden = options_.width * options_.mlp_ratio;
  norm1_ = register_module("norm1", torch::nn::LayerNorm(norm));
  const auto attn = register_module("attn", group());
  qkv_ = attn->register_module("qkv", torch::nn::Linear(options_.width, 3 * options_.width));
  proj_ = attn->register_module("proj", torch::nn::Linear(options_.width, options_.width));
  norm2_ = register_module("norm2", torch::nn::LayerNorm(norm));
  const auto mlp = register_module("mlp", group());
  fc1_ = mlp->register_module("fc1", torch::nn::Linear(options_.width, hidden));
  fc2_ = mlp->register_module("fc2", torch::nn::Linear(hidden, options_.width));
}

torch::Tensor VitBlockImpl::forward(const torch::Tensor& x, AttentionRecord* record) {
  const auto qkv = qkv_(norm1_(x)).chunk(3, -1);
  const auto y = x + proj_(attend(qkv[0], qkv[1], qkv[2], options_.heads, {}, /*dropout=*/0.0, record));
  return y + fc2_(torch::gelu(fc1_(norm2_(y))));
}

VisionTransformerImpl::VisionTransformerImpl(const VitOptions& options) : options_(options) {
  const auto& o = options_;
  TORCH_CHECK(o.patch_size > 0 && o.image_res > 0 && o.image_res % o.patch_size == 0, "ViT: image side ", o.image_res,
              " is no multiple of the patch size ", o.patch_size);
  TORCH_CHECK(o.heads > 0 && o.width % o.heads == 0, "ViT: width ", o.width, " is no multiple of ", o.heads, " heads");
  cls_token_ = register_parameter("cls_token", torch::zeros({1, 1, o.width}));
  pos_embed_ = register_parameter("pos_embed", torch::zeros({1, o.tokens(), o.width}));
  const auto patch_embed = register_module("patch_embed", group());
  const auto proj = patch_embed->register_module("proj", group());
  patch_weight_ = proj->register_parameter("weight", torch::zeros({o.width, 3, o.patch_size, o.patch_size}));
  patch_bias_ = proj->register_parameter("bias", torch::zeros({o.width}));
  blocks_ = register_module("blocks", torch::nn::ModuleList());
  for (int64_t i = 0; i < o.depth; ++i) blocks_->push_back(VitBlock(o));
  norm_ = register_module("norm", torch::nn::LayerNorm(torch::nn::LayerNormOptions({o.width}).eps(o.norm_eps)));
}

torch::Tensor VisionTransformerImpl::forward(const torch::Tensor& pixels, AttentionRecord* record) {
  const auto& o = options_;
  TORCH_CHECK(
      pixels.dim() == 4 && pixels.size(1) == 3 && pixels.size(2) == o.image_res && pixels.size(3) == o.image_res,
      "ViT: pixels are ", pixels.sizes(), ", expected [B, 3, ", o.image_res, ", ", o.image_res, "]");
  const int64_t batch = pixels.size(0), grid = o.grid(), patch = o.patch_size;
  // A convolution whose stride is its kernel is one matrix product over patches cut out beforehand.
  const auto patches = pixels.view({batch, 3, grid, patch, grid, patch})
                           .permute({0, 2, 4, 1, 3, 5})
                           .reshape({batch, grid * grid, 3 * patch * patch});
  const auto embedded = torch::linear(patches, patch_weight_.flatten(1), patch_bias_);
  auto x = torch::cat({cls_token_.to(embedded.scalar_type()).expand({batch, -1, -1}), embedded}, 1) + pos_embed_;
  for (int64_t i = 0; i < o.depth; ++i) {
    const bool recorded = record && i == record->layer;
    const torch::AutoGradMode gradients(torch::GradMode::is_enabled() && (!record || i >= record->layer));
    if (recorded && record->rows.defined()) x = x.index_select(0, record->rows);
    x = (*blocks_)[static_cast<size_t>(i)]->as<VitBlock>()->forward(x, recorded ? record : nullptr);
  }
  return norm_(x);
}

torch::Tensor normalise_pixels(const torch::Tensor& rgb) {
  const auto options = torch::TensorOptions(torch::kFloat).device(rgb.device());
  const auto mean = torch::tensor({0.48145466F, 0.4578275F, 0.40821073F}, options);
  const auto std = torch::tensor({0.26862954F, 0.26130258F, 0.27577711F}, options);
  return rgb.to(torch::kFloat).div_(255).sub_(mean).div_(std).permute({0, 3, 1, 2}).contiguous();
}

torch::Tensor pixels_on(torch::Device device, const torch::Tensor& pixels) {
  const bool pin = device.is_cuda() && pixels.is_cpu() && !pixels.is_pinned();
  const auto there = (pin ? pixels.pin_memory() : pixels).to(device, /*non_blocking=*/true);
  return there.scalar_type() == torch::kUInt8 ? normalise_pixels(there) : there;
}

}  // namespace albef

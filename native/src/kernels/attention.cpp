#include "kernels/attention.h"

#include "kernels/attention_tiles.h"

// Causal attention a tile of queries at a time: scores of a tile exist for one head only, and are computed again in the
// backward pass (Dao et al. 2022, with whole rows of keys instead of blocks).

namespace lagotto {

void attentionForward(ggml_tensor* result, int thread, int threads, void* data) {
    // An operator in place has its target as the first source.
    ggml_tensor* const* sources = result->src + (result->view_src ? 1 : 0);
    const ggml_tensor *queries = sources[0], *keys = sources[1], *values = sources[2];
    const int64_t size = queries->ne[0], heads = queries->ne[1], group = heads / keys->ne[1];
    const auto& job = *static_cast<const AttentionJob*>(data);
    const Products product(job.bf16);
    Buffers& buffers = threadBuffers();
    int64_t unit = 0;
    for (const Sequence& sequence : job.sequences) {
        buffers.weights.resize(std::max<size_t>(buffers.weights.size(), tile * sequence.length));
        for (int64_t head = 0; head < heads; head++) {
            for (int64_t start = 0; start < sequence.length; start += tile) {
                if (unit++ % threads != thread) continue;
                const int64_t count = std::min(tile, sequence.length - start), seen = start + count;
                const Rows weights{buffers.weights.data(), seen};
                product(weights, headOf(queries, head, sequence.start + start),
                        headOf(keys, head / group, sequence.start), count, seen, size, false, false, false);
                softmax(weights, start, count, seen, scaleOf(queries));
                const Rows out{
                    static_cast<float*>(result->data) + (sequence.start + start) * heads * size + head * size,
                    heads * size};
                product(out, weights, headOf(values, head / group, sequence.start), count, size, seen, false, true,
                        false);
            }
        }
    }
}

void attentionBackward(ggml_tensor* result, int thread, int threads, void* data) {
    const ggml_tensor *queries = result->src[0], *keys = result->src[1], *values = result->src[2];
    const ggml_tensor *outputs = result->src[3], *gradients = result->src[4];
    const int64_t size = queries->ne[0], heads = queries->ne[1], groups = keys->ne[1], tokens = queries->ne[2];
    const int64_t group = heads / groups;
    const float scale = scaleOf(queries);
    auto* dQueries = static_cast<float*>(result->data);
    float* dKeys = dQueries + size * heads * tokens;
    float* dValues = dKeys + size * groups * tokens;
    const auto& job = *static_cast<const AttentionJob*>(data);
    const Products product(job.bf16);
    Buffers& buffers = threadBuffers();
    int64_t unit = 0;
    for (const Sequence& s : job.sequences) {
        buffers.weights.resize(std::max<size_t>(buffers.weights.size(), tile * s.length));
        buffers.gradients.resize(std::max<size_t>(buffers.gradients.size(), tile * s.length));
        for (int64_t kv = 0; kv < groups; kv++) {
            // All heads of a group add to the same keys and values: one thread does them.
            if (unit++ % threads != thread) continue;
            const Rows key = headOf(keys, kv, s.start), value = headOf(values, kv, s.start);
            const Rows dKey{dKeys + (s.start * groups + kv) * size, groups * size};
            const Rows dValue{dValues + (s.start * groups + kv) * size, groups * size};
            for (int64_t i = 0; i < s.length; i++) {
                std::fill_n(dKey.from(i).data, size, 0.0f);
                std::fill_n(dValue.from(i).data, size, 0.0f);
            }
            for (int64_t head = kv * group; head < (kv + 1) * group; head++) {
                for (int64_t start = 0; start < s.length; start += tile) {
                    const int64_t count = std::min(tile, s.length - start), seen = start + count;
                    const int64_t at = (s.start + start) * heads * size + head * size;
                    const Rows query = headOf(queries, head, s.start + start);
                    const Rows out{static_cast<float*>(outputs->data) + at, heads * size};
                    const Rows dOut{static_cast<float*>(gradients->data) + at, heads * size};
                    const Rows p{buffers.weights.data(), seen}, dP{buffers.gradients.data(), seen};
                    product(p, query, key, count, seen, size, false, false, false);
                    softmax(p, start, count, seen, scale);
                    product(dP, dOut, value, count, seen, size, false, false, false);
                    product(dValue, p, dOut, seen, size, count, true, true, true);
                    for (int64_t i = 0; i < count; i++) {
                        kernels().rows.softmaxBackward(p.from(i).data, out.from(i).data, dOut.from(i).data, size,
                                                       dP.from(i).data, seen, scale);
                    }
                    product({dQueries + at, heads * size}, dP, key, count, size, seen, false, true, false);
                    product(dKey, dP, query, seen, size, count, true, true, true);
                }
            }
        }
    }
}

}  // namespace lagotto

#include "kernels/cached_attention.h"

#include "kernels/attention_tiles.h"

namespace lagotto {
namespace {

using Part = CachedAttentionJob::Part;

// Tokens become columns.
void append(Rows from, const Part& part, int64_t size, float* into) {
    for (int64_t i = 0; i < part.count; i++) {
        const float* row = from.from(i).data;
        for (int64_t d = 0; d < size; d++) into[d * part.capacity + part.past + i] = row[d];
    }
}

// A prompt: tiles of queries.
void attendTiles(Rows queries, Rows keys, Rows values, const Part& part, int64_t size, float scale, Rows out) {
    const Products product(false);
    std::vector<float>& weights = threadBuffers().weights;
    weights.resize(std::max<size_t>(weights.size(), tile * (part.past + part.count)));
    for (int64_t start = 0; start < part.count; start += tile) {
        const int64_t count = std::min(tile, part.count - start), seen = part.past + start + count;
        const Rows scores{weights.data(), seen};
        product(scores, queries.from(start), keys, count, seen, size, false, true, false);
        softmax(scores, part.past + start, count, seen, scale);
        product(out.from(start), scores, values, count, size, seen, false, false, false);
    }
}

}  // namespace

void cachedAttention(ggml_tensor* result, int thread, int threads, void* data) {
    const ggml_tensor *queries = result->src[0], *keys = result->src[1], *values = result->src[2];
    const int64_t size = queries->ne[0], heads = queries->ne[1], groups = keys->ne[1], group = heads / groups;
    const float scale = scaleOf(queries);
    int64_t unit = 0;
    for (const Part& part : static_cast<const CachedAttentionJob*>(data)->parts) {
        for (int64_t kv = 0; kv < groups; kv++) {
            // Heads of a group share keys and values: one thread does them.
            if (unit++ % threads != thread) continue;
            const Rows key{part.keys + kv * size * part.capacity, part.capacity};
            const Rows value{part.values + kv * size * part.capacity, part.capacity};
            append(headOf(keys, kv, part.start), part, size, key.data);
            append(headOf(values, kv, part.start), part, size, value.data);
            for (int64_t head = kv * group; head < (kv + 1) * group; head++) {
                const Rows query = headOf(queries, head, part.start);
                const Rows out{static_cast<float*>(result->data) + (part.start * heads + head) * size, heads * size};
                if (part.count > 1) {
                    attendTiles(query, key, value, part, size, scale, out);
                    continue;
                }
                std::vector<float>& weights = threadBuffers().weights;
                weights.resize(std::max<size_t>(weights.size(), part.past + 1));
                kernels().rows.attend(query.data, key.data, value.data, size, part.capacity, part.past + 1, scale,
                                      weights.data(), out.data);
            }
        }
    }
}

}  // namespace lagotto

#include <algorithm>
#include <cmath>

#include "graph/operators.h"

// Attention composed from plain operators, a tile of queries at a time, so that no more than heads × tile × length
// scores exist at once. The heads of a group, which share keys, are folded into the query axis: [D, tile·group, KV].

namespace lagotto {
namespace {

constexpr size_t F = sizeof(float);

// The tokens [from, from + count) of [D, heads, T] as [D, count, heads].
ggml_tensor* headsFirst(Graph& g, ggml_tensor* x, int64_t from, int64_t count) {
    ggml_tensor* part = gg::view_3d(g, x, x->ne[0], x->ne[1], count, x->nb[1], x->nb[2], from * x->nb[2]);
    return gg::cont(g, gg::permute(g, part, 0, 2, 1, 3));
}

ggml_tensor* transposed(Graph& g, ggml_tensor* x) { return gg::cont(g, gg::transpose(g, x)); }

// The first `count` rows of each matrix of [n, rows, heads].
ggml_tensor* firstRows(Graph& g, ggml_tensor* x, int64_t count) {
    return gg::view_3d(g, x, x->ne[0], count, x->ne[2], x->nb[1], x->nb[2], 0);
}

// The first `count` columns.
ggml_tensor* firstColumns(Graph& g, ggml_tensor* x, int64_t count) {
    return gg::cont(g, gg::view_3d(g, x, count, x->ne[1], x->ne[2], x->nb[1], x->nb[2], 0));
}

// One tile: queries [start, start + count) of a sequence see its keys [0, start + count).
struct Tile {
    int64_t start;
    int64_t count;
    int64_t seen() const { return start + count; }
};

std::vector<Tile> tilesOf(int64_t length, int64_t size) {
    std::vector<Tile> tiles;
    for (int64_t start = 0; start < length; start += size) tiles.push_back({start, std::min(size, length - start)});
    return tiles;
}

// What one sequence's tiles have in common.
class SequenceAttention {
public:
    SequenceAttention(Graph& g, ggml_tensor* queries, ggml_tensor* keys, ggml_tensor* values, const Sequence& sequence,
                      ggml_tensor* mask)
        : g_(g),
          queries_(queries),
          sequence_(sequence),
          mask_(mask),
          size_(queries->ne[0]),
          heads_(queries->ne[1]),
          groups_(keys->ne[1]),
          scale_(1.0f / std::sqrt(static_cast<float>(queries->ne[0]))),
          keys(headsFirst(g, keys, sequence.start, sequence.length)),
          values(headsFirst(g, values, sequence.start, sequence.length)) {}

    // A tile of [D, H, T], with the heads of a group folded into the query axis.
    ggml_tensor* folded(ggml_tensor* x, const Tile& tile) const {
        ggml_tensor* part = headsFirst(g_, x, sequence_.start + tile.start, tile.count);
        return gg::reshape_3d(g_, part, size_, tile.count * heads_ / groups_, groups_);
    }

    // The inverse: [D, tile·group, KV] as [D, H, tile].
    ggml_tensor* unfolded(ggml_tensor* x, const Tile& tile) const {
        return gg::cont(g_, gg::permute(g_, gg::reshape_3d(g_, x, size_, tile.count, heads_), 0, 2, 1, 3));
    }

    // Attention weights [seen, tile·group, KV].
    ggml_tensor* weights(ggml_tensor* foldedQueries, const Tile& tile) const {
        ggml_tensor* scores = gg::mul_mat(g_, firstRows(g_, keys, tile.seen()), foldedQueries);
        scores = gg::reshape_3d(g_, scores, tile.seen(), tile.count, heads_);
        ggml_tensor* weights = gg::soft_max_ext(g_, scores, maskOf(tile), scale_, 0.0f);
        return gg::reshape_3d(g_, weights, tile.seen(), tile.count * heads_ / groups_, groups_);
    }

    float scale() const { return scale_; }

private:
    // The mask is a staircase wide enough for the last tile; an earlier tile sees its right end.
    ggml_tensor* maskOf(const Tile& tile) const {
        const int64_t skipped = mask_->ne[0] - mask_->ne[1] - tile.start;
        return gg::cont(g_, gg::view_2d(g_, mask_, tile.seen(), tile.count, mask_->nb[1], skipped * F));
    }

    Graph& g_;
    ggml_tensor* queries_;
    const Sequence& sequence_;
    ggml_tensor* mask_;
    int64_t size_, heads_, groups_;
    float scale_;

public:
    ggml_tensor* const keys;
    ggml_tensor* const values;
};

int64_t longest(const std::vector<Sequence>& sequences) {
    int64_t length = 0;
    for (const Sequence& sequence : sequences) length = std::max(length, sequence.length);
    return length;
}

// [width + tile, tile]: column c of row i is hidden when c − width > i.
std::vector<float> staircase(int64_t width, int64_t tile) {
    std::vector<float> mask(static_cast<size_t>((width + tile) * tile), 0.0f);
    for (int64_t i = 0; i < tile; i++) {
        for (int64_t c = width + i + 1; c < width + tile; c++) mask[i * (width + tile) + c] = -INFINITY;
    }
    return mask;
}

}  // namespace

ggml_tensor* Operators::attention(Graph& g, ggml_tensor* queries, ggml_tensor* keys, ggml_tensor* values,
                                  const std::vector<Sequence>& sequences, ggml_tensor* into) const {
    const int64_t width = longest(sequences);
    const int64_t rows = std::min(tile(), width);
    ggml_tensor* mask = g.input(g.keep(staircase(width, rows)), rows, width + rows);
    ggml_tensor* result = nullptr;
    ggml_tensor* target = gg::cont(g, queries);
    for (const Sequence& sequence : sequences) {
        const SequenceAttention s(g, queries, keys, values, sequence, mask);
        ggml_tensor* valuesByToken = transposed(g, s.values);
        for (const Tile& t : tilesOf(sequence.length, tile())) {
            ggml_tensor* weights = s.weights(s.folded(queries, t), t);
            ggml_tensor* out = s.unfolded(gg::mul_mat(g, firstColumns(g, valuesByToken, t.seen()), weights), t);
            result = gg::set_inplace(g, result ? result : target, out, out->nb[1], out->nb[2], out->nb[3],
                                     (sequence.start + t.start) * target->nb[2]);
        }
    }
    return stored(g, gg::reshape_2d(g, result, queries->ne[0] * queries->ne[1], queries->ne[2]), into);
}

AttentionGradients Operators::attentionBackward(Graph& g, ggml_tensor* queries, ggml_tensor* keys, ggml_tensor* values,
                                                ggml_tensor*, ggml_tensor* gradient,
                                                const std::vector<Sequence>& sequences) const {
    const int64_t width = longest(sequences);
    const int64_t rows = std::min(tile(), width);
    ggml_tensor* mask = g.input(g.keep(staircase(width, rows)), rows, width + rows);
    gradient = gg::reshape_3d(g, gradient, queries->ne[0], queries->ne[1], queries->ne[2]);
    AttentionGradients total{gg::cont(g, queries), gg::cont(g, keys), gg::cont(g, values)};
    for (const Sequence& sequence : sequences) {
        const SequenceAttention s(g, queries, keys, values, sequence, mask);
        ggml_tensor* keysByToken = transposed(g, s.keys);
        ggml_tensor *keySum = nullptr, *valueSum = nullptr;
        auto tiles = tilesOf(sequence.length, tile());
        // The last tile sees every key: its part is the sum to which the others are added.
        std::ranges::reverse(tiles);
        const auto accumulate = [&](ggml_tensor*& sum, ggml_tensor* part) {
            sum = sum ? gg::acc_inplace(g, sum, part, sum->nb[1], sum->nb[2], sum->nb[3], 0) : part;
        };
        for (const Tile& t : tiles) {
            ggml_tensor* q = s.folded(queries, t);
            ggml_tensor* p = s.weights(q, t);
            ggml_tensor* dOut = s.folded(gradient, t);
            ggml_tensor* dP = gg::mul_mat(g, firstRows(g, s.values, t.seen()), dOut);
            ggml_tensor* centered = gg::sub(g, dP, gg::sum_rows(g, gg::mul(g, p, dP)));
            ggml_tensor* dS = gg::scale(g, gg::mul(g, p, centered), s.scale());
            ggml_tensor* dQ = s.unfolded(gg::mul_mat(g, firstColumns(g, keysByToken, t.seen()), dS), t);
            total.queries = gg::set_inplace(g, total.queries, dQ, dQ->nb[1], dQ->nb[2], dQ->nb[3],
                                            (sequence.start + t.start) * queries->nb[2]);
            accumulate(keySum, gg::mul_mat(g, transposed(g, q), transposed(g, dS)));
            accumulate(valueSum, gg::mul_mat(g, transposed(g, dOut), transposed(g, p)));
        }
        const auto place = [&](ggml_tensor*& sum, ggml_tensor* part) {
            ggml_tensor* byToken = gg::cont(g, gg::permute(g, part, 0, 2, 1, 3));
            sum = gg::set_inplace(g, sum, byToken, byToken->nb[1], byToken->nb[2], byToken->nb[3],
                                  sequence.start * keys->nb[2]);
        };
        place(total.keys, keySum);
        place(total.values, valueSum);
    }
    return total;
}

}  // namespace lagotto

#pragma once

#include <cstdint>
#include <vector>

#include "model/architecture.h"

namespace lagotto {

/// The keys and values of one sequence: [size, capacity] for each head of each layer, so that what one query reads lies
/// side by side. F32.
class KeyValueCache {
public:
    explicit KeyValueCache(const Architecture& architecture)
        : heads_(architecture.layers * architecture.keyValueHeads),
          perLayer_(architecture.keyValueHeads),
          size_(architecture.headSize) {}

    /// Makes room; the first `kept` tokens stay.
    void reserve(int64_t tokens, int64_t kept);
    int64_t capacity() const { return capacity_; }
    float* keys(size_t layer) { return keys_.data() + at(layer); }
    float* values(size_t layer) { return values_.data() + at(layer); }
    size_t bytes() const { return 2 * keys_.size() * sizeof(float); }

private:
    size_t at(size_t layer) const { return layer * static_cast<size_t>(perLayer_ * size_ * capacity_); }

    int64_t heads_, perLayer_, size_, capacity_ = 0;
    std::vector<float> keys_, values_;
};

}  // namespace lagotto

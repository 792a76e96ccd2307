#include "decoding/cache.h"

#include <algorithm>

namespace lagotto {
namespace {

constexpr int64_t block = 256;

std::vector<float> grown(const std::vector<float>& rows, int64_t count, int64_t from, int64_t to, int64_t kept) {
    std::vector<float> result(static_cast<size_t>(count * to));
    for (int64_t row = 0; row < count && kept > 0; row++) {
        std::copy_n(rows.begin() + row * from, kept, result.begin() + row * to);
    }
    return result;
}

}  // namespace

void KeyValueCache::reserve(int64_t tokens, int64_t kept) {
    if (tokens <= capacity_) return;
    const int64_t capacity = (tokens + block - 1) / block * block;
    keys_ = grown(keys_, heads_ * size_, capacity_, capacity, kept);
    values_ = grown(values_, heads_ * size_, capacity_, capacity, kept);
    capacity_ = capacity;
}

}  // namespace lagotto

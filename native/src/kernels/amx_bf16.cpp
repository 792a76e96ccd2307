#include "kernels/avx512_bf16_packing.h"
#include "kernels/product.h"

// Products of BF16 in the tiles of Intel's AMX: registers of 16 rows of 64 bytes, of which one instruction multiplies
// two and adds to a third (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, chapter 18).

namespace lagotto {
namespace {

constexpr int64_t tileLines = 16;

// A row of a tile: of A sixteen pairs of one line, of B a pair of each of sixteen lines.
struct alignas(64) TileRow {
    uint32_t pairs[16];
};

inline void store(TileRow& row, __m512i pairs) { _mm512_store_si512(row.pairs, pairs); }

// Packs lines into tiles, 32 numbers of 16 lines in each. `Turned` ones have the lines side by side, others one below
// the other.
template <bool Turned>
struct Tiles {
    using Packed = TileRow;
    static constexpr int64_t step = 32;

    template <int64_t Width, class Element>
    static void turn(const Element* const* lines, int64_t count, int64_t inner, TileRow* out) {
        for (int64_t k = 0; k < inner; k += step, out += Width) {
            __m512i r[tileLines];
            for (int64_t line = 0; line < tileLines; line++) {
                r[line] = line < count && lines[line] ? loadPairs(lines[line] + k, inner - k) : _mm512_setzero_si512();
            }
            if constexpr (Turned) transpose(r);
            for (int64_t i = 0; i < tileLines; i++) store(out[i], r[i]);
        }
    }

    template <int64_t Width, class Element>
    static void interleave(const Element* const* rows, int64_t count, TileRow* out) {
        for (int64_t lane = 0; lane < Width; lane += tileLines) {
            const __mmask16 lanes = firstLanes(count - lane);
            __m512i r[step / 2];
            for (int64_t pair = 0; pair < step / 2; pair++) {
                const Element *first = rows[2 * pair], *second = rows[2 * pair + 1];
                r[pair] =
                    first ? loadPairs(first + lane, second ? second + lane : nullptr, lanes) : _mm512_setzero_si512();
            }
            if constexpr (!Turned) transpose(r);
            for (int64_t i = 0; i < tileLines; i++) store(out[lane + i], r[i]);
        }
    }
};

// Four tiles of sums: two of A's by two of B's.
struct AmxKernel : Tiles<true> {
    using Left = Tiles<false>;
    static constexpr int64_t rows = 2 * tileLines;
    static constexpr int64_t columns = 2 * tileLines;

    static void run(const TileRow* a, const TileRow* b, int64_t steps, float* c, int64_t cRow, const float* from,
                    int64_t fromRow) {
        constexpr size_t tileRow = sizeof(TileRow);
        // Compilers do not know that tiles are loaded from what was stored.
        __asm__ volatile("" ::: "memory");
        if (from) {
            const size_t row = fromRow * sizeof(float);
            _tile_loadd(0, from, row);
            _tile_loadd(1, from + tileLines, row);
            _tile_loadd(2, from + tileLines * fromRow, row);
            _tile_loadd(3, from + tileLines * fromRow + tileLines, row);
        } else {
            _tile_zero(0);
            _tile_zero(1);
            _tile_zero(2);
            _tile_zero(3);
        }
        for (int64_t k = 0; k < steps; k++, a += rows, b += columns) {
            _tile_loadd(4, a, tileRow);
            _tile_loadd(6, b, tileRow);
            _tile_loadd(7, b + tileLines, tileRow);
            _tile_loadd(5, a + tileLines, tileRow);
            _tile_dpbf16ps(0, 4, 6);
            _tile_dpbf16ps(1, 4, 7);
            _tile_dpbf16ps(2, 5, 6);
            _tile_dpbf16ps(3, 5, 7);
        }
        const size_t row = cRow * sizeof(float);
        _tile_stored(0, c, row);
        _tile_stored(1, c + tileLines, row);
        _tile_stored(2, c + tileLines * cRow, row);
        _tile_stored(3, c + tileLines * cRow + tileLines, row);
        __asm__ volatile("" ::: "memory");
    }
};

// What LDTILECFG reads: eight whole tiles.
struct alignas(64) TileConfig {
    uint8_t palette = 1, start = 0, reserved[14] = {};
    uint16_t rowBytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

// A thread's tiles may be somebody else's, too (ggml sets them up once for each thread): they are given back as they
// were found, whatever happens.
class BorrowedTiles {
public:
    BorrowedTiles() {
        static constexpr TileConfig ours;
        _tile_storeconfig(&before_);
        _tile_loadconfig(&ours);
    }
    ~BorrowedTiles() { _tile_loadconfig(&before_); }
    BorrowedTiles(const BorrowedTiles&) = delete;
    BorrowedTiles& operator=(const BorrowedTiles&) = delete;

private:
    TileConfig before_;
};

}  // namespace

void multiplyAmxBf16(const Product& product, Scratch& scratch) {
    // Most of a tile would be computed for nothing.
    if (product.rows < tileLines / 2 || product.end - product.begin < tileLines) {
        return multiplyAvx512Bf16(product, scratch);
    }
    const BorrowedTiles tiles;
    multiplyBlocks<AmxKernel>(product, scratch);
}

}  // namespace lagotto

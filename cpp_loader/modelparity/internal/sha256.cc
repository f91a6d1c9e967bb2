#include "modelparity/internal/sha256.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace modelparity::internal {
namespace {

constexpr std::size_t kBlockSize = 64;

// FIPS 180-4, 4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64
// primes.
constexpr std::array<std::uint32_t, 64> kRoundConstants = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

using State = std::array<std::uint32_t, 8>;

// FIPS 180-4, 5.3.3.
constexpr State kInitialState = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

std::uint32_t rotate(std::uint32_t word, unsigned count) {
  return (word >> count) | (word << (32 - count));
}

// FIPS 180-4, 6.2.2.
void add_block(State& state, const unsigned char* block) {
  std::array<std::uint32_t, 64> schedule;
  for (std::size_t t = 0; t < 16; ++t) {
    schedule[t] = std::uint32_t{block[4 * t]} << 24 | std::uint32_t{block[4 * t + 1]} << 16 |
                  std::uint32_t{block[4 * t + 2]} << 8 | std::uint32_t{block[4 * t + 3]};
  }
  for (std::size_t t = 16; t < 64; ++t) {
    const std::uint32_t near = schedule[t - 2];
    const std::uint32_t far = schedule[t - 15];
    schedule[t] = schedule[t - 16] + schedule[t - 7] +
                  (rotate(near, 17) ^ rotate(near, 19) ^ (near >> 10)) +
                  (rotate(far, 7) ^ rotate(far, 18) ^ (far >> 3));
  }
  auto [a, b, c, d, e, f, g, h] = state;
  for (std::size_t t = 0; t < 64; ++t) {
    const std::uint32_t first = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
                                ((e & f) ^ (~e & g)) + kRoundConstants[t] + schedule[t];
    const std::uint32_t second =
        (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + first;
    d = c;
    c = b;
    b = a;
    a = first + second;
  }
  const State worked = {a, b, c, d, e, f, g, h};
  for (std::size_t i = 0; i < state.size(); ++i) state[i] += worked[i];
}

void add_blocks(State& state, const unsigned char* blocks, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) add_block(state, blocks + i * kBlockSize);
}

#ifdef __x86_64__

__m128i load(const void* bytes) { return _mm_loadu_si128(static_cast<const __m128i*>(bytes)); }

void store(void* bytes, __m128i vector) { _mm_storeu_si128(static_cast<__m128i*>(bytes), vector); }

// The same with the processor's own SHA instructions, several times faster. They do two rounds at a
// time, on a, b, e and f in one register and c, d, g and h in another, the first in the highest
// lane (Intel 64 manual, volume 2, SHA256RNDS2).
[[gnu::target("sha,sse4.1")]] void add_blocks_with_sha(State& state, const unsigned char* blocks,
                                                       std::size_t count) {
  const __m128i big_endian = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
  const auto [a, b, c, d, e, f, g, h] = state;
  std::array<std::uint32_t, 4> feba = {f, e, b, a};
  std::array<std::uint32_t, 4> hgdc = {h, g, d, c};
  __m128i abef = load(feba.data());
  __m128i cdgh = load(hgdc.data());
  for (std::size_t block = 0; block < count; ++block) {
    const __m128i abef_before = abef;
    const __m128i cdgh_before = cdgh;
    // Four words in each.
    __m128i schedule[16];
    // Twice as fast when the schedule is in registers.
#pragma GCC unroll 16
    for (std::size_t i = 0; i < 16; ++i) {
      if (i < 4) {
        schedule[i] = _mm_shuffle_epi8(load(blocks + block * kBlockSize + 16 * i), big_endian);
      } else {
        const __m128i near = _mm_alignr_epi8(schedule[i - 1], schedule[i - 2], 4);
        const __m128i far = _mm_sha256msg1_epu32(schedule[i - 4], schedule[i - 3]);
        schedule[i] = _mm_sha256msg2_epu32(_mm_add_epi32(far, near), schedule[i - 1]);
      }
      const __m128i words = _mm_add_epi32(schedule[i], load(&kRoundConstants[4 * i]));
      // Two rounds make a new a, b, e and f; the old ones become c, d, g and h.
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, words);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(words, 0x0e));
    }
    abef = _mm_add_epi32(abef, abef_before);
    cdgh = _mm_add_epi32(cdgh, cdgh_before);
  }
  store(feba.data(), abef);
  store(hgdc.data(), cdgh);
  state = {feba[3], feba[2], hgdc[3], hgdc[2], feba[1], feba[0], hgdc[1], hgdc[0]};
}

// __builtin_cpu_supports("sha") is an error for Clang 14.
bool has_sha() {
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (ebx & bit_SHA) != 0;
}

#endif

using AddBlocks = void (*)(State& state, const unsigned char* blocks, std::size_t count);

AddBlocks fastest_add_blocks() {
#ifdef __x86_64__
  if (has_sha() && __builtin_cpu_supports("sse4.1")) return add_blocks_with_sha;
#endif
  return add_blocks;
}

}  // namespace

Sha256::Sha256(Instructions instructions)
    : add_blocks_(instructions == Instructions::kFastest ? fastest_add_blocks() : add_blocks),
      state_(kInitialState) {}

void Sha256::add(std::string_view data) {
  const std::size_t waiting = size_ % kBlockSize;
  size_ += data.size();
  if (waiting > 0) {
    const std::size_t filling = std::min(kBlockSize - waiting, data.size());
    std::copy_n(data.data(), filling, rest_.data() + waiting);
    data.remove_prefix(filling);
    if (waiting + filling < kBlockSize) return;
    add_blocks_(state_, rest_.data(), 1);
  }
  const std::size_t blocks = data.size() / kBlockSize;
  add_blocks_(state_, reinterpret_cast<const unsigned char*>(data.data()), blocks);
  data.remove_prefix(blocks * kBlockSize);
  std::copy(data.begin(), data.end(), rest_.begin());
}

std::string Sha256::hex() {
  // FIPS 180-4, 5.1.1: a one bit, zeros, and the length in bits at the end of the last block.
  const std::size_t waiting = size_ % kBlockSize;
  const std::size_t padded = waiting + 9 <= kBlockSize ? kBlockSize : 2 * kBlockSize;
  std::fill(rest_.begin() + static_cast<std::ptrdiff_t>(waiting), rest_.end(), 0);
  rest_[waiting] = 0x80;
  for (std::size_t i = 0; i < 8; ++i) {
    rest_[padded - 1 - i] = static_cast<unsigned char>(size_ * 8 >> (8 * i));
  }
  add_blocks_(state_, rest_.data(), padded / kBlockSize);

  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string digits;
  for (const std::uint32_t word : state_) {
    for (int shift = 28; shift >= 0; shift -= 4) digits += kDigits[(word >> shift) & 15];
  }
  return digits;
}

}  // namespace modelparity::internal

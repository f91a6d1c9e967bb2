// The figures of plain floats, and whether floats agree: what compare/kernel.py calls, a block at a time.
//
// It computes what figures.py and agreement.py define, in float64 and in the same steps: only sums are in another
// order. Whatever it is not made for, such as NaN, it refuses, and the definition has the last word.
//
// A function keeps nothing, and writes to what it is given alone: several threads may call at once.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#if defined(__x86_64__)
// The loader takes the version that suits the processor.
#define MODELPARITY_FOR_EACH_PROCESSOR __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define MODELPARITY_FOR_EACH_PROCESSOR
#endif
// A version for a processor has its own copy of what it calls.
#define MODELPARITY_INLINE inline __attribute__((always_inline))

extern "C" {

// Of some elements, where r is the reference and c the candidate. kernel.py has the same fields.
struct ModelparityFigures {
  int64_t worst;        // the first element that is furthest beyond its tolerance
  double worst_excess;  // by how much it is
  int64_t failures;     // elements beyond their tolerance
  double max_abs;       // of |c - r|
  double max_rel;       // of |c - r| / |r|, where r is not 0
  double max_ulp;       // representable numbers between
  double min_abs;       // the smallest |c - r| that is not 0; infinite: there is none
  double sum_abs;       // of |c - r|
  double rr, cc, rc, dd;  // sums of r * r, c * c, r * c, (c - r) * (c - r)
};

}  // extern "C"

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
// Elements that are computed side by side, as many as the widest registers have float64.
constexpr int kLanes = 8;
// Elements whose errors and sizes are kept for a second look; they stay in the first-level cache.
constexpr int64_t kPart = 1024;
// Bits of a float64 that are no part of its bin: 128 bins for each power of two.
constexpr int kBinShift = 45;
// Whatever is less, but not 0, may be in zero's bin.
constexpr double kTiny = 1e-300;

struct Part {
  double error[kPart];
  double size[kPart];
};

template <typename Float>
struct IntegerOf;
template <>
struct IntegerOf<float> {
  using Type = int32_t;
};
template <>
struct IntegerOf<double> {
  using Type = int64_t;
};

template <typename To, typename From>
MODELPARITY_INLINE To BitCast(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof(to));
  return to;
}

// Not std::max, which a NaN can pass: of one, the larger is what was there.
template <typename Number>
MODELPARITY_INLINE void Raise(Number& largest, Number number) {
  largest = number > largest ? number : largest;
}

template <typename Number>
MODELPARITY_INLINE void Lower(Number& smallest, Number number) {
  smallest = number < smallest ? number : smallest;
}

// Adds a part's figures. Of fewer elements than lanes, `lanes` is 1.
template <int lanes, typename Float>
MODELPARITY_INLINE void AddSums(const Float* reference, const Float* candidate, int64_t begin, int64_t end, Part& part,
                                double& min_size, ModelparityFigures& figures, int64_t& signs_differ) {
  using Integer = typename IntegerOf<Float>::Type;
  double max_abs[lanes] = {}, sum_abs[lanes] = {}, min_abs[lanes], least[lanes];
  double rr[lanes] = {}, cc[lanes] = {}, rc[lanes] = {}, dd[lanes] = {};
  Integer forward[lanes] = {}, backward[lanes] = {}, across[lanes] = {};
  std::fill_n(min_abs, lanes, kInfinity);
  std::fill_n(least, lanes, kInfinity);
  for (int64_t i = begin; i < end; i += lanes) {
    for (int lane = 0; lane < lanes; ++lane) {
      const double r = reference[i + lane], c = candidate[i + lane];
      const double difference = c - r, error = std::fabs(difference), size = std::fabs(r);
      part.error[i + lane] = error;
      part.size[i + lane] = size;
      Raise(max_abs[lane], error);
      Lower(min_abs[lane], error > 0 ? error : kInfinity);
      Lower(least[lane], size > 0 ? size : kInfinity);
      sum_abs[lane] += error;
      rr[lane] += r * r;
      cc[lane] += c * c;
      rc[lane] += r * c;
      dd[lane] += difference * difference;
      // Floats of one sign are ordered as their bits.
      using Unsigned = std::make_unsigned_t<Integer>;
      const Integer r_bits = BitCast<Integer>(reference[i + lane]), c_bits = BitCast<Integer>(candidate[i + lane]);
      const Integer unlike = (r_bits ^ c_bits) < 0 ? -1 : 0;
      const Integer steps = static_cast<Integer>(static_cast<Unsigned>(c_bits) - static_cast<Unsigned>(r_bits)) & ~unlike;
      Raise(forward[lane], steps);
      Lower(backward[lane], steps);
      across[lane] |= unlike;
    }
  }
  for (int lane = 0; lane < lanes; ++lane) {
    Raise(figures.max_abs, max_abs[lane]);
    Lower(figures.min_abs, min_abs[lane]);
    Lower(min_size, least[lane]);
    figures.sum_abs += sum_abs[lane];
    figures.rr += rr[lane];
    figures.cc += cc[lane];
    figures.rc += rc[lane];
    figures.dd += dd[lane];
    Raise(figures.max_ulp, static_cast<double>(forward[lane]));
    Raise(figures.max_ulp, -static_cast<double>(backward[lane]));
    signs_differ |= across[lane];
  }
}

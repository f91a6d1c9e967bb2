// The figures of plain floats, and whether floats agree: what compare/kernel.py calls, a block at a
// time.
//
// It computes what figures.py and agreement.py define, in float64 and in the same steps: only sums
// are in another order. Whatever it is not made for, such as NaN, it refuses, and the definition
// has the last word.
//
// A function keeps nothing, and writes to what it is given alone: several threads may call at once.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#if defined(__x86_64__) && !defined(__clang__)
// Of each function there are several, and the loader takes what suits the processor. Clang, until
// version 17, gave them names that nobody looks for.
#define MODELPARITY_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define MODELPARITY_CLONES
#endif
// Each of them has its own copy of what it calls.
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
  double min_abs;       // of |c - r|, where it is not 0; infinite: it is 0 everywhere
  double sum_abs;       // of |c - r|
  double rr;            // sums: r * r,
  double cc;            // c * c,
  double rc;            // r * c,
  double dd;            // (c - r) * (c - r)
};

}  // extern "C"

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
// Elements that are looked at a second time; what is kept of them stays in the first-level cache.
constexpr int64_t kPart = 1024;
// Bits of a float64 that are no part of its bin: there are 128 bins between powers of two.
constexpr int kBinShift = 45;
// What is less, but not 0, may be in the bin of 0.
constexpr double kTiny = 1e-300;
// Elements that are counted side by side: neighbours often have the same place.
constexpr int kCounters = 4;
// As distribution.py has them.
constexpr int kPlaces = 635;
// A quotient is less than the largest so far if this part of it is, however it is rounded.
constexpr double kBarelyLess = 1 - 1e-15;

template <typename Float>
using BitsOf = std::conditional_t<sizeof(Float) == 4, int32_t, int64_t>;

template <typename Float>
MODELPARITY_INLINE BitsOf<Float> Bits(Float number) {
  BitsOf<Float> bits;
  std::memcpy(&bits, &number, sizeof(bits));
  return bits;
}

// Of NaN the comparison is false: the largest stays.
template <typename Number>
MODELPARITY_INLINE void Raise(Number& largest, Number number) {
  largest = number > largest ? number : largest;
}

template <typename Number>
MODELPARITY_INLINE void Lower(Number& smallest, Number number) {
  smallest = number < smallest ? number : smallest;
}

// Some elements, and what is known of each of them.
template <typename Float>
struct Part {
  const Float* reference;
  const Float* candidate;
  int64_t size;
  double error[kPart];
  double magnitude[kPart];
};

// Of the elements of a part that were looked at.
struct Extremes {
  double beyond = -kInfinity;        // the largest excess
  double relative = -kInfinity;      // above 0: some relative error may be a new maximum
  double min_magnitude = kInfinity;  // where it is not 0
  bool across = false;               // some candidate has the other sign
};

template <typename Float>
MODELPARITY_INLINE Extremes Look(Part<Float>& part, double atol, double rtol,
                                 ModelparityFigures& figures) {
  using Integer = BitsOf<Float>;
  using Unsigned = std::make_unsigned_t<Integer>;
  const Float* const reference = part.reference;
  const Float* const candidate = part.candidate;
  const double largest_relative = figures.max_rel * kBarelyLess;
  double beyond = -kInfinity, relative = -kInfinity;
  double max_abs = figures.max_abs, min_abs = figures.min_abs, min_magnitude = kInfinity;
  double sum_abs = 0, rr = 0, cc = 0, rc = 0, dd = 0;
  Integer above = 0, below = 0, across = 0;
#pragma omp simd reduction(max : beyond, relative, max_abs, above)                        \
    reduction(min : min_abs, min_magnitude, below) reduction(+ : sum_abs, rr, cc, rc, dd) \
    reduction(| : across)
  for (int64_t i = 0; i < part.size; ++i) {
    const double r = reference[i], c = candidate[i];
    const double difference = c - r, error = std::fabs(difference), magnitude = std::fabs(r);
    part.error[i] = error;
    part.magnitude[i] = magnitude;
    Raise(beyond, error - (atol + rtol * magnitude));
    Raise(relative, error - largest_relative * magnitude);
    Raise(max_abs, error);
    Lower(min_abs, error > 0 ? error : kInfinity);
    Lower(min_magnitude, magnitude > 0 ? magnitude : kInfinity);
    sum_abs += error;
    rr += r * r;
    cc += c * c;
    rc += r * c;
    dd += difference * difference;
    // Floats of one sign are ordered as their bits.
    const Integer r_bits = Bits(reference[i]), c_bits = Bits(candidate[i]);
    const Integer signs = (r_bits ^ c_bits) < 0 ? -1 : 0;
    const Integer steps =
        static_cast<Integer>(static_cast<Unsigned>(c_bits) - static_cast<Unsigned>(r_bits)) &
        ~signs;
    Raise(above, steps);
    Lower(below, steps);
    across |= signs;
  }
  figures.max_abs = max_abs;
  figures.min_abs = min_abs;
  figures.sum_abs += sum_abs;
  figures.rr += rr;
  figures.cc += cc;
  figures.rc += rc;
  figures.dd += dd;
  Raise(figures.max_ulp, static_cast<double>(above));
  Raise(figures.max_ulp, -static_cast<double>(below));
  return {beyond, relative, min_magnitude, across != 0};
}

// What few parts need, or none.
template <typename Float>
MODELPARITY_INLINE void LookAgain(const Part<Float>& part, int64_t offset, double atol, double rtol,
                                  const Extremes& extremes, ModelparityFigures& figures) {
  if (extremes.beyond > 0 || extremes.beyond > figures.worst_excess) {
    for (int64_t i = 0; i < part.size; ++i) {
      const double beyond = part.error[i] - (atol + rtol * part.magnitude[i]);
      figures.failures += beyond > 0;
      if (beyond > figures.worst_excess) {
        figures.worst_excess = beyond;
        figures.worst = offset + i;
      }
    }
  }
  if (extremes.relative > 0) {
    for (int64_t i = 0; i < part.size; ++i) {
      Raise<double>(figures.max_rel, part.magnitude[i] > 0 ? part.error[i] / part.magnitude[i] : 0);
    }
  }
  if (extremes.across) {
    for (int64_t i = 0; i < part.size; ++i) {
      const BitsOf<Float> r = Bits(part.reference[i]), c = Bits(part.candidate[i]);
      constexpr auto magnitude = static_cast<uint64_t>(std::numeric_limits<BitsOf<Float>>::max());
      if ((r ^ c) < 0)
        Raise<double>(figures.max_ulp, static_cast<double>((r & magnitude) + (c & magnitude)));
    }
  }
}

struct Counters {
  struct {
    int64_t magnitudes[kPlaces] = {};
    double worst[kPlaces] = {};
  } of[kCounters];
};

template <typename Float>
MODELPARITY_INLINE void Count(const Part<Float>& part, const uint16_t* places, uint32_t* bins,
                              Counters& counters) {
  const auto count = [&](int64_t i, auto& counter) {
    const double error = part.error[i];
    const uint16_t place = places[Bits(part.magnitude[i]) >> kBinShift];
    ++bins[Bits(error) >> kBinShift];
    ++counter.magnitudes[place];
    // Written in any case, since it cannot be foretold when it is larger.
    counter.worst[place] = std::max(counter.worst[place], error);
  };
  int64_t i = 0;
  for (; i + kCounters <= part.size; i += kCounters) {
    for (int k = 0; k < kCounters; ++k) count(i + k, counters.of[k]);
  }
  for (; i < part.size; ++i) count(i, counters.of[0]);
}

template <typename Float>
MODELPARITY_INLINE bool Measure(const Float* reference, const Float* candidate, int64_t size,
                                double atol, double rtol, const uint16_t* places,
                                ModelparityFigures& figures, uint32_t* bins, int64_t* magnitudes,
                                double* worst) {
  figures = {};
  figures.worst_excess = -kInfinity;
  figures.min_abs = kInfinity;
  double min_magnitude = kInfinity;
  Counters counters;
  Part<Float> part;
  for (int64_t offset = 0; offset < size; offset += kPart) {
    part.reference = reference + offset;
    part.candidate = candidate + offset;
    part.size = std::min(kPart, size - offset);
    const Extremes extremes = Look(part, atol, rtol, figures);
    LookAgain(part, offset, atol, rtol, extremes, figures);
    Lower(min_magnitude, extremes.min_magnitude);
    Count(part, places, bins, counters);
  }
  for (const auto& counter : counters.of) {
    for (int place = 0; place < kPlaces; ++place) {
      magnitudes[place] += counter.magnitudes[place];
      Raise(worst[place], counter.worst[place]);
    }
  }
  // Every NaN and every infinity has come into it.
  return std::isfinite(figures.sum_abs) && figures.min_abs >= kTiny && min_magnitude >= kTiny;
}

template <typename Float>
MODELPARITY_INLINE bool Agree(const Float* reference, const Float* candidate, int64_t size,
                              double atol, double rtol) {
  for (int64_t begin = 0; begin < size; begin += kPart) {
    const int64_t end = std::min(size, begin + kPart);
    int beyond = 0;
    for (int64_t i = begin; i < end; ++i) {
      const double r = reference[i], c = candidate[i], error = std::fabs(c - r);
      beyond |= !(error <= atol + rtol * std::fabs(r) && error < kInfinity);
    }
    if (beyond) return false;
  }
  return true;
}

}  // namespace

extern "C" {

// Measures `size` elements. Returns 0 when some of them is NaN, infinite, or next to nothing, or a
// figure does not fit float64; what it wrote is then of no use.
//
// A float64 is in the bin that its upper bits are the number of. `bins` counts errors by theirs,
// `magnitudes` counts references by the place that `places` has for theirs, and `worst` gets the
// largest error of the references of a place. All three begin with zeros.
#define MODELPARITY_MEASURE(name, Float)                                                        \
  MODELPARITY_CLONES int name(const Float* reference, const Float* candidate, int64_t size,     \
                              double atol, double rtol, const uint16_t* places,                 \
                              ModelparityFigures* figures, uint32_t* bins, int64_t* magnitudes, \
                              double* worst) {                                                  \
    return Measure(reference, candidate, size, atol, rtol, places, *figures, bins, magnitudes,  \
                   worst);                                                                      \
  }
MODELPARITY_MEASURE(modelparity_measure_float32, float)
MODELPARITY_MEASURE(modelparity_measure_float64, double)

// Returns 1 when |c - r| <= atol + rtol * |r| for each of `size` elements, 0 when not, or when
// there is a NaN or an infinity, which may nevertheless agree.
#define MODELPARITY_AGREE(name, Float)                                                      \
  MODELPARITY_CLONES int name(const Float* reference, const Float* candidate, int64_t size, \
                              double atol, double rtol) {                                   \
    return Agree(reference, candidate, size, atol, rtol);                                   \
  }
MODELPARITY_AGREE(modelparity_agree_float32, float)
MODELPARITY_AGREE(modelparity_agree_float64, double)

}  // extern "C"

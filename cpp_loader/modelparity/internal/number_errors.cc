#include "modelparity/internal/number_errors.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

namespace modelparity::internal {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::uint64_t kLargestExact = std::uint64_t{1} << 53;

template <typename To, typename From>
To bits_as(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof(to));
  return to;
}

template <typename T>
T load(std::string_view elements, std::size_t index) {
  T element;
  std::memcpy(&element, elements.data() + index * sizeof(T), sizeof(T));
  return element;
}

// How far one element is off.
template <typename Ulp>
struct ElementError {
  // Infinite where a NaN or an infinity disagrees.
  double absolute;
  // 0 where the reference is 0.
  double relative;
  // How far beyond the tolerance; an element agrees when it is 0 or less.
  double excess;
  // Unused by integers.
  Ulp ulp;
};

// The kinds of elements. Each says what `Bits` its elements are stored in, what the value of one
// is, and how far one is off.

template <typename T>
struct Integer {
  using Bits = std::make_unsigned_t<T>;
  static constexpr bool kIsFloat = false;

  static ElementValue value(Bits bits) {
    const T integer = static_cast<T>(bits);
    const auto wide = static_cast<std::uint64_t>(integer);
    const std::uint64_t size = integer < 0 ? 0 - wide : wide;
    if (size > kLargestExact) return std::to_string(integer);
    return static_cast<double>(integer);
  }

  static ElementError<Bits> error(Bits r_bits, Bits c_bits, const Tolerance& tolerance) {
    const T r = static_cast<T>(r_bits);
    const T c = static_cast<T>(c_bits);
    // In the unsigned type the larger minus the smaller is exact.
    const double absolute =
        static_cast<double>(static_cast<Bits>(r < c ? c_bits - r_bits : r_bits - c_bits));
    const double size = std::fabs(static_cast<double>(r));
    const double relative = absolute / (size > 0 ? size : 1);
    return {absolute, size > 0 ? relative : 0, absolute - (tolerance.atol + tolerance.rtol * size),
            0};
  }
};

// Stands in ElementError::ulp for an infinite distance, which is larger than any finite one.
template <typename Bits>
constexpr Bits kInfiniteUlp = std::numeric_limits<Bits>::max();

// `Encoding` says how the bits are a number.
template <typename Encoding>
struct Float {
  using Bits = typename Encoding::Bits;
  static constexpr bool kIsFloat = true;

  static ElementValue value(Bits bits) {
    const double number = Encoding::number(bits);
    if (number != number) return "NaN";
    if (std::fabs(number) == kInfinity) return number < 0 ? "-Infinity" : "Infinity";
    return number;
  }

  static ElementError<Bits> error(Bits r_bits, Bits c_bits, const Tolerance& tolerance) {
    const double r = Encoding::number(r_bits);
    const double c = Encoding::number(c_bits);
    const bool r_is_finite = std::fabs(r) < kInfinity;
    const bool same = (r == c) | ((r != r) & (c != c));
    const bool special = !same & !(r_is_finite & (std::fabs(c) < kInfinity));
    const double distance = std::fabs(c - r);
    const double absolute = same ? 0 : special ? kInfinity : distance;
    const double size = r_is_finite ? std::fabs(r) : 0;
    const double relative = absolute / (size > 0 ? size : 1);
    const double allowed = tolerance.atol + tolerance.rtol * size;
    // Where both overflow, the tolerance is the larger one.
    const double beyond = allowed == kInfinity ? -kInfinity : absolute - allowed;
    const Bits ulp = ulp_distance(r_bits, c_bits);
    return {absolute, (same | (r == 0)) ? 0 : relative, special ? kInfinity : beyond,
            same      ? Bits{0}
            : special ? kInfiniteUlp<Bits>
                      : ulp};
  }

 private:
  // Counts the representable numbers from one to the other; +0 and -0 are one number.
  static Bits ulp_distance(Bits r_bits, Bits c_bits) {
    const Bits r = ordered(r_bits);
    const Bits c = ordered(c_bits);
    return static_cast<Bits>(r < c ? c - r : r - c);
  }

  // Maps floats to integers so that neighbours are 1 apart.
  static Bits ordered(Bits bits) {
    constexpr Bits kSign = static_cast<Bits>(Bits{1} << (8 * sizeof(Bits) - 1));
    const Bits magnitude = static_cast<Bits>(bits & static_cast<Bits>(~kSign));
    return static_cast<Bits>((bits & kSign) != 0 ? kSign - magnitude : kSign + magnitude);
  }
};

struct Binary64 {
  using Bits = std::uint64_t;
  static double number(Bits bits) { return bits_as<double>(bits); }
};

struct Binary32 {
  using Bits = std::uint32_t;
  static double number(Bits bits) { return static_cast<double>(bits_as<float>(bits)); }
};

// The upper half of a float32.
struct Brain16 {
  using Bits = std::uint16_t;
  static double number(Bits bits) { return Binary32::number(std::uint32_t{bits} << 16); }
};

// IEEE 754: a sign, 5 bits of exponent, 10 bits of fraction.
struct Binary16 {
  using Bits = std::uint16_t;
  static double number(Bits bits) {
    const std::uint64_t sign = std::uint64_t{bits & 0x8000U} << 48;
    const std::uint64_t exponent = bits >> 10 & 0x1fU;
    const std::uint64_t fraction = bits & 0x3ffU;
    if (exponent == 0) {
      const double size = static_cast<double>(fraction) * 0x1p-24;
      return sign != 0 ? -size : size;
    }
    // From a bias of 15 to one of 1023; infinities and NaN have the largest exponent in both.
    const std::uint64_t wide = exponent == 0x1f ? 0x7ff : exponent + (1023 - 15);
    return bits_as<double>(sign | wide << 52 | fraction << 42);
  }
};

// Calls `use` with the kind of the dtype's elements; what it returns, or nothing for other dtypes.
template <typename Use>
auto with_kind(DType dtype, Use use) -> std::optional<decltype(use(Integer<std::int8_t>()))> {
  switch (dtype) {
    case DType::kBool:
    case DType::kUint8:
      return use(Integer<std::uint8_t>());
    case DType::kUint16:
      return use(Integer<std::uint16_t>());
    case DType::kUint32:
      return use(Integer<std::uint32_t>());
    case DType::kUint64:
      return use(Integer<std::uint64_t>());
    case DType::kInt8:
      return use(Integer<std::int8_t>());
    case DType::kInt16:
      return use(Integer<std::int16_t>());
    case DType::kInt32:
      return use(Integer<std::int32_t>());
    case DType::kInt64:
      return use(Integer<std::int64_t>());
    case DType::kFloat16:
      return use(Float<Binary16>());
    case DType::kBfloat16:
      return use(Float<Brain16>());
    case DType::kFloat32:
      return use(Float<Binary32>());
    case DType::kFloat64:
      return use(Float<Binary64>());
    default:
      return std::nullopt;
  }
}

// The elements of two tensors and their tolerance.
struct Pair {
  std::string_view reference;
  std::string_view candidate;
  Tolerance tolerance;
};

// Elements that are worked on at a time. Loops over a number that the compiler knows are those that
// it turns into vector instructions.
constexpr std::size_t kBlock = 512;

// Calls `visit(size, start)` for blocks that cover `count` elements; `size` is a compile-time
// constant, kBlock or, for what is left, 1.
template <typename Visit>
void for_each_block(std::size_t count, Visit visit) {
  std::size_t start = 0;
  for (; count - start >= kBlock; start += kBlock) {
    visit(std::integral_constant<std::size_t, kBlock>(), start);
  }
  for (; start < count; ++start) visit(std::integral_constant<std::size_t, 1>(), start);
}

// `values` folded with `fold`, in eight lanes that do not wait for each other.
template <typename T, std::size_t kSize, typename Fold>
T folded(const std::array<T, kSize>& values, Fold fold) {
  constexpr std::size_t kLanes = std::min<std::size_t>(kSize, 8);
  static_assert(kSize % kLanes == 0);
  std::array<T, kLanes> lanes;
  for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] = values[lane];
  for (std::size_t i = kLanes; i < kSize; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      lanes[lane] = fold(lanes[lane], values[i + lane]);
    }
  }
  T result = lanes[0];
  for (std::size_t lane = 1; lane < kLanes; ++lane) result = fold(result, lanes[lane]);
  return result;
}

template <typename T, std::size_t kSize>
T largest(const std::array<T, kSize>& values) {
  return folded(values, [](T a, T b) { return a < b ? b : a; });
}

template <typename T, std::size_t kSize>
T sum(const std::array<T, kSize>& values) {
  return folded(values, [](T a, T b) { return a + b; });
}

// Everything but the quantiles.
template <typename Kind>
NumberErrors fold_errors(const Pair& pair, std::size_t count) {
  using Bits = typename Kind::Bits;
  const double share_of_one = 1 / static_cast<double>(count);
  NumberErrors result;
  Bits max_ulp = 0;
  double worst_excess = -kInfinity;
  for_each_block(count, [&](auto size, std::size_t start) {
    std::array<double, size> absolute;
    std::array<double, size> relative;
    std::array<double, size> excess;
    std::array<double, size> share;
    std::array<Bits, size> ulp;
    std::array<std::int64_t, size> fails;
    for (std::size_t i = 0; i < size; ++i) {
      const auto error = Kind::error(load<Bits>(pair.reference, start + i),
                                     load<Bits>(pair.candidate, start + i), pair.tolerance);
      absolute[i] = error.absolute;
      relative[i] = error.relative;
      excess[i] = error.excess;
      ulp[i] = error.ulp;
      // Each share on its own, since the sum of the errors may overflow.
      share[i] = error.absolute * share_of_one;
      fails[i] = error.excess > 0 ? 1 : 0;
    }
    result.max_abs = std::max(result.max_abs, largest(absolute));
    result.max_rel = std::max(result.max_rel, largest(relative));
    result.mean_abs += sum(share);
    result.failures += static_cast<std::size_t>(sum(fails));
    max_ulp = std::max(max_ulp, largest(ulp));
    if (const double most = largest(excess); most > worst_excess) {
      worst_excess = most;
      result.worst = start + static_cast<std::size_t>(
                                 std::find(excess.begin(), excess.end(), most) - excess.begin());
    }
  });
  if (Kind::kIsFloat) {
    result.max_ulp = max_ulp == kInfiniteUlp<Bits> ? kInfinity : static_cast<double>(max_ulp);
  }
  return result;
}

constexpr std::array<double, 3> kQuantiles = {0.5, 0.9, 0.99};

// The smallest errors that at least these shares of the elements do not exceed.
//
// Errors are 0 or more, so they are ordered as their 64 bits are. Each of four passes finds 16 more
// bits of every quantile, by counting the errors that begin with the bits known so far.
template <typename Kind>
std::array<double, kQuantiles.size()> quantiles(const Pair& pair, std::size_t count) {
  using Bits = typename Kind::Bits;
  constexpr unsigned kDigitBits = 16;
  constexpr std::uint64_t kDigits = std::uint64_t{1} << kDigitBits;
  std::array<std::uint64_t, kQuantiles.size()> known = {};
  // Where each quantile stands among the errors that begin with its known bits.
  std::array<std::size_t, kQuantiles.size()> rank;
  for (std::size_t i = 0; i < rank.size(); ++i) {
    rank[i] = static_cast<std::size_t>(std::ceil(kQuantiles[i] * static_cast<double>(count))) - 1;
  }
  // The histogram of the errors that begin with `bits`; 0 is that of all others.
  const auto histogram_of = [&](std::uint64_t bits) {
    std::uint64_t histogram = bits == known[2] ? 3 : 0;
    histogram = bits == known[1] ? 2 : histogram;
    return bits == known[0] ? 1 : histogram;
  };
  for (unsigned shift = 64 - kDigitBits; shift < 64; shift -= kDigitBits) {
    std::vector<std::size_t> counts((1 + kQuantiles.size()) * kDigits);
    for_each_block(count, [&](auto size, std::size_t start) {
      std::array<std::uint64_t, size> places;
      for (std::size_t i = 0; i < size; ++i) {
        const auto error = Kind::error(load<Bits>(pair.reference, start + i),
                                       load<Bits>(pair.candidate, start + i), pair.tolerance);
        const std::uint64_t bits = bits_as<std::uint64_t>(error.absolute) >> shift;
        places[i] = histogram_of(bits / kDigits) * kDigits + bits % kDigits;
      }
      for (const std::uint64_t place : places) ++counts[place];
    });
    auto next = known;
    for (std::size_t i = 0; i < known.size(); ++i) {
      const std::size_t* histogram = counts.data() + histogram_of(known[i]) * kDigits;
      std::uint64_t digit = 0;
      for (; rank[i] >= histogram[digit]; ++digit) rank[i] -= histogram[digit];
      next[i] = known[i] * kDigits + digit;
    }
    known = next;
  }
  return {bits_as<double>(known[0]), bits_as<double>(known[1]), bits_as<double>(known[2])};
}

template <typename Kind>
NumberErrors errors_of(const Pair& pair) {
  const std::size_t count = pair.reference.size() / sizeof(typename Kind::Bits);
  NumberErrors result = fold_errors<Kind>(pair, count);
  if (result.max_abs == 0) return result;
  const auto [p50, p90, p99] = quantiles<Kind>(pair, count);
  result.p50_abs = p50;
  result.p90_abs = p90;
  result.p99_abs = p99;
  return result;
}

std::optional<NumberErrors> errors_of_dtype(DType dtype, const Pair& pair) {
  return with_kind(dtype, [&](auto kind) { return errors_of<decltype(kind)>(pair); });
}

#ifdef __x86_64__
// The same for processors that have AVX2, several times faster. Everything that it calls has to
// become part of it for that.
[[gnu::target("avx2"), gnu::flatten]] std::optional<NumberErrors> errors_with_avx2(
    DType dtype, const Pair& pair) {
  return errors_of_dtype(dtype, pair);
}
#endif

}  // namespace

std::optional<NumberErrors> number_errors(DType dtype, std::string_view reference,
                                          std::string_view candidate, const Tolerance& tolerance,
                                          Instructions instructions) {
  const Pair pair = {reference, candidate, tolerance};
#ifdef __x86_64__
  if (instructions == Instructions::kFastest && __builtin_cpu_supports("avx2") != 0) {
    return errors_with_avx2(dtype, pair);
  }
#else
  static_cast<void>(instructions);
#endif
  return errors_of_dtype(dtype, pair);
}

std::optional<ElementValue> number_at(DType dtype, std::string_view elements, std::size_t index) {
  return with_kind(dtype, [&](auto kind) {
    return kind.value(load<typename decltype(kind)::Bits>(elements, index));
  });
}

}  // namespace modelparity::internal

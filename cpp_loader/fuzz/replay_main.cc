// Runs a fuzz target without libFuzzer: over each file of a corpus, and over mutations of them,
// which are the same in every run.
//
//   case_fuzz_test FOLDER
//
// Fails, with the name of the input, when the target crashes or takes too long, and when the
// process needs much more memory than for the first input. `case_fuzz_test FOLDER NUMBER` writes a
// mutation to standard output, to be looked at or to become a part of the corpus.

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "fuzz/target.h"
#include "testing/files.h"

namespace {

namespace fs = std::filesystem;

constexpr int kMutations = 20000;
constexpr int kSecondsForAnInput = 20;
constexpr long kMoreMemory = 1L << 20;  // KiB

// For the handler of a signal.
std::array<char, 300> current;

void report(int signal) {
  [[maybe_unused]] const ssize_t written =
      ::write(STDERR_FILENO, current.data(), std::strlen(current.data()));
  ::raise(signal);
}

void handle_signals() {
  struct sigaction action = {};
  action.sa_handler = report;
  action.sa_flags = SA_RESETHAND;
  for (const int signal : {SIGABRT, SIGALRM, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP}) {
    ::sigaction(signal, &action, nullptr);
  }
}

std::vector<std::string> read_corpus(const std::string& folder) {
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator(folder)) paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

class Mutator {
 public:
  explicit Mutator(const std::vector<std::string>& seeds) : seeds_(seeds) {}

  // The mutation of that number.
  std::string make(int number) {
    random_.seed(static_cast<std::uint64_t>(number));
    std::string input = seed();
    for (std::size_t i = below(4) + 1; i > 0; --i) change(input);
    return input;
  }

 private:
  const std::string& seed() { return seeds_[below(seeds_.size())]; }

  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }

  // A part of a text: where it begins, and how long it is.
  std::pair<std::size_t, std::size_t> part(const std::string& text) {
    const std::size_t begin = below(text.size() + 1);
    return {begin, std::min(below(32), text.size() - begin)};
  }

  void change(std::string& input) {
    // Ends of the ranges of bytes, varints and lengths, and what JSON is made of.
    constexpr std::string_view kBytes("\0\1\x7f\x80\xff\"[{-9", 10);
    const auto [begin, size] = part(input);
    switch (below(6)) {
      case 0:
        if (begin < input.size()) input[begin] = kBytes[below(kBytes.size())];
        break;
      case 1:
        if (begin < input.size()) input[begin] = static_cast<char>(input[begin] ^ 1 << below(8));
        break;
      case 2:
        input.erase(begin, size);
        break;
      case 3:
        input.insert(begin, input.substr(begin, size));
        break;
      case 4:
        input.resize(begin);
        break;
      default: {
        const std::string& other = seed();
        const auto [from, length] = part(other);
        input.replace(begin, size, other, from, length);
      }
    }
  }

  const std::vector<std::string>& seeds_;
  std::mt19937_64 random_;
};

void run(const std::string& name, const std::string& input) {
  std::snprintf(current.data(), current.size(), "\nfuzz: failed at %s\n", name.c_str());
  ::alarm(kSecondsForAnInput);
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  ::alarm(0);
}

long peak_memory() {
  struct rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: " << argv[0] << " FOLDER [NUMBER]\n";
    return 2;
  }
  const std::vector<std::string> paths = read_corpus(argv[1]);
  std::vector<std::string> seeds;
  for (const std::string& path : paths) seeds.push_back(modelparity::testing::read_file(path));
  if (seeds.empty()) {
    std::cerr << "fuzz: " << argv[1] << " is empty\n";
    return 1;
  }
  Mutator mutator(seeds);
  if (argc > 2) {
    std::cout << mutator.make(std::stoi(argv[2]));
    return 0;
  }
  handle_signals();
  long first = 0;
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    run(paths[i], seeds[i]);
    if (i == 0) first = peak_memory();
  }
  for (int number = 0; number < kMutations; ++number) {
    run("mutation " + std::to_string(number), mutator.make(number));
    if (peak_memory() - first > kMoreMemory) {
      std::cerr << "fuzz: " << peak_memory() << " KiB of memory after mutation " << number << "\n";
      return 1;
    }
  }
  std::cout << seeds.size() << " files and " << kMutations << " mutations\n";
  return 0;
}

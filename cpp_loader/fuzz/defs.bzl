"""Fuzz targets of C++."""

load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_test")
load("//cpp_loader:defs.bzl", "COPTS")

def fuzz_target(name, deps = []):
    """A fuzz target `<name>_fuzz.cc`, over the corpus of that name.

    `<name>_fuzz_test` replays the corpus and mutations of it, with any compiler. `<name>_fuzz` is the
    same under libFuzzer, which is Clang's: `tools/fuzz` builds it with --config=fuzz.

    Args:
      name: of the folder in //tests/fuzz:corpora.
      deps: libraries beside the loader and the test helpers.
    """
    corpus = "//tests/fuzz:" + name
    common = {
        "copts": COPTS,
        "env": {"MODELPARITY_LIBTENSORFLOW": "../tensorflow_c"},
        "deps": deps + [
            ":target",
            "//cpp_loader/modelparity",
            "//cpp_loader/testing",
        ],
    }
    cc_test(
        name = name + "_fuzz_test",
        size = "medium",
        srcs = [
            name + "_fuzz.cc",
            "replay_main.cc",
        ],
        args = ["tests/fuzz/corpora/" + name],
        data = [
            corpus,
            "@tensorflow_c//:libtensorflow",
        ],
        **common
    )
    cc_binary(
        name = name + "_fuzz",
        testonly = True,
        srcs = [name + "_fuzz.cc"],
        data = ["@tensorflow_c//:libtensorflow"],
        linkopts = ["-fsanitize=fuzzer"],
        tags = ["manual"],
        **common
    )

"""What the C++ targets have in common."""

load("@rules_cc//cc:defs.bzl", "cc_test")

COPTS = [
    "-Wall",
    "-Wextra",
    "-Werror",
]

def loader_test(name, deps = [], data = [], **kwargs):
    """A GoogleTest file that runs against libtensorflow.

    Args:
      name: name of the target; the file is `<name>.cc`.
      deps: libraries beside the loader, the test helpers and GoogleTest.
      data: files beside libtensorflow.
      **kwargs: passed to cc_test.
    """
    cc_test(
        name = name.replace("/", "_"),
        size = "small",
        srcs = [name + ".cc"],
        copts = COPTS,
        data = data + [
            "//cpp_loader/testing:tsan.supp",
            "@tensorflow_c//:libtensorflow",
        ],
        env = {"MODELPARITY_LIBTENSORFLOW": "../tensorflow_c"},
        deps = deps + [
            "//cpp_loader/modelparity",
            "//cpp_loader/testing",
            "@googletest//:gtest_main",
        ],
        **kwargs
    )

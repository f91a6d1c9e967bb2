"""C++ classes of a .proto file, by the machine's protoc and for the machine's libprotobuf."""

load("@rules_cc//cc:defs.bzl", "cc_library")

def cc_protobuf_library(name, proto, grpc = False, **kwargs):
    """Generates `<proto>.pb.h`, and `<proto>.grpc.pb.h` when asked, included from the workspace's root.

    Args:
      name: name of the library.
      proto: the .proto file of this package. It imports no other.
      grpc: generate the classes of its services, too.
      **kwargs: passed to cc_library.
    """
    stem = proto.removesuffix(".proto")
    extensions = [".pb"] + ([".grpc.pb"] if grpc else [])
    outs = [stem + extension + end for extension in extensions for end in [".cc", ".h"]]
    options = "--cpp_out=$(GENDIR)"
    plugins = []
    if grpc:
        options += " --grpc_out=$(GENDIR) --plugin=protoc-gen-grpc=$(execpath @grpc//:grpc_cpp_plugin)"
        plugins.append("@grpc//:grpc_cpp_plugin")
    native.genrule(
        name = name + "_sources",
        srcs = [proto],
        outs = outs,
        cmd = "$(execpath @protobuf//:protoc) --proto_path=. %s $<" % options,
        tools = ["@protobuf//:protoc"] + plugins,
    )
    cc_library(
        name = name,
        srcs = [out for out in outs if out.endswith(".cc")],
        hdrs = [out for out in outs if out.endswith(".h")],
        deps = ["@protobuf"] + (["@grpc"] if grpc else []),
        **kwargs
    )

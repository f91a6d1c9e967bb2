"""A converter that does what its item says, so that the parent can be tested."""

import os
import sys
import time

from modelparity.contract import manifest_pb2
from modelparity.errors import ConversionFailedError
from modelparity.exporters import conversion


def _prepare(arguments):
    if arguments.get("prepare") == "raise":
        raise ValueError("cannot begin\nsecond line")
    if arguments.get("prepare") == "die":
        os._exit(3)

    def convert(item):
        print("chatter")
        if item == "refuse":
            raise ConversionFailedError("no operator for it")
        if item == "raise":
            raise KeyError("x")
        if item == "die":
            sys.stderr.write("out of luck\n")
            sys.stderr.flush()
            os.abort()
        if item == "hang":
            time.sleep(60)
        if item == "eat":
            eaten = bytearray(1 << 30)
            eaten[:: os.sysconf("SC_PAGE_SIZE")] = b"x" * len(eaten[:: os.sysconf("SC_PAGE_SIZE")])
            time.sleep(60)
        return manifest_pb2.Artifact(format="stub", path=item)

    return convert


if __name__ == "__main__":
    conversion.main(_prepare)

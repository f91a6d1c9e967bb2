"""What tests of the core share."""

from modelparity.contract import manifest_pb2


def signature_of(*inputs):
    """Makes a signature; each input is (name, dtype, shape), a shape of None is of unknown rank."""
    return manifest_pb2.Signature(
        name="s",
        inputs=[
            manifest_pb2.TensorSpec(
                name=name, dtype=dtype, shape=shape or (), unknown_rank=shape is None
            )
            for name, dtype, shape in inputs
        ],
    )

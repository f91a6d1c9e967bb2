"""The descriptor pool that the contract's message classes live in.

Protobuf's default pool is one for the whole process, and refuses a second definition of a name. Servers'
client libraries bring their own `inference.ModelInferRequest`, so ours are kept in a pool of their own:
`import modelparity` is safe beside any of them.
"""

from google.protobuf import descriptor_pool, struct_pb2

_POOL = descriptor_pool.DescriptorPool()
_POOL.AddSerializedFile(struct_pb2.DESCRIPTOR.serialized_pb)


def Default():  # noqa: N802  (the name that protoc's generated code calls)
    """Returns the contract's pool, where generated code would take the process's."""
    return _POOL

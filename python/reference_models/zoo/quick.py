"""A few of the collection, one for each kind of obstacle, which are exported within a minute."""

from reference_models.zoo import attention, images, numbers, sequences, texts
from reference_models.zoo.gathering import gathered


def build():
    return gathered(
        attention.exact_gelu,
        images.bicubic,
        images.bilinear,
        numbers.best,
        numbers.different,
        numbers.einsum,
        numbers.floor_division,
        numbers.in_float64,
        numbers.norms,
        sequences.gru,
        sequences.loop,
        sequences.unrolled_lstm,
        texts.embedding_bag,
        texts.hashed,
    )

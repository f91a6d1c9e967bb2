"""A few of the collection that have, between them, a place for each kind of fault."""

from reference_models.zoo import attention, images, numbers
from reference_models.zoo.gathering import gathered


def build():
    return gathered(
        attention.exact_gelu,
        images.nearest,
        images.unet,
        numbers.rounding,
        numbers.running,
    )

"""Models with a fault planted at a known node, which `locate` has to find."""

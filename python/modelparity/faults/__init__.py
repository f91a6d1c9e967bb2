"""Faults planted in artifacts that are healthy, for whatever has to find them."""

"""Models and converters that only tests use."""

"""Programs that let one Python runtime each be driven by frames (modelparity/v1/runner.proto)."""

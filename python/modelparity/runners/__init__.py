"""Programs that each let one Python runtime be driven by frames (proto/modelparity/v1/runner.proto)."""

"""Many models in every runtime, each as tests of Bazel: what `portability_zoo` calls, and the workspace for it.

shard.py        what one test has to verify
test_logs.py    the reports that the tests have left
workspace.py    a workspace for a folder of models
"""

from modelparity.zoo.shard import shard_options
from modelparity.zoo.test_logs import reports_of

__all__ = ["reports_of", "shard_options"]

"""From a model to an action: dynamic programming on tables."""

from mbrl_lite.planning.value_iteration import backup, evaluate_policy, greedy, policy_value, value_iteration

__all__ = ["backup", "evaluate_policy", "greedy", "policy_value", "value_iteration"]

"""The role has looked, and has changed nothing."""

LOOKS = ("Describe", "Get", "List")


def test_only_looked(log):
    operators = {entry["action"] for entry in log if entry["principal_arn"].endswith("user/operator")}
    assert "DescribeVpcs" in operators
    assert {action for action in operators if not action.startswith(LOOKS)} == set()

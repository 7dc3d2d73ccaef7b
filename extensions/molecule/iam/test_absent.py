"""Nothing is left of the roles."""


def test_no_roles(aws):
    iam = aws("iam")
    assert [role for role in iam.list_roles()["Roles"] if role["RoleName"].startswith("scenario")] == []
    assert iam.list_instance_profiles()["InstanceProfiles"] == []

"""Nothing is left of the file system, and what was there before is."""


def test_no_file_system(aws):
    assert aws("efs").describe_file_systems()["FileSystems"] == []
    assert aws("efs").describe_access_points()["AccessPoints"] == []


def test_group_is_left(aws, ground):
    groups = aws("ec2").describe_security_groups(GroupIds=[ground.security_group])["SecurityGroups"]
    assert len(groups) == 1

"""Nothing is left of the service; cluster and file system, which were there before, are."""


def test_service(aws):
    assert aws("ecs").list_services(cluster="scenario")["serviceArns"] == []


def test_task_definitions(aws):
    ecs = aws("ecs")
    for status in ("ACTIVE", "INACTIVE"):
        assert ecs.list_task_definitions(familyPrefix="scenario-gateway", status=status)["taskDefinitionArns"] == []


def test_token(aws):
    assert aws("ssm").describe_parameters()["Parameters"] == []


def test_log_groups(aws):
    assert aws("logs").describe_log_groups(logGroupNamePrefix="/openclaw")["logGroups"] == []


def test_what_was_there_is_left(aws, ground):
    [cluster] = aws("ecs").describe_clusters(clusters=["scenario"])["clusters"]
    assert (cluster["status"], cluster["capacityProviders"]) == ("ACTIVE", ["scenario-host"])
    [access_point] = aws("efs").describe_access_points(AccessPointId=ground.access_point)["AccessPoints"]
    assert access_point["FileSystemId"] == ground.file_system

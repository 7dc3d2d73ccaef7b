"""Nothing is left of groups, endpoints and the route, and what belongs to somebody else is."""


def test_groups(aws, ground):
    found = aws("ec2").describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [ground.vpc]}])["SecurityGroups"]
    assert {group["GroupId"] for group in found if group["GroupName"] != "default"} == {ground.others["security_group"]}


def test_endpoints(aws, ground):
    found = aws("ec2").describe_vpc_endpoints(Filters=[{"Name": "vpc-id", "Values": [ground.vpc]}])["VpcEndpoints"]
    assert [endpoint["VpcEndpointId"] for endpoint in found] == [ground.others["endpoint"]]


def test_route(aws, ground):
    [table] = aws("ec2").describe_route_tables(RouteTableIds=[ground.route_table])["RouteTables"]
    assert [route.get("GatewayId") for route in table["Routes"]] == ["local"]

"""Rule by rule who reaches whom, and endpoint by endpoint where it is and what it lets through."""

import json

import pytest

ANYWHERE = ("-1", None, "0.0.0.0/0")


@pytest.fixture(scope="module")
def groups(aws, ground):
    found = aws("ec2").describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [ground.vpc]}])["SecurityGroups"]
    return {group["GroupName"]: group for group in found}


@pytest.fixture(scope="module")
def endpoints(aws, ground):
    found = aws("ec2").describe_vpc_endpoints(Filters=[{"Name": "vpc-id", "Values": [ground.vpc]}])["VpcEndpoints"]
    return {endpoint["ServiceName"].removeprefix("com.amazonaws.us-east-1."): endpoint for endpoint in found}


def rules(permissions, groups):
    """Each rule as protocol, port and who is on the other side."""
    names = {group["GroupId"]: name for name, group in groups.items()}
    return {
        (each["IpProtocol"], each.get("FromPort"), other.get("CidrIp") or names[other["GroupId"]])
        for each in permissions
        for other in each.get("IpRanges", []) + each.get("Ipv6Ranges", []) + each.get("UserIdGroupPairs", [])
    }


@pytest.mark.parametrize(
    ("name", "ingress", "egress"),
    [
        ("scenario-gateway", {("tcp", 18789, "10.0.0.0/8"), ("tcp", 18789, "192.168.0.0/16")}, {ANYWHERE}),
        ("scenario-host", set(), {ANYWHERE}),
        ("scenario-setup", set(), {ANYWHERE}),
        ("scenario-endpoints", {("tcp", 443, "10.30.0.0/16")}, set()),
        ("scenario-efs", {("tcp", 2049, "scenario-gateway"), ("tcp", 2049, "scenario-setup")}, set()),
    ],
)
def test_group(groups, owner, name, ingress, egress):
    group = groups[name]
    assert rules(group["IpPermissions"], groups) == ingress
    assert rules(group["IpPermissionsEgress"], groups) == egress
    assert {tag["Key"]: tag["Value"] for tag in group["Tags"]} == {"Name": name, **owner}


@pytest.mark.parametrize("service", ["logs", "ssm"])
def test_interface_endpoint(endpoints, groups, ground, owner, service):
    endpoint = endpoints[service]
    assert (endpoint["VpcEndpointType"], endpoint["State"]) == ("Interface", "available")
    assert endpoint["PrivateDnsEnabled"] is True
    assert set(endpoint["SubnetIds"]) == {ground.subnets["a"], ground.subnets["b"]}
    assert [group["GroupId"] for group in endpoint["Groups"]] == [groups["scenario-endpoints"]["GroupId"]]
    assert {tag["Key"]: tag["Value"] for tag in endpoint["Tags"]} == {"Name": f"scenario-{service}", **owner}


def test_gateway_endpoint(aws, endpoints, ground):
    endpoint = endpoints["s3"]
    assert (endpoint["VpcEndpointType"], endpoint["State"]) == ("Gateway", "available")
    assert endpoint["RouteTableIds"] == [ground.route_table]
    [table] = aws("ec2").describe_route_tables(RouteTableIds=[ground.route_table])["RouteTables"]
    assert endpoint["VpcEndpointId"] in [route.get("GatewayId") for route in table["Routes"]]


def test_gateway_endpoint_lets_through_what_is_needed_alone(endpoints):
    statements = json.loads(endpoints["s3"]["PolicyDocument"])["Statement"]
    allowed = {
        (action, resource)
        for each in statements
        for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])
        for resource in ([each["Resource"]] if isinstance(each["Resource"], str) else each["Resource"])
    }
    setup = "arn:aws:s3:::scenario-setup-000000000000-us-east-1/*"
    assert allowed == {
        ("s3:GetObject", "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*"),
        ("s3:GetObject", "arn:aws:s3:::al2023-repos-us-east-1-de612dc2/*"),
        ("s3:GetObject", setup),
        ("s3:PutObject", setup),
    }


def test_the_endpoint_of_somebody_else_is_used_as_it_is(endpoints, ground):
    endpoint = endpoints["sts"]
    assert endpoint["VpcEndpointId"] == ground.others["endpoint"]
    assert endpoint["SubnetIds"] == [ground.subnets["a"]]
    assert endpoint.get("Tags", []) == []

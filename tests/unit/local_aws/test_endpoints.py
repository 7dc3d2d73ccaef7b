"""VPC endpoints of the local AWS."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError


def service(name: str) -> str:
    """The full name of a service in the region of the tests."""
    return f"com.amazonaws.us-east-1.{name}"


def interface(local_aws, name: str, network: dict, *zones: str, **more) -> dict:
    """Ask for an interface endpoint in zones of a network."""
    return local_aws.client("ec2").create_vpc_endpoint(
        VpcEndpointType="Interface",
        VpcId=network["vpc"],
        ServiceName=service(name),
        SubnetIds=[network[zone] for zone in zones],
        **more,
    )["VpcEndpoint"]


def group(local_aws, name: str, network: dict) -> str:
    """A security group of a network."""
    return local_aws.client("ec2").create_security_group(GroupName=name, Description=name, VpcId=network["vpc"])[
        "GroupId"
    ]


def shown(local_aws, endpoint: dict) -> list[dict]:
    """The endpoint as it is described now."""
    return local_aws.client("ec2").describe_vpc_endpoints(
        Filters=[{"Name": "vpc-endpoint-id", "Values": [endpoint["VpcEndpointId"]]}]
    )["VpcEndpoints"]


def test_an_endpoint_is_kept_as_asked_for_and_has_interfaces(local_aws):
    network = local_aws.network()
    made = group(local_aws, "endpoints", network)
    tags = [{"ResourceType": "vpc-endpoint", "Tags": [{"Key": "Name", "Value": "x-ecs"}]}]
    created = interface(
        local_aws,
        "ecs",
        network,
        "a",
        "b",
        SecurityGroupIds=[made],
        TagSpecifications=tags,
        PolicyDocument='{"Statement": []}',
        PrivateDnsEnabled=True,
    )
    endpoint = shown(local_aws, created)[0]
    assert endpoint["State"] == "available"
    assert endpoint["Groups"] == [{"GroupId": made, "GroupName": "endpoints"}]
    assert endpoint["PolicyDocument"] == '{"Statement": []}'
    assert endpoint["PrivateDnsEnabled"] is True
    assert endpoint["Tags"] == [{"Key": "Name", "Value": "x-ecs"}]
    assert "ecs.us-east-1.amazonaws.com" in [entry["DnsName"] for entry in endpoint["DnsEntries"]]
    enis = local_aws.client("ec2").describe_network_interfaces(Filters=[{"Name": "group-id", "Values": [made]}])[
        "NetworkInterfaces"
    ]
    assert {eni["SubnetId"] for eni in enis} == {network["a"], network["b"]}
    assert all(eni["RequesterManaged"] and eni["InterfaceType"] == "vpc_endpoint" for eni in enis)
    assert {eni["PrivateIpAddress"] for eni in enis} == {"10.20.0.4", "10.20.1.4"}
    with pytest.raises(ClientError, match="DependencyViolation"):
        local_aws.client("ec2").delete_security_group(GroupId=made)


def test_coming_and_going_take_time(local_aws):
    local_aws.control("POST", "latency", scale=1)
    network = local_aws.network()
    created = interface(local_aws, "ecs", network, "a")
    assert created["State"] == shown(local_aws, created)[0]["State"] == "pending"
    local_aws.control("POST", "settle")
    assert shown(local_aws, created)[0]["State"] == "available"
    ec2 = local_aws.client("ec2")
    assert ec2.delete_vpc_endpoints(VpcEndpointIds=[created["VpcEndpointId"]])["Unsuccessful"] == []
    assert shown(local_aws, created)[0]["State"] == "deleting"
    assert len(ec2.describe_network_interfaces()["NetworkInterfaces"]) == 1
    local_aws.control("POST", "settle")
    assert shown(local_aws, created) == []
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    again = ec2.delete_vpc_endpoints(VpcEndpointIds=[created["VpcEndpointId"]])["Unsuccessful"]
    assert again[0]["Error"]["Code"] == "InvalidVpcEndpoint.NotFound"


def test_everything_can_be_modified(local_aws):
    ec2, network = local_aws.client("ec2"), local_aws.network()
    old, new = group(local_aws, "old", network), group(local_aws, "new", network)
    created = interface(local_aws, "logs", network, "a", SecurityGroupIds=[old], PrivateDnsEnabled=False)
    ec2.modify_vpc_endpoint(
        VpcEndpointId=created["VpcEndpointId"],
        AddSubnetIds=[network["b"]],
        RemoveSubnetIds=[network["a"]],
        AddSecurityGroupIds=[new],
        RemoveSecurityGroupIds=[old],
        PrivateDnsEnabled=True,
        PolicyDocument="{}",
    )
    endpoint = shown(local_aws, created)[0]
    assert endpoint["SubnetIds"] == [network["b"]]
    assert [entry["GroupId"] for entry in endpoint["Groups"]] == [new]
    assert (endpoint["PrivateDnsEnabled"], endpoint["PolicyDocument"]) == (True, "{}")
    assert len(endpoint["NetworkInterfaceIds"]) == 1
    ec2.delete_security_group(GroupId=old)
    ec2.modify_vpc_endpoint(VpcEndpointId=created["VpcEndpointId"], ResetPolicy=True)
    assert '"Action": "*"' in shown(local_aws, created)[0]["PolicyDocument"]


def test_a_gateway_endpoint_is_a_route(local_aws):
    ec2, network = local_aws.client("ec2"), local_aws.network()
    table = ec2.describe_route_tables(Filters=[{"Name": "association.subnet-id", "Values": [network["a"]]}])[
        "RouteTables"
    ][0]["RouteTableId"]
    arguments = {"VpcId": network["vpc"], "ServiceName": service("s3"), "RouteTableIds": [table]}
    created = ec2.create_vpc_endpoint(**arguments)["VpcEndpoint"]
    prefix_list = ec2.describe_prefix_lists(Filters=[{"Name": "prefix-list-name", "Values": [service("s3")]}])[
        "PrefixLists"
    ][0]["PrefixListId"]

    def routes() -> dict:
        answer = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
        return {route.get("DestinationPrefixListId"): route.get("GatewayId") for route in answer}

    assert routes()[prefix_list] == created["VpcEndpointId"]
    with pytest.raises(ClientError, match=f"RouteAlreadyExists.*{table} already has a route"):
        ec2.create_vpc_endpoint(**arguments)
    ec2.modify_vpc_endpoint(VpcEndpointId=created["VpcEndpointId"], RemoveRouteTableIds=[table])
    assert prefix_list not in routes()
    assert shown(local_aws, created)[0]["RouteTableIds"] == []
    ec2.modify_vpc_endpoint(VpcEndpointId=created["VpcEndpointId"], AddRouteTableIds=[table])
    ec2.delete_vpc_endpoints(VpcEndpointIds=[created["VpcEndpointId"]])
    assert prefix_list not in routes()


@pytest.mark.parametrize(
    ("name", "zones", "more", "refusal"),
    [
        ("nonsense", "a", {}, "InvalidServiceName.*'com.amazonaws.us-east-1.nonsense' does not exist"),
        ("s3", "a", {}, r"InvalidParameter\).*Endpoint type \(Interface\) does not match"),
        ("ecs-telemetry", "c", {}, "does not support the availability zone of the subnet: subnet-"),
        ("ecs", "aa", {}, "DuplicateSubnetsInSameZone"),
        ("ecs", "a", {"SecurityGroupIds": ["sg-0123456789abcdef0"]}, "InvalidSecurityGroupID.NotFound"),
    ],
)
def test_refusals(local_aws, name, zones, more, refusal):
    with pytest.raises(ClientError, match=refusal):
        interface(local_aws, name, local_aws.network(), *zones, **more)
    assert local_aws.client("ec2").describe_vpc_endpoints()["VpcEndpoints"] == []


def test_one_private_dns_name_in_a_vpc(local_aws):
    network = local_aws.network()
    interface(local_aws, "ecs", network, "a")
    with pytest.raises(ClientError, match="already a conflicting DNS domain for ecs.us-east-1.amazonaws.com"):
        interface(local_aws, "ecs", network, "b")
    interface(local_aws, "ecs", network, "b", PrivateDnsEnabled=False)
    interface(local_aws, "ecs", local_aws.network("isolated"), "a")


def test_private_dns_needs_the_vpc_attributes(local_aws):
    network = local_aws.network()
    local_aws.client("ec2").modify_vpc_attribute(VpcId=network["vpc"], EnableDnsHostnames={"Value": False})
    with pytest.raises(ClientError, match="requires both enableDnsSupport and enableDnsHostnames.*for vpc-"):
        interface(local_aws, "ecs", network, "a")


def test_services_say_in_which_zones_they_are(local_aws):
    names = [service(name) for name in ("ecs", "ecs-agent", "ecs-telemetry", "s3", "bedrock-runtime")]
    details = local_aws.client("ec2").describe_vpc_endpoint_services(ServiceNames=names)["ServiceDetails"]
    found = {detail["ServiceName"]: detail for detail in details}
    assert found[service("ecs-telemetry")]["AvailabilityZones"] == ["us-east-1a", "us-east-1b"]
    assert found[service("ecs")]["AvailabilityZones"] == ["us-east-1a", "us-east-1b", "us-east-1c"]
    assert found[service("s3")]["ServiceType"] == [{"ServiceType": "Gateway"}]
    assert found[service("ecs-agent")]["PrivateDnsName"] == "ecs-a.us-east-1.amazonaws.com"


def test_instance_types_and_filters(local_aws):
    ec2 = local_aws.client("ec2")
    offered = ec2.describe_instance_type_offerings(
        LocationType="availability-zone", Filters=[{"Name": "instance-type", "Values": ["m7g.medium"]}]
    )
    assert [entry["Location"] for entry in offered["InstanceTypeOfferings"]] == ["us-east-1a", "us-east-1b"]
    with pytest.raises(ClientError, match="The filter 'isDefault' is invalid"):
        ec2.describe_vpcs(Filters=[{"Name": "isDefault", "Values": ["true"]}])

"""Techniques of attack that simulators play against AWS: at least one call of each is asked about or pages.

Written by hand from what each technique does; its other calls (looking around, cleaning up) are left out.
"""

import pytest

from agents.decisions.rules import CallContext
from agents.rulebook.book import load_rules

RULES = load_rules([])
USER = {"type": "IAMUser", "userName": "ada"}
ROLE = {"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/simulation/aws-go-sdk-1700000000"}
MACHINE = {"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/web/i-0abc12345"}
WORLD = {"ipPermissions": {"items": [{"fromPort": 22, "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}}]}}
OTHER = {"add": {"items": [{"userId": "444455556666"}]}}
DENIED = "Client.UnauthorizedOperation"
SSE_C = {"bucketName": "reports", "x-amz-server-side-encryption-customer-algorithm": "AES256"}
DAY = {"LifecycleConfiguration": {"Rule": {"Status": "Enabled", "Expiration": {"Days": 1}}}}
SELECTORS = {"eventSelectors": [{"includeManagementEvents": False, "readWriteType": "ReadOnly"}]}
BUCKET_POLICY = {"bucketPolicy": {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "444455556666"}}]}}

TECHNIQUES = [
    ("passwords of machines read", ROLE, "ec2", "GetPasswordData", {"instanceId": "i-0a"}, DENIED),
    ("credentials of a machine stolen", USER, "ssm", "SendCommand", {"documentName": "AWS-RunShellScript"}),
    ("many secrets read", USER, "secretsmanager", "GetSecretValue", {"secretId": "a"}),
    ("secrets read in batches", USER, "secretsmanager", "BatchGetSecretValue", {"filters": []}),
    ("encrypted parameters read", USER, "ssm", "GetParameters", {"names": ["a"], "withDecryption": True}),
    ("trail deleted", USER, "cloudtrail", "DeleteTrail", {"name": "t"}),
    ("trail stopped", USER, "cloudtrail", "StopLogging", {"name": "t"}),
    ("trail told to leave events out", USER, "cloudtrail", "PutEventSelectors", SELECTORS),
    ("log files of a trail set to vanish", USER, "s3", "PutBucketLifecycle", DAY),
    ("DNS logs deleted", USER, "route53resolver", "DeleteResolverQueryLogConfig", {"id": "a"}),
    ("organization left", ROLE, "organizations", "LeaveOrganization", None, "AccessDeniedException"),
    ("flow logs removed", USER, "ec2", "DeleteFlowLogs", {"DeleteFlowLogsRequest": {"FlowLogId": "fl-0"}}),
    ("start scripts downloaded", ROLE, "ec2", "DescribeInstanceAttribute", {"attribute": "userData"}),
    ("looking around from a machine", MACHINE, "iam", "GetAccountAuthorizationDetails", None),
    ("mail sending looked over", USER, "ses", "GetAccountSendingEnabled", None),
    ("costly machines tried", ROLE, "ec2", "RunInstances", {"instanceType": "p3.16xlarge"}, DENIED),
    ("commands by start script", USER, "ec2", "ModifyInstanceAttribute", {"userData": "<sensitiveDataRemoved>"}),
    ("start script of notebooks changed", USER, "sagemaker", "UpdateNotebookInstanceLifecycleConfig", {"x": "y"}),
    ("session on a machine", USER, "ssm", "StartSession", {"target": "i-0a"}),
    ("port opened to the world", USER, "ec2", "AuthorizeSecurityGroupIngress", WORLD),
    ("image shared", USER, "ec2", "ModifyImageAttribute", {"launchPermission": OTHER}),
    ("snapshot shared", USER, "ec2", "ModifySnapshotAttribute", {"createVolumePermission": OTHER}),
    ("database snapshot shared", USER, "rds", "ModifyDBSnapshotAttribute", {"valuesToAdd": ["444455556666"]}),
    ("bucket opened to another account", USER, "s3", "PutBucketPolicy", BUCKET_POLICY),
    ("language model bought", USER, "bedrock", "PutFoundationModelEntitlement", {"modelId": "a"}),
    ("files deleted in batches", USER, "s3", "DeleteObjects", {"bucketName": "reports"}),
    ("files deleted one by one", USER, "s3", "DeleteObject", {"bucketName": "r", "key": "a", "versionId": "v"}),
    ("files encrypted by the caller's key", USER, "s3", "CopyObject", SSE_C),
    ("key pushed to a machine", USER, "ec2-instance-connect", "SendSSHPublicKey", {"instanceId": "i-0a"}),
    ("key pushed to a console", USER, "ec2-instance-connect", "SendSerialConsoleSSHPublicKey", {"x": "y"}),
    ("serial console opened", USER, "ec2", "EnableSerialConsoleAccess", None),
    ("role opened to another account", USER, "iam", "UpdateAssumeRolePolicy", {"roleName": "a"}),
    ("second key for a user", USER, "iam", "CreateAccessKey", {"userName": "grace"}),
    ("administrator made", USER, "iam", "CreateUser", {"userName": "grace"}),
    ("role for another account made", USER, "iam", "CreateRole", {"roleName": "a"}),
    ("console password for a user", USER, "iam", "CreateLoginProfile", {"userName": "grace"}),
    ("console password of a user changed", USER, "iam", "UpdateLoginProfile", {"userName": "grace"}),
    ("function opened", USER, "lambda", "AddPermission20150331v2", {"principal": "*"}),
    ("layer put on a function", USER, "lambda", "UpdateFunctionConfiguration20150331v2", {"layers": ["a"]}),
    ("code of a function overwritten", USER, "lambda", "UpdateFunctionCode20150331v2", {"functionName": "a"}),
    ("trust anchor made", USER, "rolesanywhere", "CreateTrustAnchor", {"name": "a"}),
    ("federation token taken", USER, "sts", "GetFederationToken", {"name": "a"}),
]  # fmt: skip


@pytest.mark.parametrize("row", TECHNIQUES, ids=lambda row: row[0])
def test_a_call_of_each_technique_is_asked_about_or_pages(row):
    _, identity, service, name, parameters, *error = row
    record = {
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "userIdentity": identity,
        "requestParameters": parameters,
        "sourceIPAddress": "198.51.100.7",
        **({"errorCode": error[0]} if error else {}),
    }
    found = RULES.matching(record, CallContext())
    assert found
    assert str(found[0].action) in {"notify", "alert"}
    assert RULES.may_match(record)


def test_a_sign_in_without_a_second_factor_is_asked_about():
    record = {
        "eventSource": "signin.amazonaws.com",
        "eventName": "ConsoleLogin",
        "userIdentity": USER,
        "responseElements": {"ConsoleLogin": "Success"},
        "additionalEventData": {"MFAUsed": "No"},
    }
    assert str(RULES.matching(record, CallContext())[0].action) == "notify"

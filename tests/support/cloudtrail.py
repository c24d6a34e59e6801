"""CloudTrail records and the envelopes around them, written by hand from what AWS documents."""

import base64
import gzip
import json
import zlib

ACCOUNT = "111122223333"
TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:countersign"


def call(**changes) -> dict:
    """A record of an ordinary call; a change to None removes the field."""
    record = {
        "eventVersion": "1.08",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLE",
            "arn": f"arn:aws:iam::{ACCOUNT}:user/ada",
            "accountId": ACCOUNT,
            "accessKeyId": "AKIAEXAMPLE",
            "userName": "ada",
        },
        "eventTime": "2026-01-02T03:04:05Z",
        "eventSource": "iam.amazonaws.com",
        "eventName": "CreateUser",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.7",
        "userAgent": "aws-cli/2.15",
        "requestParameters": {"userName": "grace"},
        "responseElements": None,
        "requestID": "5d1e6b53-7a7b-4b86-9f0e-000000000001",
        "eventID": "5d1e6b53-7a7b-4b86-9f0e-000000000002",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    }
    return {
        key: value for key, value in (record | changes).items() if value is not None or key == "responseElements"
    }


def stop_logging(**changes) -> dict:
    """The call that every rule book wants to hear of."""
    named = {"eventSource": "cloudtrail.amazonaws.com", "eventName": "StopLogging"}
    return call(**named | {"requestParameters": {"name": "main"}} | changes)


def compact(value) -> bytes:
    """JSON as AWS writes it: no blanks."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def quoted(body: bytes) -> bytes:
    return json.dumps(body.decode()).encode()


def event_bridge(body: bytes) -> bytes:
    return (
        b'{"version":"0","id":"e1","detail-type":"AWS API Call via CloudTrail","source":"aws.iam",'
        b'"account":"111122223333","time":"2026-01-02T03:04:05Z","region":"us-east-1","resources":[],"detail":'
        + body
        + b"}"
    )


def sns(body: bytes, topic_arn: str = TOPIC) -> bytes:
    return (
        b'{\n  "Type" : "Notification",\n  "MessageId" : "m1",\n  "TopicArn" : "%b",\n  "Message" : %b,\n'
        b'  "Timestamp" : "2026-01-02T03:04:05.678Z",\n  "SignatureVersion" : "1"\n}'
        % (topic_arn.encode(), quoted(body))
    )


def sns_lambda(body: bytes) -> bytes:
    return b'{"Records":[{"EventSource":"aws:sns","EventVersion":"1.0","Sns":%b}]}' % sns(body)


def sqs(body: bytes) -> bytes:
    return b'{"MessageId":"m2","ReceiptHandle":"r","MD5OfBody":"x","Body":%b}' % quoted(body)


def receive_answer(body: bytes) -> bytes:
    return b'{"Messages":[%b]}' % sqs(body)


def sqs_lambda(body: bytes) -> bytes:
    return b'{"Records":[{"messageId":"m2","eventSource":"aws:sqs","awsRegion":"x","body":%b}]}' % quoted(body)


def log_file(*bodies: bytes) -> bytes:
    return b'{"Records":[%b]}' % b",".join(bodies)


def lookup_events(body: bytes) -> bytes:
    return b'{"Events":[{"EventId":"e","EventName":"X","ReadOnly":"false","CloudTrailEvent":%b}]}' % quoted(body)


def lookup_event(body: bytes) -> bytes:
    return b'{"EventId":"e","EventName":"X","CloudTrailEvent":%b}' % quoted(body)


def encoded(body: bytes) -> bytes:
    return base64.b64encode(body)


def logs_payload(body: bytes, kind: str = "DATA_MESSAGE") -> bytes:
    return (
        b'{"messageType":"%b","owner":"111122223333","logGroup":"trail","logStream":"s",'
        b'"subscriptionFilters":["f"],"logEvents":[{"id":"1","timestamp":1767323045000,"message":%b}]}'
        % (kind.encode(), quoted(body))
    )


def logs_lambda(body: bytes) -> bytes:
    return b'{"awslogs":{"data":"%b"}}' % encoded(gzip.compress(logs_payload(body), mtime=0))


def kinesis_lambda(body: bytes) -> bytes:
    return (
        b'{"Records":[{"kinesis":{"partitionKey":"k","sequenceNumber":"1","data":"%b"},"eventSource":"aws:kinesis",'
        b'"eventVersion":"1.0","eventID":"s:1","eventName":"aws:kinesis:record","awsRegion":"x"}]}' % encoded(body)
    )


def kinesis_answer(body: bytes) -> bytes:
    return b'{"Records":[{"SequenceNumber":"1","PartitionKey":"k","Data":"%b"}],"MillisBehindLatest":0}' % encoded(
        body
    )


def firehose(body: bytes) -> bytes:
    return b'{"invocationId":"i","records":[{"recordId":"1","data":"%b"}]}' % encoded(body)


def kafka(body: bytes) -> bytes:
    return (
        b'{"eventSource":"aws:kafka","records":{"trail-0":[{"topic":"trail","partition":0,"offset":1,"key":"a",'
        b'"value":"%b"}]}}' % encoded(body)
    )


def zlibbed(body: bytes) -> bytes:
    return zlib.compress(body)


def listed(body: bytes) -> bytes:
    return b"[ %b ]" % body


def spaced(body: bytes) -> bytes:
    return b"\xef\xbb\xbf\n " + body + b"\r\n"


TEXT_WRAPS = [
    sns,
    sns_lambda,
    sqs,
    receive_answer,
    sqs_lambda,
    lookup_events,
    lookup_event,
    logs_payload,
    logs_lambda,
    quoted,
]
"""Envelopes that carry text."""

BYTE_WRAPS = [kinesis_lambda, kinesis_answer, firehose, kafka, gzip.compress, zlibbed]
"""Envelopes that carry any bytes."""

VALUE_WRAPS = [log_file, listed, spaced]
"""Envelopes that carry a JSON value."""

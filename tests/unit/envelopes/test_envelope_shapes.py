"""Every envelope that a feed can deliver, opened; every other thing that AWS sends, named."""

import gzip
import json

import pytest

from streams.envelopes.item import CallItem, Control, Pointer, Refused
from streams.envelopes.scan import named_pairs
from streams.envelopes.unwrap import unwrap
from tests.support import cloudtrail as ct

RECORD = ct.compact(ct.call())
ALL_WRAPS = [*ct.TEXT_WRAPS, *ct.BYTE_WRAPS, *ct.VALUE_WRAPS, ct.event_bridge]


def only(body: bytes):
    items = list(unwrap(body))
    assert len(items) == 1, items
    return items[0]


@pytest.mark.parametrize("wrap", ALL_WRAPS, ids=lambda wrap: wrap.__name__)
def test_a_record_comes_out_of_its_envelope_byte_for_byte(wrap):
    item = only(wrap(RECORD))
    assert isinstance(item, CallItem)
    assert item.record == RECORD
    assert item.fields == ct.call()


def test_the_account_and_the_topic_are_what_the_envelopes_said():
    item = only(ct.sqs(ct.sns(ct.event_bridge(RECORD))))
    assert (item.account, item.topic_arn) == (ct.ACCOUNT, ct.TOPIC)
    bare = only(RECORD)
    assert (bare.account, bare.topic_arn) == (None, None)


def test_a_topic_that_a_publisher_wrote_into_its_message_does_not_count():
    forged = ct.sns(RECORD, "arn:aws:sns:eu-west-1:999988887777:countersign")
    assert only(ct.sns(forged)).topic_arn == ct.TOPIC
    vouched = list(unwrap(forged, topic_arn=ct.TOPIC))
    assert vouched[0].topic_arn == ct.TOPIC


def test_the_owner_of_a_log_group_counts_only_for_a_call_that_names_no_account():
    other = ct.compact(ct.call(recipientAccountId="444455556666"))
    assert only(ct.logs_payload(other)).account is None
    nameless = ct.compact(ct.call(recipientAccountId=None))
    assert only(ct.logs_payload(nameless)).account == ct.ACCOUNT


@pytest.mark.parametrize(
    "missing", [("eventVersion", "eventID"), ("eventID", "userIdentity"), ("eventVersion", "userIdentity")]
)
def test_one_mark_beside_source_and_name_makes_a_call(missing):
    assert isinstance(only(ct.compact(ct.call(**dict.fromkeys(missing)))), CallItem)


@pytest.mark.parametrize(
    "changes",
    [
        {"eventVersion": None, "eventID": None, "userIdentity": None},
        {"eventSource": None},
        {"eventName": None},
        {"eventSource": 7},
        {"eventName": ["CreateUser"]},
        {"eventSource": "aws:dynamodb"},
        {"s3": {"bucket": {"name": "b"}, "object": {"key": "k"}}},
    ],
    ids=str,
)
def test_what_is_no_call_is_a_dead_letter(changes):
    item = only(ct.compact(ct.call(**changes)))
    assert isinstance(item, Refused)
    assert item.reason == "unknown_shape"


CONTROLS = {
    "empty_body": [b"", b"  \n", b'""', ct.sns(b""), ct.sqs(b"")],
    "empty_container": [
        b"{}",
        b"[]",
        b'{"Records":[]}',
        b'{"Messages":[]}',
        b'{"Events":[]}',
        b'{"records":{}}',
        b'{"s3Bucket":"b","s3ObjectKey":[]}',
    ],
    "validation_message": [b"CloudTrail validation message.", ct.sns(b"CloudTrail validation message.")],
    "control_message": [ct.logs_payload(b"CWL CONTROL MESSAGE: Checking health", "CONTROL_MESSAGE")],
    "s3_test_event": [b'{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}'],
    "sns_confirmation": [
        b'{"Type":"SubscriptionConfirmation","Message":"You have chosen","Token":"t","TopicArn":"a"}',
        b'{"Type":"UnsubscribeConfirmation","Message":"You have chosen","Token":"t","TopicArn":"a"}',
    ],
    "other_event": [
        b'{"source":"aws.ec2","detail-type":"EC2 Instance State-change","detail":{"state":"running"}}',
        b'{"source":"aws.events","detail-type":"Scheduled Event","detail":{}}',
        b'{"source":"aws.s3","detail-type":"Object Deleted","detail":{"bucket":{"name":"b"}}}',
    ],
    "insight": [
        b'{"eventVersion":"1.07","eventType":"AwsCloudTrailInsight","insightDetails":{"state":"Start"}}',
        b'{"detail-type":"AWS Insight via CloudTrail","detail":{"eventCategory":"Insight"}}',
    ],
    "digest_key": [b'{"s3Bucket":"b","s3ObjectKey":["AWSLogs/1/CloudTrail-Digest/x.json.gz"]}'],
    "insight_key": [b'{"s3Bucket":"b","s3ObjectKey":["AWSLogs/1/CloudTrail-Insight/x.json.gz"]}'],
    "digest": [b'{"awsAccountId":"1","digestS3Bucket":"b","logFiles":[]}'],
}


@pytest.mark.parametrize(
    ("reason", "body"), [(reason, body) for reason, bodies in CONTROLS.items() for body in bodies]
)
def test_what_carries_no_call_is_a_control(reason, body):
    assert only(body) == Control(reason)


def s3_notice(event: str, key: str) -> bytes:
    block = {"bucket": {"name": "trail"}, "object": {"key": key}}
    return ct.compact(
        {"Records": [{"eventSource": "aws:s3", "eventVersion": "2.1", "eventName": event, "s3": block}]}
    )


def test_an_object_created_is_a_pointer_with_its_key_decoded():
    assert only(s3_notice("ObjectCreated:Put", "a/my+file%3Da.json.gz")) == Pointer(
        "trail", "a/my file=a.json.gz", "object_created"
    )
    assert only(ct.sns(s3_notice("ObjectCreated:Put", "k"))) == Pointer("trail", "k", "object_created")
    assert only(s3_notice("ObjectRemoved:Delete", "k")) == Control("s3_other_event")
    assert only(s3_notice("ObjectCreated:Put", "AWSLogs/1/CloudTrail-Digest/k")) == Control("digest_key")


def test_the_key_of_an_event_bridge_notice_is_plain():
    detail = {"bucket": {"name": "trail"}, "object": {"key": "my+file"}}
    event = {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}
    assert only(ct.compact(event)) == Pointer("trail", "my+file", "object_created")


def test_cloudtrails_own_notice_names_a_list_of_keys():
    keys = ["one.json.gz", "AWSLogs/1/CloudTrail-Digest/two.json.gz", "three.json.gz"]
    items = list(unwrap(ct.sns(ct.compact({"s3Bucket": "trail", "s3ObjectKey": keys}))))
    assert items == [
        Pointer("trail", "one.json.gz", "object_created"),
        Control("digest_key"),
        Pointer("trail", "three.json.gz", "object_created"),
    ]


@pytest.mark.parametrize(
    ("reason", "body"),
    [
        ("unknown_shape", b'{"hello":"world"}'),
        ("unknown_shape", b'{"Records":null}'),
        ("unknown_shape", b'{"Type":"Notification","TopicArn":"a","Message":7}'),
        ("unknown_shape", b'{"MessageId":"m","Body":null}'),
        ("unknown_shape", b'{"source":"my.app","detail-type":"Thing","detail":{"a":1}}'),
        ("unknown_shape", b'{"source":"aws.iam","detail-type":"AWS API Call via CloudTrail","detail":{}}'),
        ("not_json", b"hello"),
        ("unknown_shape", b"null"),
        ("unknown_shape", b"7"),
        ("not_json", b"NaN"),
        ("bad_base64", b'{"records":[{"recordId":"1","data":"no base64!"}]}'),
    ],
)
def test_everything_else_is_a_dead_letter_with_its_reason(reason, body):
    item = only(body)
    assert isinstance(item, Refused)
    assert item.reason == reason


def test_garbage_in_a_batch_leaves_its_neighbours_alone():
    bodies = [RECORD, b"this is not json {{{", RECORD]
    batch = ct.compact({"Messages": [{"MessageId": "m", "Body": body.decode()} for body in bodies]})
    assert [type(item) for item in unwrap(batch)] == [CallItem, Refused, CallItem]


def test_objects_side_by_side_are_opened_one_by_one():
    joined = gzip.compress(ct.logs_payload(RECORD) + ct.logs_payload(RECORD))
    assert [item.record for item in unwrap(ct.kinesis_lambda(joined))] == [RECORD, RECORD]
    assert [item.record for item in unwrap(RECORD + b"\n" + RECORD)] == [RECORD, RECORD]


def test_a_pretty_printed_record_keeps_its_blanks():
    pretty = json.dumps(ct.call(), indent=2).encode()
    assert only(ct.event_bridge(pretty)).record == pretty


def test_a_call_in_an_event_that_aws_did_not_send_is_refused_and_scanned():
    event = json.loads(ct.event_bridge(ct.compact(ct.stop_logging())))
    for source, kind in ((event["source"], CallItem), ("com.example", Refused), ("awsx", Refused)):
        item = only(ct.sqs(ct.sns(ct.compact(event | {"source": source}))))
        assert isinstance(item, kind), source
    assert item.reason == "not_from_aws"
    assert list(named_pairs(item.body)) == [("cloudtrail.amazonaws.com", "StopLogging")]

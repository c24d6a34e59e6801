"""SNS and SQS of moto's server, as the accounts' feeds: a topic in the member account, a queue that hears it."""

import os
from typing import Any, Self
from unittest import mock

import boto3
from moto.server import ThreadedMotoServer

ENVIRON = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "eu-west-1",
}


class SnsToSqs:
    """One topic fanned out to one queue, without raw delivery; `environ` lets a process reach them."""

    def __init__(self) -> None:
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self.environ = dict(ENVIRON)

    def __enter__(self) -> Self:
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.endpoint = f"http://{host}:{port}"
        self._sqs, self._sns = self._client("sqs"), self._client("sns")
        self.url = self._sqs.create_queue(QueueName="countersign")["QueueUrl"]
        self.topic_arn = self._sns.create_topic(Name="countersign")["TopicArn"]
        about = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
        arn = about["Attributes"]["QueueArn"]
        self._sns.subscribe(TopicArn=self.topic_arn, Protocol="sqs", Endpoint=arn)
        return self

    def _client(self, service: str) -> Any:
        with mock.patch.dict(os.environ, ENVIRON):
            return boto3.client(service, endpoint_url=self.endpoint)

    def __exit__(self, *ended: object) -> None:
        # The servers of one process share their state: what is left here, the next test would be handed.
        self._sqs.delete_queue(QueueUrl=self.url)
        self._sns.delete_topic(TopicArn=self.topic_arn)
        self._sqs.close()
        self._sns.close()
        self._server.stop()

    def publish(self, body: str) -> None:
        """One notification of the account's topic."""
        self._sns.publish(TopicArn=self.topic_arn, Message=body)

    def is_empty(self) -> bool:
        """Whether the queue holds nothing, neither waiting nor in flight."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        about = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return all(int(about[name]) == 0 for name in names)

    def feed(self, account: str) -> dict[str, Any]:
        """The queue as a feed of the configuration, bound to the account of its topic."""
        return {
            "kind": "sqs",
            "name": "queue",
            "queue_url": self.url,
            "endpoint_url": self.endpoint,
            "topics": {self.topic_arn: account},
        }

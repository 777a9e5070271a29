# Starts ministack for tests. Its own start binds every interface, tells Lambda functions no endpoint, and waits up to 140 ms
# too long for each of their answers. It knows no universal targets of EventBridge Scheduler, and looks for due schedules
# only every ten seconds. Its SQS hides what a reply brought that got lost, where SQS repeats the reply to the same attempt.
import os
import socketserver
import urllib.request

os.environ["AWS_ENDPOINT_URL"] = "http://%s:%s" % (os.environ["MINISTACK_HOST"], os.environ["GATEWAY_PORT"])
socketserver.StreamRequestHandler.disable_nagle_algorithm = True

import ministack.core.lambda_runtime as runtime  # noqa: E402

runtime.Worker._drain_stderr_bounded.__defaults__ = (0.002, 0.002, 0.250)

import ministack.services.eventbridge as eventbridge  # noqa: E402
import ministack.services.scheduler as scheduler  # noqa: E402
from ministack.core.responses import get_account_id, get_region  # noqa: E402

scheduler._SCHEDULE_TICK_INTERVAL = 0.5
invoke = eventbridge._invoke_target


def invoke_universal(target, *rest):
    """Calls SendMessage as Scheduler does: the target's input is the request."""
    if target.get("Arn") != "arn:aws:scheduler:::aws-sdk:sqs:sendMessage":
        return invoke(target, *rest)
    urllib.request.urlopen(urllib.request.Request(
        os.environ["AWS_ENDPOINT_URL"], data=target["Input"].encode(), headers={
            "X-Amz-Target": "AmazonSQS.SendMessage", "Content-Type": "application/x-amz-json-1.0",
            "Authorization": "AWS4-HMAC-SHA256 Credential=%s/20260101/%s/sqs/aws4_request, SignedHeaders=host, Signature=0"
            % (get_account_id(), get_region()),
        }), timeout=10).read()


eventbridge._invoke_target = invoke_universal

import ministack.services.sqs as sqs  # noqa: E402

receive = sqs._HANDLERS["ReceiveMessage"]
replies = {}  # by queue and attempt; tests make few enough to keep


async def receive_again(data, qurl):
    """Repeats the reply to an attempt that brought messages, as SQS does for FIFO queues."""
    attempt = data.get("ReceiveRequestAttemptId")
    key = (get_account_id(), data.get("QueueUrl", qurl), attempt)
    if attempt and key in replies:
        return replies[key]
    reply = await receive(data, qurl)
    if attempt and reply:
        replies[key] = reply
    return reply


sqs._HANDLERS["ReceiveMessage"] = receive_again

from ministack.app import main  # noqa: E402

main()

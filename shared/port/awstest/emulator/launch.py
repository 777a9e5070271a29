# Starts ministack for tests. Its own start binds every interface, tells Lambda functions no endpoint, and waits up to 140 ms
# too long for each of their answers.
import os
import socketserver

os.environ["AWS_ENDPOINT_URL"] = "http://%s:%s" % (os.environ["MINISTACK_HOST"], os.environ["GATEWAY_PORT"])
socketserver.StreamRequestHandler.disable_nagle_algorithm = True

import ministack.core.lambda_runtime as runtime  # noqa: E402

runtime.Worker._drain_stderr_bounded.__defaults__ = (0.002, 0.002, 0.250)

from ministack.app import main  # noqa: E402

main()

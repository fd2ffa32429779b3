"""A service: POST float32 samples (rows, columns, channels) in native byte order, get the model's outputs.

``gunicorn --preload --workers 4 service:application`` loads the model once, before the workers are forked, and also
uses it there.
"""

import os

import numpy as np

from support import services

services.share_out_all_work()
model = services.network()
model.predict(services.samples())


def application(request, start_response):
    body = request["wsgi.input"].read(int(request["CONTENT_LENGTH"]))
    outputs = model.predict(np.frombuffer(body, np.float32).reshape(-1, *model.input_shape))
    start_response("200 OK", [("Content-Length", str(outputs.nbytes)), ("X-Worker", str(os.getpid()))])
    return [outputs.tobytes()]

"""Reads a JSON list of user data, and prints what cloud-init itself makes of each: its cloud-config, users and keys."""

import json
import sys
import tempfile

from cloudinit import handlers, helpers, user_data
from cloudinit.handlers.cloud_config import CloudConfigPartHandler


def merged(data):
    with tempfile.TemporaryDirectory() as folder:
        paths = helpers.Paths({"cloud_dir": folder, "run_dir": folder})
        handler = CloudConfigPartHandler(paths)
        message = user_data.UserDataProcessor(paths).process(data.encode())
        handler.handle_part(None, handlers.CONTENT_START, None, None, None, None)
        for part in message.walk():
            kind = part.get_content_type()
            if not part.is_multipart() and kind in handler.list_types():
                payload = part.get_payload(decode=True).decode()
                handler.handle_part(None, kind, "part", payload, None, dict(part))
        return handler.cloud_buf or {}


print(json.dumps([merged(data) for data in json.load(sys.stdin)]))

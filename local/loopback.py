"""HTTP to a port of this machine, past any proxy the environment names."""

import http.client

from local.ports import LOOPBACK

TIMEOUT_S = 3.0


def get_status(port: int, path: str) -> int | None:
    """The status of GET `path`, or None when nobody answers in HTTP within 3 s."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
    except (OSError, http.client.HTTPException):
        return None
    else:
        return response.status
    finally:
        connection.close()

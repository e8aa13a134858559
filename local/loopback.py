"""HTTP to a port of this machine, past any proxy the environment names."""

import http.client

from local.ports import LOOPBACK


def get_status(port: int, path: str, timeout_s: float = 3.0) -> int | None:
    """The status of GET `path`, or None when nobody answers in HTTP within the time."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=timeout_s)
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

"""Does what a case says, and looks at what comes back."""

from rfc.case import get
from rfc.wire import Client, Wrong

PROBE = get(b"/group/probe")


def check_answer(expected, response):
    """Raises Wrong unless the response is as expected."""
    if response is None:
        raise Wrong(f"the server closed in place of {expected.status}")
    if response.status not in expected.status:
        raise Wrong(f"{response} is none of {expected.status}")
    if expected.broken != (response.broken is not None):
        raise Wrong(f"{response} is {'whole' if expected.broken else 'broken'}")
    if expected.body is not None and not expected.head and response.body != expected.body:
        raise Wrong(f"the body is {response.body[:200]!r}, not {expected.body[:200]!r}")
    for name, value in expected.fields.items():
        if response.first(name.lower()) != value:
            raise Wrong(f"{name} is {response.first(name.lower())}, not {value}")


def check(case, port, piece=None):
    """Raises Wrong unless the server does what the case says."""
    with Client(port) as client:
        client.send(case.sent, piece)
        if case.is_open:
            client.send(PROBE)
        if case.ends:
            client.end_sending()
        response = None
        for expected in case.answers:
            response = client.read(to_head=expected.head)
            check_answer(expected, response)
        if case.is_open:
            probe = client.read()
            if probe is None or probe.body != b"probe":
                raise Wrong(f"the connection does not live on: {probe}")
            return
        if not client.is_at_end():
            raise Wrong(f"more than was expected: {client.read()}")
        if response is not None and not case.ends and response.broken is None and not response.closes():
            raise Wrong("RFC 9112, 9.6: the server closes and did not say so")

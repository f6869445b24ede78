"""imports_hello.py <folder>: the module that was built there serves a request."""

import sys

sys.path.insert(0, sys.argv[1])
import hello  # noqa: E402

answers = []
environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "QUERY_STRING": "name=user", "HTTP_HOST": "localhost"}
body = b"".join(hello.application(environ, lambda status, headers: answers.append(status)))
print(answers, body)
sys.exit(0 if (answers, body) == (["200 OK"], b"Hello, user") else 1)

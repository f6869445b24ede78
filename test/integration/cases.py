"""Test cases that share one server, started before the first test of a class and ended after the last."""

import unittest

import programs


class ServerCase(unittest.TestCase):
    """Its tests talk to `cls.server`, which runs `program`: helloworld, unless a class says otherwise."""

    program = programs.HELLOWORLD
    options = ()

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(programs.serve(cls.program, *cls.options))


class HelloworldCase(ServerCase):
    BODY = "Hello, world"
    ETAG = '"e02aa1b106d5c7c6a98def2b13005d5b84fd8dc8"'  # of the body's SHA-1, as Tornado makes it


class BenchServerCase(ServerCase):
    """The program with the routes /, /suspend, /json and /param/<value>."""

    program = programs.BENCH_SERVER
    options = ("--logging=error",)
    BODY = "Hello, world!"


class RfcAppCase(ServerCase):
    """The program of rfc/app.cpp, which has a route for each thing that a request can meet."""

    program = programs.RFC_APP
    options = ("--logging=error",)

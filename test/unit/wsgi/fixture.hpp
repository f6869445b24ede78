#pragma once

#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <tornado/log.hpp>
#include <tornado/testing.hpp>
#include <tornado/wsgi.hpp>
#include <utility>

/// Python that every application below may use. What it returns has been checked by Python's own
/// validator, and what that finds fault with is logged as a traceback.
inline const std::string prelude = R"(
import sys, threading, io
from wsgiref.validate import validator

def text(start_response, body, status="200 OK", headers=()):
    if isinstance(body, str):
        body = body.encode()
    start_response(status, [("Content-Type", "text/plain"), *headers])
    return [body]

def event(name):
    return sys.modules.setdefault("events", {}).setdefault(name, threading.Event())
)";

/// Runs a few lines of Python, on this thread.
inline void python(const std::string& lines) {
    static_cast<void>(
        tornado::wsgi::PythonApp::from_source(prelude + lines + "\napplication = print\n")
    );
}

/// A request for a path, on a connection that goes on.
inline std::string get(const std::string& path) {
    return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
}

/// A server of one Python application.
struct WSGITest : tornado::testing::AsyncHTTPTestCase {
    /// `source` defines `application`.
    void serve(const std::string& source, tornado::wsgi::WSGIContainerOptions options = {}) {
        container = std::make_shared<tornado::wsgi::WSGIContainer>(
            tornado::wsgi::PythonApp::from_source(prelude + source), std::move(options)
        );
    }
    /// The same, with the validator around it.
    void
    serve_validated(const std::string& source, tornado::wsgi::WSGIContainerOptions options = {}) {
        serve(source + "\napplication = validator(application)\n", std::move(options));
    }
    App get_app() override { return container; }

    /// Lets Python code go on that waits for this event; and the other way.
    void set_event(const std::string& name) { python("event('" + name + "').set()"); }
    void wait_for_event(const std::string& name) {
        run([this, &name] {
            return io_loop().run_in_executor([name] { python("event('" + name + "').wait(60)"); });
        });
    }
    /// Waits until the number that a path answers with does not grow any more.
    int stand_still(const std::string& path) {
        std::string former;
        std::string now = fetch(path).body;
        while (now != former || now == "0") {
            former = now;
            for (int i = 0; i < 20; ++i) {
                now = fetch(path).body;
            }
        }
        return std::stoi(now);
    }
    void teardown() override {
        AsyncHTTPTestCase::teardown();
        container.reset();
        python("sys.modules.pop('events', None)");
    }

    std::shared_ptr<tornado::wsgi::WSGIContainer> container;
};

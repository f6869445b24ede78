"""What web/handlers.cpp is, with Tornado: a handler for each thing that a request can ask of the framework."""

import datetime

import tornado.escape
import tornado.util
import tornado.web

web = tornado.web


def say(handler, text, times=1):
    return f"{handler.request.path}:{text * times}"


class EntryModule(web.UIModule):
    def render(self, entry, full=False):
        return self.render_string("modules/entry.html", entry=entry, full=full)


class TagModule(web.UIModule):
    def render(self, name, text=""):
        return f"<{name}>{tornado.escape.xhtml_escape(text)}</{name}>"


class AskingModule(web.UIModule):
    def render(self):
        return "asked"

    def embedded_javascript(self):
        return "a();"

    def javascript_files(self):
        return ["/a.js", "http://a/b.js?c&d", "/a.js"]

    def html_body(self):
        return "<p>end</p>"


UI_METHODS = {"say": say}
UI_MODULES = {"Asking": AskingModule, "Entry": EntryModule, "Tag": TagModule}
ENTRIES = [
    tornado.util.ObjectDict(
        id=number, slug=f"slug-{number}", title=f"Title <{number}>", text="a\n\n  b & c", html="<b>bold</b>",
        published=datetime.datetime(2013, 4, number, 18, 35), updated=datetime.datetime(2014, 4, number, 18, 35))
    for number in (28, 7)]
MESSAGES = [{"id": "1", "body": "hello http://example.com/ <b>"}, {"id": "2", "body": "you"}]


class Handler(web.RequestHandler):
    def check_xsrf_cookie(self):
        pass  # tokens have their own tests

    def number(self, name, default):
        return int(self.get_query_argument(name, str(default)))


class ArgumentsHandler(Handler):
    def get(self):
        for name in ("a", "b"):
            for kind in ("", "query_", "body_"):
                for strip in (True, False):
                    values = getattr(self, f"get_{kind}arguments")(name, strip=strip)
                    self.write(f"{name} {kind}{'|'.join(values)}\n")
        self.write("last " + self.get_argument("a", "none") + "\n")

    post = put = patch = get


class RequiredHandler(Handler):
    def get(self):
        self.write(self.get_argument("name"))

    def post(self):
        self.write(self.get_body_argument("name"))


class PathHandler(Handler):
    def get(self, first, second=None):
        self.write(f"{first} {'-' if second is None else second}")


class NamedHandler(Handler):
    def get(self, year, name):
        self.write(f"{year} {name} {self.reverse_url('named', year, name)}")


class StatusHandler(Handler):
    def get(self):
        reason = self.get_argument("reason", None)
        self.set_status(self.number("code", 200), reason)
        self.write("text")

    head = get


class EmptyHandler(Handler):
    def get(self):
        self.set_status(self.number("code", 204))


class HeaderHandler(Handler):
    def get(self):
        name = self.get_argument("name")
        for value in self.get_arguments("set"):
            self.set_header(name, value)
        for value in self.get_arguments("add"):
            self.add_header(name, value)
        if self.get_argument("clear", ""):
            self.clear_header(self.get_argument("clear"))
        self.write("headers")


class CookiesHandler(Handler):
    def get(self):
        for name in ("a", "b", "session", "long"):
            self.write(f"{name}={self.get_cookie(name, 'none')}\n")

    def put(self):
        more = {}
        for name in ("domain", "path", "samesite"):
            if self.get_argument(name, ""):
                more[name] = self.get_argument(name)
        for name in ("secure", "httponly"):
            if self.get_argument(name, ""):
                more[name] = True
        if self.get_argument("max_age", ""):
            more["max_age"] = self.number("max_age", 0)
        if self.get_argument("expires", ""):
            more["expires"] = datetime.datetime.utcfromtimestamp(self.number("expires", 0))
        self.set_cookie(self.get_argument("name"), self.get_argument("value", "", strip=False), **more)
        if self.get_argument("again", ""):
            self.set_cookie(self.get_argument("name"), self.get_argument("again"))
        self.write("set")

    def delete(self):
        self.set_cookie("kept", "1")
        if self.get_argument("name", ""):
            self.clear_cookie(self.get_argument("name"), path=self.get_argument("path", "/"))
        else:
            self.clear_all_cookies()
        self.write("cleared")


class JsonHandler(Handler):
    def get(self):
        self.write({"text": self.get_argument("text", ""), "list": [1, -2, 2.5, None, True], "dict": {"a": {}, "b": []}})

    def post(self):
        self.write({"got": tornado.escape.json_decode(self.request.body)})


class RedirectHandler(Handler):
    def get(self):
        if self.get_argument("status", ""):
            self.redirect(self.get_argument("url"), status=self.number("status", 0))
        else:
            self.redirect(self.get_argument("url"), permanent=bool(self.get_argument("permanent", "")))

    post = get


class ErrorHandler(Handler):
    def get(self):
        kind = self.get_argument("kind")
        self.set_header("X-Lost", "yes")
        self.set_cookie("kept", "yes")
        self.write("lost")
        if kind == "http":
            raise web.HTTPError(self.number("code", 500))
        if kind == "message":
            raise web.HTTPError(self.number("code", 500), "for the log only")
        if kind == "reason":
            raise web.HTTPError(self.number("code", 500), reason="Our own reason")
        if kind == "missing":
            raise web.MissingArgumentError("name")
        if kind == "exception":
            raise ValueError("secret")
        if kind == "send":
            self.send_error(self.number("code", 500))
            return
        if kind == "finish":
            raise web.Finish()
        if kind == "finish_text":
            raise web.Finish("more")
        if kind == "twice":
            self.finish()
            self.finish()
        if kind == "write":
            self.finish("all")
            self.write("too late")
        if kind == "clear":
            self.clear()
            self.write("after")


class OwnErrorHandler(Handler):
    def get(self):
        raise web.HTTPError(self.number("code", 500), "hidden")

    def write_error(self, status_code, **kwargs):
        self.set_header("Content-Type", "text/plain")
        self.finish(f"own page of {status_code}")


class FlushHandler(Handler):
    async def get(self):
        if self.get_argument("length", ""):
            self.set_header("Content-Length", self.get_argument("length"))
        for number in range(self.number("count", 1)):
            self.write("x" * self.number("size", 10))
            await self.flush()
        if self.get_argument("end", ""):
            await self.finish(self.get_argument("end"))

    head = get


class EtagHandler(Handler):
    def get(self):
        if self.get_argument("own", ""):
            self.set_header("Etag", self.get_argument("own"))
        self.write(self.get_argument("text", ""))

    head = post = get


class NoEtagHandler(Handler):
    def compute_etag(self):
        return None

    def get(self):
        self.write("text")


class MethodsHandler(Handler):
    def get(self):
        self.write(self.request.method)

    post = put = patch = delete = options = get

    def head(self):
        self.set_header("X-Method", "HEAD")


class BodyHandler(Handler):
    def put(self):
        self.write(f"{self.request.method} {len(self.request.body)} ")
        self.write(self.request.body)

    post = patch = delete = put


class FilesHandler(Handler):
    def post(self):
        for name in sorted(self.request.files):
            for file in self.request.files[name]:
                self.write(f"{name}: {file['filename']} {file['content_type']} {len(file['body'])}\n")
        for name in sorted(self.request.body_arguments):
            self.write(f"{name} = {'|'.join(self.get_body_arguments(name))}\n")


class RequestHandler(Handler):
    def get(self):
        request = self.request
        for value in (request.method, request.uri, request.path, request.query, request.version, request.protocol,
                      request.remote_ip, request.headers.get("X-One", "-"), "|".join(request.headers.get_list("X-Many"))):
            self.write(value + "\n")


class PrepareHandler(Handler):
    def prepare(self):
        self.set_header("X-Prepared", "yes")
        if self.get_argument("finish", ""):
            self.finish("prepared")
        elif self.get_argument("raise", ""):
            raise web.HTTPError(403)
        elif self.get_argument("redirect", ""):
            self.redirect("/elsewhere")

    def get(self):
        self.write("got")

    def post(self):
        self.write("posted")


class DefaultsHandler(Handler):
    def set_default_headers(self):
        self.set_header("X-Default", "always")
        self.set_header("Server", "ours")

    def get(self):
        self.set_header("X-Other", "sometimes")
        if self.get_argument("raise", ""):
            raise web.HTTPError(400)
        self.write("text")


class TypeHandler(Handler):
    def get(self):
        self.set_header("Content-Type", self.get_argument("type"))
        if self.get_argument("vary", ""):
            self.set_header("Vary", self.get_argument("vary"))
        if self.get_argument("encoding", ""):
            self.set_header("Content-Encoding", self.get_argument("encoding"))
        self.write("x" * self.number("size", 2000))

    head = get


@web.stream_request_body
class StreamHandler(Handler):
    def prepare(self):
        self.size = 0
        if self.get_argument("refuse", ""):
            raise web.HTTPError(413)

    def data_received(self, chunk):
        self.size += len(chunk)

    def put(self):
        self.write(f"{self.size} {len(self.request.body or b'')} {self.get_body_argument('a', 'none')}")

    post = put


class HostHandler(Handler):
    def initialize(self, name):
        self.name = name

    def get(self):
        self.write(self.name)


class UrlHandler(Handler):
    def get(self):
        self.write(self.reverse_url("path", "a b", "ü/?") + "\n")
        self.write(self.static_url("robots.txt") + "\n")
        self.write(self.static_url("robots.txt", include_version=False) + "\n")
        self.write(self.static_url("nothing") + "\n")


class RenderHandler(Handler):
    def get_current_user(self):
        return self.get_argument("user", None)

    def get(self):
        entries = ENTRIES[:self.number("entries", 2)]
        self.render(self.get_argument("page"), entries=entries, entry=entries[0] if entries else None, messages=MESSAGES,
                    error=self.get_argument("error", None))

    head = get


class RenderStringHandler(Handler):
    def get(self):
        self.write("<")
        self.write(self.render_string("chat.html", messages=MESSAGES))
        self.write(">")


ROUTES = [
    ("/h/arguments", ArgumentsHandler),
    ("/h/required", RequiredHandler),
    web.url(r"/h/path/([^/]*)/([^/]*)", PathHandler, name="path"),
    (r"/h/optional/([a-z]+)(?:/([0-9]+))?", PathHandler),
    web.url(r"/h/named/(?P<year>[0-9]{4})/(?P<name>.*)", NamedHandler, name="named"),
    ("/h/status", StatusHandler),
    ("/h/empty", EmptyHandler),
    ("/h/header", HeaderHandler),
    ("/h/cookies", CookiesHandler),
    ("/h/json", JsonHandler),
    ("/h/redirect", RedirectHandler),
    ("/h/error", ErrorHandler),
    ("/h/own_error", OwnErrorHandler),
    ("/h/flush", FlushHandler),
    ("/h/etag", EtagHandler),
    ("/h/no_etag", NoEtagHandler),
    ("/h/methods", MethodsHandler),
    ("/h/body", BodyHandler),
    ("/h/files", FilesHandler),
    ("/h/request", RequestHandler),
    ("/h/prepare", PrepareHandler),
    ("/h/defaults", DefaultsHandler),
    ("/h/type", TypeHandler),
    ("/h/stream", StreamHandler),
    ("/h/host", HostHandler, {"name": "any host"}),
    ("/h/url", UrlHandler),
    ("/h/render", RenderHandler),
    ("/h/render_string", RenderStringHandler),
    ("/h/gone", web.ErrorHandler, {"status_code": 410}),
    (r"/h/moved/(?P<what>.*)/end", web.RedirectHandler, {"url": "/to/{what}", "permanent": False}),
]
HOST_ROUTES = [("/h/host", HostHandler, {"name": "our host"})]

"""What web/app.cpp is, with Tornado: /usr/bin/python3 tornado_web_peer.py --port=0 --static-path=FOLDER
--template-path=FOLDER."""

import asyncio
import sys

import tornado.httpserver
import tornado.netutil
import tornado.web
import tornado_web_handlers

web = tornado.web


class SignHandler(web.RequestHandler):
    def get(self):
        value = self.get_argument("value", "", strip=False)
        self.write(self.create_signed_value(self.get_argument("name"), value, int(self.get_argument("version", "2"))))


class VerifyHandler(web.RequestHandler):
    def get(self):
        value = self.get_secure_cookie(self.get_argument("name"), self.get_argument("text"))
        self.write(b"(nothing)" if value is None else value)


class CookieHandler(web.RequestHandler):
    def get(self):
        self.write(self.get_secure_cookie("user") or b"(nobody)")

    def put(self):
        self.set_secure_cookie("user", self.get_argument("user"))


class XsrfHandler(web.RequestHandler):
    def get(self):
        self.write(self.xsrf_token)

    def post(self):
        self.write("changed")


class UserHandler(web.RequestHandler):
    def get_current_user(self):
        return self.get_secure_cookie("user")

    @web.authenticated
    def get(self):
        self.write(self.current_user)

    @web.authenticated
    def post(self):
        self.write(self.current_user)


class AddSlashHandler(web.RequestHandler):
    @web.addslash
    def get(self):
        self.write("slash")


class RemoveSlashHandler(web.RequestHandler):
    @web.removeslash
    def get(self):
        self.write("no slash")


class TextHandler(web.RequestHandler):
    def get(self):
        self.write("x" * int(self.get_argument("size")))

    head = get


async def main(port, static_path, template_path):
    application = web.Application(
        [
            ("/sign", SignHandler),
            ("/verify", VerifyHandler),
            ("/cookie", CookieHandler),
            ("/xsrf", XsrfHandler),
            ("/user", UserHandler),
            ("/addslash/?", AddSlashHandler),
            ("/removeslash/?", RemoveSlashHandler),
            ("/text", TextHandler),
            ("/old/(.*)", web.RedirectHandler, {"url": "/new/{0}"}),
            (
                "/folders/(.*)",
                web.StaticFileHandler,
                {"path": static_path, "default_filename": "index.html"},
            ),
            *tornado_web_handlers.ROUTES,
        ],
        blog_title="Blog & more",
        compress_response=True,
        cookie_secret="It's a secret to everybody",
        login_url="/login",
        static_path=static_path,
        template_path=template_path,
        ui_methods=tornado_web_handlers.UI_METHODS,
        ui_modules=tornado_web_handlers.UI_MODULES,
        xsrf_cookies=True,
    )
    application.add_handlers(r"our\.example", tornado_web_handlers.HOST_ROUTES)
    server = tornado.httpserver.HTTPServer(application)
    sockets = tornado.netutil.bind_sockets(port, "127.0.0.1")
    server.add_sockets(sockets)
    print(f"Listening on http://127.0.0.1:{sockets[0].getsockname()[1]}", flush=True)
    await asyncio.Event().wait()


settings = dict(argument.removeprefix("--").split("=", 1) for argument in sys.argv[1:])
asyncio.run(main(int(settings["port"]), settings["static-path"], settings["template-path"]))

"""A small Flask site: forms, sessions, uploads, streams, errors, files."""

import flask

app = flask.Flask(__name__)
app.secret_key = "only for tests"


@app.route("/")
def index():
    return flask.render_template_string("<h1>Hello, {{ name }}!</h1>", name=flask.request.args.get("name", "world"))


@app.route("/visits")
def visits():
    flask.session["visits"] = flask.session.get("visits", 0) + 1
    return str(flask.session["visits"])


@app.route("/form", methods=["GET", "POST"])
def form():
    if flask.request.method == "POST":
        return flask.redirect(flask.url_for("index", name=flask.request.form["name"]))
    return '<form method="post"><input name="name"></form>'


@app.route("/upload", methods=["POST"])
def upload():
    file = flask.request.files["file"]
    return {"name": file.filename, "size": len(file.read()), "note": flask.request.form["note"]}


@app.route("/json", methods=["POST"])
def json():
    return {"sum": sum(flask.request.json["numbers"])}


@app.route("/length", methods=["PUT"])
def length():
    return str(len(flask.request.get_data()))


@app.route("/stream")
def stream():
    return flask.Response((f"line {i}\n" for i in range(1000)), mimetype="text/plain")


@app.route("/file")
def file():
    return flask.send_file(__file__, mimetype="text/x-python")


@app.route("/fail")
def fail():
    raise RuntimeError("the page fails")


@app.route("/scheme")
def scheme():
    return f"{flask.request.scheme} {flask.request.remote_addr} {flask.request.url_root}"


@app.errorhandler(404)
def not_found(error):
    return "no such page here", 404

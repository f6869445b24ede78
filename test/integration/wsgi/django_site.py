"""A small Django site in one file: URLs, templates, forms with CSRF tokens, sessions in cookies, streams, files."""

import django
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    DEBUG=False,
    MIDDLEWARE=[
        "django.middleware.common.CommonMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
    ],
    ROOT_URLCONF=__name__,
    SECRET_KEY="only for tests",
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    USE_TZ=True,
)
django.setup()

from django import forms, http  # noqa: E402  (they need the settings)
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.template import engines  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402

PAGE = engines["django"].from_string(
    "<form method=post>{% csrf_token %}{{ form.as_p }}</form>{% if name %}<p>Hello, {{ name }}!</p>{% endif %}")


class NameForm(forms.Form):
    name = forms.CharField(max_length=20)


def index(request):
    form = NameForm(request.POST or None)
    name = form.cleaned_data["name"] if form.is_bound and form.is_valid() else None
    return http.HttpResponse(PAGE.render({"form": form, "name": name}, request))


def visits(request):
    request.session["visits"] = request.session.get("visits", 0) + 1
    return http.HttpResponse(str(request.session["visits"]))


@csrf_exempt
def length(request):
    return http.HttpResponse(str(len(request.body)))


def stream(request):
    return http.StreamingHttpResponse(f"line {i}\n" for i in range(1000))


def file(request):
    return http.FileResponse(open(__file__, "rb"))


def fail(request):
    raise RuntimeError("the page fails")


urlpatterns = [
    path("", index),
    path("visits", visits),
    path("length", length),
    path("stream", stream),
    path("file", file),
    path("fail", fail),
]
application = get_wsgi_application()

#include "environ.hpp"

#include <map>
#include <string>

#include "interpreter.hpp"
#include "tornado/escape.hpp"
#include "tornado/httputil/arguments.hpp"
#include "tornado/util/version.hpp"

namespace tornado::wsgi {

using httputil::KnownHeader;

namespace {

/// Fills a dict; once something fails, does nothing more.
class Filler {
public:
    explicit Filler(PyObject* dict) noexcept : dict_{dict} {}

    void set(const Ref& key, PyObject* value) {
        ok_ = ok_ && value != nullptr && PyDict_SetItem(dict_, key.get(), value) == 0;
    }
    void set(const Ref& key, const Ref& value) { set(key, value.get()); }
    void set(const Ref& key, std::string_view bytes) {
        if (ok_) {
            set(key, latin1(bytes));
        }
    }
    void set(const char* key, const Ref& value) {
        ok_ = ok_ && value && PyDict_SetItemString(dict_, key, value.get()) == 0;
    }
    /// What comes several times is one list, after finish().
    void add(const Ref& key, std::string_view bytes, std::string_view separator) {
        if (!ok_ || !key) {
            ok_ = false;
            return;
        }
        auto* const present = PyDict_GetItemWithError(dict_, key.get());  // borrowed
        if (present == nullptr) {
            ok_ = PyErr_Occurred() == nullptr;
            set(key, bytes);
            return;
        }
        std::string_view name;
        std::string_view former;
        ok_ = latin1_view(key.get(), "a header", name) && latin1_view(present, "a header", former);
        if (ok_) {
            auto& joined = repeated_[std::string{name}];
            if (joined.empty()) {
                joined = former;
            }
            joined.append(separator).append(bytes);
        }
    }
    void finish() {
        for (const auto& [key, value] : repeated_) {
            set(latin1(key), value);
        }
    }
    [[nodiscard]] bool ok() const noexcept { return ok_; }

private:
    PyObject* dict_;
    bool ok_ = true;
    std::map<std::string, std::string> repeated_;
};

/// HTTP_ and a name that is none of the known ones; empty for one that another could be mistaken
/// for.
Ref key_of(std::string_view name) {
    if (name.find('_') != name.npos) {
        return {};
    }
    std::string key = "HTTP_";
    for (const char c : name) {
        key.push_back(c == '-' ? '_' : (c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c));
    }
    return latin1(key);
}

void add_headers(Filler& environ, const RequestFacts& facts) {
    const auto& names = Interpreter::names();
    for (std::size_t i = 0; i < facts.headers.size(); ++i) {
        const auto field = facts.headers[i];
        switch (const auto header = facts.headers.known_at(i)) {
            case KnownHeader::content_length:
            case KnownHeader::host:
            case KnownHeader::transfer_encoding:  // the body comes without it
                break;
            case KnownHeader::content_type:
                environ.add(names.content_type, field.value, ",");
                break;
            case KnownHeader::cookie:
                environ.add(names.headers[static_cast<std::size_t>(header)], field.value, "; ");
                break;
            case KnownHeader::other:
                if (const auto key = key_of(field.name)) {
                    environ.add(key, field.value, ",");
                }
                break;
            default:
                environ.add(names.headers[static_cast<std::size_t>(header)], field.value, ",");
        }
    }
}

void set_server(Filler& environ, const RequestFacts& facts) {
    const auto& names = Interpreter::names();
    const bool secure = facts.protocol == "https";
    environ.set(names.url_scheme, secure ? names.https : names.http);
    auto server = httputil::split_host_and_port(facts.authority);
    if (server.host.ends_with(':')) {
        server.host.remove_suffix(1);  // RFC 3986, 3.2.3: a port may be empty
    }
    environ.set(names.server_name, server.host.empty() ? "127.0.0.1" : server.host);
    environ.set(names.server_port, std::to_string(server.port.value_or(secure ? 443 : 80)));
    if (!facts.authority.empty()) {
        environ.set(names.http_host, facts.authority);
    }
}

void set_method(Filler& environ, std::string_view method) {
    const auto& names = Interpreter::names();
    if (method == "GET") {
        environ.set(names.request_method, names.get);
    } else if (method == "POST") {
        environ.set(names.request_method, names.post);
    } else if (method == "HEAD") {
        environ.set(names.request_method, names.head);
    } else {
        environ.set(names.request_method, method);
    }
}

void set_path(Filler& environ, const RequestFacts& facts) {
    const auto& names = Interpreter::names();
    if (facts.path == "*") {
        environ.set(names.path_info, names.empty);
    } else if (facts.path.find('%') == facts.path.npos) {
        environ.set(names.path_info, facts.path);
    } else {
        environ.set(names.path_info, escape::url_unescape(facts.path, false));
    }
    environ.set(names.query_string, facts.query);
    environ.set(names.request_uri, facts.uri);
}

}  // namespace

Ref make_base_environ(bool multithread, bool multiprocess, std::string_view script_name) {
    auto dict = Ref::steal(PyDict_New());
    if (!dict) {
        return {};
    }
    const auto& names = Interpreter::names();
    Filler environ{dict.get()};
    environ.set("wsgi.version", Ref::steal(Py_BuildValue("(ii)", 1, 0)));
    environ.set("wsgi.multithread", Ref::steal(PyBool_FromLong(multithread)));
    environ.set("wsgi.multiprocess", Ref::steal(PyBool_FromLong(multiprocess)));
    environ.set("wsgi.run_once", Ref::borrow(Py_False));
    environ.set("wsgi.input_terminated", Ref::borrow(Py_True));
    environ.set("wsgi.file_wrapper", names.file_wrapper);
    environ.set("SERVER_SOFTWARE", latin1("TornadoServer/" + std::string{version}));
    environ.set(names.script_name, script_name);
    return environ.ok() ? std::move(dict) : Ref{};
}

Ref make_environ(PyObject* base, const RequestFacts& facts, PyObject* input, PyObject* errors) {
    auto dict = Ref::steal(PyDict_Copy(base));
    if (!dict) {
        return {};
    }
    const auto& names = Interpreter::names();
    Filler environ{dict.get()};
    set_method(environ, facts.method);
    set_path(environ, facts);
    set_server(environ, facts);
    environ.set(names.server_protocol, facts.version_minor == 0 ? names.http_10 : names.http_11);
    environ.set(names.remote_addr, facts.remote_ip);
    if (facts.content_length) {
        environ.set(names.content_length, std::to_string(*facts.content_length));
    }
    add_headers(environ, facts);
    environ.finish();
    environ.set(names.wsgi_input, input);
    environ.set(names.wsgi_errors, errors);
    return environ.ok() ? std::move(dict) : Ref{};
}

}  // namespace tornado::wsgi

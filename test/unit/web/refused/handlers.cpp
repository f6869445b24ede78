// Each of these must be refused by the compiler, with a sentence that says why: see CMakeLists.txt.
#include <tornado/web.hpp>

#include <optional>
#include <string>

namespace web = tornado::web;

#if defined(PRIVATE_VERB)
class Handler : public web::RequestHandler {
    void get() {}
};
#elif defined(OVERLOADED_VERB)
struct Handler : web::RequestHandler {
    void get() {}
    void get(int) {}
};
#elif defined(TEMPLATE_VERB)
struct Handler : web::RequestHandler {
    template <typename T = int>
    void get() {}
};
#elif defined(PRIVATE_PREPARE)
class Handler : public web::RequestHandler {
public:
    void get() {}

private:
    void prepare() {}
};
#elif defined(DATA_MEMBER)
struct Handler : web::RequestHandler {
    int options = 0;
};
#elif defined(PRIVATE_DATA_RECEIVED)
class Handler : public web::RequestHandler {
public:
    void post() {}

private:
    void data_received(std::string_view) {}
};
#elif defined(COPIED_CHUNK)
struct Handler : web::RequestHandler {
    void post() {}
    void data_received(const std::string&) {}
};
#elif defined(OTHER_RESULT)
struct Handler : web::RequestHandler {
    int get() { return 0; }
};
#elif defined(DANGLING_ARGUMENT)
struct Handler : web::RequestHandler {
    tornado::Future<void> get(const std::string&) { co_return; }
};
#elif defined(ODD_ARGUMENT)
struct Handler : web::RequestHandler {
    void get(web::RequestHandler*) {}
};
#elif defined(PRIVATE_BASE)
class Handler : web::RequestHandler {
public:
    void get() {}
};
#elif defined(WRONG_CONSTRUCTOR)
struct Handler : web::RequestHandler {
    explicit Handler(int) {}
    void get() {}
};
#elif defined(INITIALIZE)
struct Handler : web::RequestHandler {
    void initialize() {}
    void get() {}
};
#elif defined(NULL_ARGUMENT)
struct Handler : web::RequestHandler {
    void get() { write(get_argument("q", nullptr)); }
};
#elif defined(NULL_QUERY_ARGUMENT)
struct Handler : web::RequestHandler {
    void get() { write(get_query_argument("q", nullptr)); }
};
#elif defined(NULL_BODY_ARGUMENT)
struct Handler : web::RequestHandler {
    void get() { write(get_body_argument("q", nullptr)); }
};
#elif defined(NULL_COOKIE)
struct Handler : web::RequestHandler {
    void get() { write(get_cookie("q", nullptr)); }
};
#elif defined(ODD_OPTIONAL)
struct Handler : web::RequestHandler {
    void get() { static_cast<void>(get_argument<std::optional<char>>("q")); }
};
#else
struct Handler : web::RequestHandler {
    void get() {}
};
#endif

web::Route route() {
    return web::url<Handler>("/");
}

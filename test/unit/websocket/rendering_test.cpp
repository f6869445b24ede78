#include <tornado/websocket/websocket_handler.hpp>

#include <boost/test/unit_test.hpp>
#include <tornado/web/templates.hpp>

#include "socket_support.hpp"

BOOST_AUTO_TEST_SUITE(messages_from_templates)

BOOST_FIXTURE_TEST_CASE(are_rendered_by_the_handler_as_pages_are, SocketTest) {
    struct Handler : WebSocketHandler {
        void on_message(std::string_view message) {
            write_message(render_string("message.html", {{"message", message}}));
        }
    };
    settings.template_loader =
        std::make_shared<tornado::templating::DictLoader>(tornado::templating::DictLoader::Texts{
            {"message.html", "<b>{{ message }}</b>{{ request.path }}"}});
    serve<Handler>();
    auto socket = open();
    socket.send(masked(Opcode::text, "hello <i>") + masked(Opcode::text, "again"));
    BOOST_TEST(socket.next() == "text:<b>hello &lt;i&gt;</b>/");
    BOOST_TEST(socket.next() == "text:<b>again</b>/");
}

/// Leaves behind what it has begun to render.
struct Leaving : WebSocketHandler {
    Leaving(Promise<std::string>& its_text, bool& is_gone) : text{its_text}, gone{is_gone} {}
    ~Leaving() override { gone = true; }
    void on_message(std::string_view) {
        tornado::templating::Namespace names;
        names.set("text", [this] { return text.future(); });
        render_string_async("message.html", names).ignore();
        close();
    }
    Promise<std::string>& text;
    bool& gone;
};

BOOST_FIXTURE_TEST_CASE(
    keep_the_handler_that_has_begun_them_though_its_socket_has_gone,
    SocketTest
) {
    settings.template_loader = std::make_shared<tornado::templating::DictLoader>(
        tornado::templating::DictLoader::Texts{{"message.html", "{{ text() }}{{ request.path }}"}}
    );
    Promise<std::string> text;
    bool gone = false;
    serve<Leaving>(std::ref(text), std::ref(gone));
    auto socket = open();
    socket.send(masked(Opcode::text, "hello"));
    BOOST_TEST(socket.next().starts_with("close"));
    socket.close();
    run([]() -> Future<void> {
        for (int i = 0; i < 20; ++i) {
            co_await gen::sleep(1ms);  // time enough to go
        }
    });
    BOOST_TEST(!gone);
    text.set_result("text");
    run([&gone]() -> Future<void> {
        while (!gone) {
            co_await gen::moment();
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()

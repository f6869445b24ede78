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

BOOST_AUTO_TEST_SUITE_END()

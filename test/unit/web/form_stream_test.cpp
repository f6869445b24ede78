#include <tornado/web/form_stream.hpp>

#include <boost/test/unit_test.hpp>
#include <random>

#include "../temporary_folder.hpp"
#include "support.hpp"

namespace {

std::string field(const std::string& name, const std::string& value) {
    return "--B\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
}
std::string file(const std::string& name, const std::string& filename, const std::string& body) {
    return "--B\r\nContent-Disposition: form-data; name=\"" + name + "\"; filename=\"" + filename +
           "\"\r\nContent-Type: text/x\r\n\r\n" + body + "\r\n";
}
const std::string end = "--B--\r\n";

std::string random_bytes(std::size_t size) {
    std::minstd_rand random{42};
    std::string bytes(size, '\0');
    for (auto& byte : bytes) {
        byte = static_cast<char>(random());
    }
    return bytes;
}

struct FormTest : WebTest {
    /// Takes a form, and tells of it.
    struct Handler : web::RequestHandler {
        explicit Handler(FormTest& owner) : test{owner} {}
        ~Handler() override { ++test.gone; }
        void prepare() { form.emplace(request(), test.upload); }
        Future<void> data_received(std::string_view chunk) { return form->data_received(chunk); }
        void post() {
            form->finish();
            for (const auto& argument : form->arguments()) {
                write(argument.name + "=" + argument.value + ";");
            }
            for (const auto& [name, uploads] : form->files()) {
                for (const auto& each : uploads) {
                    write(
                        name + ":" + each.filename + ":" + each.content_type + ":" +
                        std::to_string(each.file->size()) + ";"
                    );
                    if (!test.keep_as.empty()) {
                        each.file->move_to(test.keep_as);
                    }
                }
            }
        }
        FormTest& test;
        std::optional<web::FormStream> form;
    };

    FormTest() {
        upload.folder = folder.path();
        serve<Handler>(std::ref(*this));
    }
    testing::HTTPResponse
    send(std::string body, std::string type = "multipart/form-data; boundary=B") {
        return fetch(
            "/", {.body = std::move(body), .headers = {{"Content-Type", type}}, .method = "POST"}
        );
    }
    [[nodiscard]] std::ptrdiff_t files_left() const {
        return std::distance(
            std::filesystem::directory_iterator{folder.path()},
            std::filesystem::directory_iterator{}
        );
    }
    void until_gone() {
        run([this]() -> Future<void> {
            while (gone == 0) {
                co_await gen::moment();
            }
        });
    }

    TemporaryFolder folder;
    web::FormStreamOptions upload;
    std::string keep_as;
    int gone = 0;
};

BOOST_AUTO_TEST_SUITE(form_stream)

BOOST_FIXTURE_TEST_CASE(has_fields_and_files, FormTest) {
    const auto response = send(
        field("a", "1") + file("f", "one.txt", "12345") + field("b", "") + field("a", "2") +
        file("f", "two.txt", "") + end
    );
    BOOST_TEST(response.body == "a=1;b=;a=2;f:one.txt:text/x:5;f:two.txt:text/x:0;");
    until_gone();
    BOOST_TEST(files_left() == 0);
}

BOOST_FIXTURE_TEST_CASE(large_files_come_whole, FormTest) {
    const auto bytes = random_bytes(3'000'001);
    keep_as = folder / "kept";
    BOOST_TEST(
        send(file("f", "x", bytes) + field("a", "behind") + end).body ==
        "a=behind;f:x:text/x:3000001;"
    );
    until_gone();
    BOOST_TEST((read_file(keep_as) == bytes));
    BOOST_TEST(files_left() == 1);
}

BOOST_FIXTURE_TEST_CASE(many_files_hold_no_descriptors, FormTest) {
    struct Counter : Handler {
        using Handler::Handler;
        void post() {
            form->finish();
            std::size_t open = 0;
            for (const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) {
                std::error_code ignored;
                const auto target = std::filesystem::read_symlink(entry, ignored).string();
                open += target.starts_with(test.folder.path()) ? 1 : 0;
            }
            write(std::to_string(form->files("f").size()) + " " + std::to_string(open));
        }
    };
    routes.clear();
    serve<Counter>(std::ref(static_cast<FormTest&>(*this)));
    std::string body;
    for (int i = 0; i < 90; ++i) {
        body += file("f", "x", "1");
    }
    BOOST_TEST(send(body + end).body == "90 0");
    until_gone();
    BOOST_TEST(files_left() == 0);
}

BOOST_FIXTURE_TEST_CASE(a_file_name_is_never_where_it_is_written, FormTest) {
    BOOST_TEST(send(file("f", "../../x", "1") + end).body == "f:../../x:text/x:1;");
    until_gone();
    BOOST_TEST(files_left() == 0);
}

BOOST_FIXTURE_TEST_CASE(what_is_malformed_is_a_400, FormTest) {
    const testing::ExpectLog expected{logging::gen_log(), "400 POST"};
    BOOST_TEST(send(field("a", "1") + file("f", "x", "1")).code == 400);  // it has no end
    BOOST_TEST(send("--B\r\nContent-Disposition: form-data\r\n\r\n1\r\n" + end).code == 400);
    BOOST_TEST(files_left() == 0);
}

BOOST_FIXTURE_TEST_CASE(another_kind_of_body_is_a_415, FormTest) {
    const testing::ExpectLog expected{logging::gen_log(), "415 POST"};
    BOOST_TEST(send("a=1", "application/x-www-form-urlencoded").code == 415);
    BOOST_TEST(send(field("a", "1") + end, "multipart/form-data").code == 415);
    const auto encoded = fetch(
        "/",
        {.body = field("a", "1") + end,
         .headers =
             {{"Content-Type", "multipart/form-data; boundary=B"}, {"Content-Encoding", "gzip"}},
         .method = "POST"}
    );
    BOOST_TEST(encoded.code == 415);
}

BOOST_FIXTURE_TEST_CASE(limits_hold, FormTest) {
    upload.max_fields_size = 10;
    upload.max_file_size = 5;
    upload.multipart.max_parts = 3;
    BOOST_TEST(send(field("a", "123456789") + file("f", "x", "12345") + end).code == 200);
    const testing::ExpectLog expected{logging::gen_log(), "too large|too many parts"};
    BOOST_TEST(send(field("a", "12345") + field("b", "12345") + end).code == 413);
    BOOST_TEST(send(file("f", "x", "123456") + end).code == 413);
    BOOST_TEST(
        send(field("a", "1") + field("b", "2") + field("c", "3") + field("d", "4") + end).code ==
        400
    );
    BOOST_TEST(files_left() == 0);
}

BOOST_FIXTURE_TEST_CASE(a_folder_that_is_not_there_is_a_500, FormTest) {
    upload.folder = folder / "absent";
    const auto expected = expect_uncaught("cannot make the file");
    BOOST_TEST(send(file("f", "x", "1") + end).code == 500);
}

BOOST_FIXTURE_TEST_CASE(nothing_is_left_of_a_client_that_vanishes, FormTest) {
    {
        auto connection = connect();
        connection.send(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; "
            "boundary=B\r\nContent-Length: 10000000\r\n\r\n" +
            file("f", "x", random_bytes(1'000'000))
        );
    }
    until_gone();
    run([this]() -> Future<void> {  // a write may still be on its way in another thread
        while (files_left() != 0) {
            co_await gen::sleep(1ms);
        }
    });
}

BOOST_FIXTURE_TEST_CASE(a_handler_that_is_cancelled_leaves_the_writing_alone, FormTest) {
    settings.cancel_on_disconnect = true;
    for (int i = 0; i < 5; ++i) {
        gone = 0;
        auto connection = connect();
        connection.send(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; "
            "boundary=B\r\nContent-Length: 10000000\r\n\r\n" +
            file("f", "x", random_bytes(3'000'000))
        );
        run([this]() -> Future<void> {
            while (http_server().connection_count() == 0) {
                co_await gen::sleep(1ms);
            }
        });
        http_server().close_all_connections();
        until_gone();
    }
    run([this]() -> Future<void> {
        while (files_left() != 0) {
            co_await gen::sleep(1ms);
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace

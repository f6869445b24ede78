#include <tornado/httputil/multipart_stream.hpp>

#include <boost/test/unit_test.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <tornado/concurrent/promise.hpp>

namespace {

using namespace tornado::httputil;
using tornado::Future;
using tornado::Promise;

const std::string form_data = "multipart/form-data; boundary=1234";
const std::string body =
    "--1234\r\nContent-Disposition: form-data; name=a\r\n\r\none\r\n"
    "--1234\r\nContent-Disposition: form-data; name=b; filename*=UTF-8''%C3%A4.txt\r\n\r\ntwo\r\n"
    "--1234--\r\n";

/// Writes down what comes; each call waits if there is something to wait for.
struct Witness : MultipartDelegate {
    Future<void> part_begun(const PartHead& head) override {
        told += head.name + "(" + head.filename + ")=";
        return step();
    }
    Future<void> data_received(std::string_view data) override {
        told += data;
        return step();
    }
    Future<void> part_ended() override {
        told += ";";
        return step();
    }
    Future<void> step() const { return gate ? gate->future() : Future<void>::ready(); }

    std::string told;
    std::optional<Promise<void>> gate;
};

BOOST_AUTO_TEST_SUITE(multipart_stream)

BOOST_AUTO_TEST_CASE(tells_of_parts_however_the_body_is_cut) {
    for (std::size_t piece = 1; piece <= body.size(); ++piece) {
        Witness witness;
        MultipartStream stream{form_data, witness};
        for (std::size_t at = 0; at < body.size(); at += piece) {
            stream.data_received(std::string_view{body}.substr(at, piece)).result();
        }
        stream.finish();
        BOOST_TEST(witness.told == "a()=one;b(\xc3\xa4.txt)=two;");
    }
}

BOOST_AUTO_TEST_CASE(a_body_that_is_cut_off_is_malformed) {
    for (std::size_t size = 0; size < body.size() - 3; ++size) {
        Witness witness;
        MultipartStream stream{form_data, witness};
        stream.data_received(std::string_view{body}.substr(0, size)).result();
        BOOST_CHECK_THROW(stream.finish(), HTTPInputError);
    }
}

BOOST_AUTO_TEST_CASE(another_kind_of_body_is_refused) {
    Witness witness;
    BOOST_CHECK_THROW((MultipartStream{"text/plain", witness}), HTTPInputError);
    BOOST_CHECK_THROW((MultipartStream{"multipart/form-data", witness}), HTTPInputError);
}

BOOST_AUTO_TEST_CASE(limits_are_those_of_the_parser) {
    Witness witness;
    MultipartStream stream{form_data, witness, {.max_parts = 1}};
    const auto received = stream.data_received(body);
    BOOST_CHECK_EXCEPTION(received.result(), HTTPInputError, [](const HTTPInputError& error) {
        return error.code() == Errc::too_many_parts;
    });
    BOOST_TEST(witness.told == "a()=one");
}

BOOST_AUTO_TEST_CASE(what_a_delegate_throws_comes_out) {
    struct Thrower : Witness {
        Future<void> data_received(std::string_view) override { throw std::runtime_error{"full"}; }
    } thrower;
    MultipartStream stream{form_data, thrower};
    const auto received = stream.data_received(body);
    BOOST_CHECK_THROW(received.result(), std::runtime_error);
    BOOST_TEST(thrower.told == "a()=");
}

BOOST_AUTO_TEST_CASE(nothing_is_told_before_the_former_future_is_done) {
    Witness witness;
    witness.gate.emplace();
    MultipartStream stream{form_data, witness};
    const auto received = stream.data_received(body);
    BOOST_TEST(!received.done());
    BOOST_TEST(witness.told == "a()=");
    received.cancel();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace

#include <tornado/web/request_handler.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <tornado/locale.hpp>

#include "../temporary_folder.hpp"
#include "support.hpp"

namespace locale = tornado::locale;

namespace {

/// Answers in the language that it finds, unless its user has one.
struct Page : web::RequestHandler {
    std::shared_ptr<const locale::Locale> get_user_locale() override {
        ++asked;
        const auto chosen = get_cookie("language");
        return chosen ? locale::get(*chosen) : nullptr;
    }
    void get() {
        const auto& first = locale();
        BOOST_TEST(&first == &locale());
        BOOST_TEST(asked == 1);
        write(locale().translate("school"));
    }
    void post() {
        set_locale(locale::get("de"));
        BOOST_CHECK_THROW(set_locale(nullptr), std::invalid_argument);
        write(locale().translate("school"));
        BOOST_TEST(asked == 0);
    }
    void put() { write(get_browser_locale("fr_FR")->code()); }

    int asked = 0;
};

struct LocaleTest : WebTest {
    LocaleTest() {
        write_file(folder / "de.csv", "school,Schule\n");
        write_file(folder / "fr_FR.csv", "school,école\n");
        write_file(folder / "pt_BR.csv", "school,escola\n");
        locale::load_translations(folder.path());
        serve<Page>();
    }
    ~LocaleTest() override {
        const TemporaryFolder empty;
        locale::load_translations(empty.path());
    }

    /// What a browser that wants these languages gets.
    std::string body_for(const std::string& accept_language) {
        return get("/", {{"Accept-Language", accept_language}}).body;
    }

    TemporaryFolder folder;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(browser_locale, LocaleTest)

BOOST_AUTO_TEST_CASE(is_that_of_the_greatest_weight) {
    BOOST_TEST(body_for("fr-FR") == "école");
    BOOST_TEST(body_for("fr-FR;q=0.9") == "école");
    BOOST_TEST(body_for("fr-FR; q=0.9") == "école");
    BOOST_TEST(body_for("fr-FR;q=0.8, de-AT;q=0.9") == "Schule");
    BOOST_TEST(body_for("fr-FR;q=0.8, de-AT") == "Schule");
    BOOST_TEST(body_for(" de , fr-FR ") == "Schule");
    BOOST_TEST(body_for("fr-FR;q=0.5,de;q=0.5") == "école");  // as wanted: the first
    BOOST_TEST(body_for("pt-br;q=0.001") == "escola");
    BOOST_TEST(body_for("xx, *, , pt-BR;q=0.1") == "escola");
    BOOST_TEST(body_for("de;Q=0.1,fr-FR;q=0.9") == "école");
    BOOST_TEST(body_for("de;level=1;q=0.1,fr-FR;q=0.5") == "école");
}

BOOST_AUTO_TEST_CASE(leaves_out_what_has_no_weight) {
    for (const auto* none :
         {"fr-FR;q=0",
          "fr-FR;q=-1",
          "fr-FR;q=",
          "fr-FR;q=x",
          "fr-FR;q=0.5x",
          "fr-FR;q=nan",
          "",
          ",;,"}) {
        BOOST_TEST(body_for(none) == "school");
    }
    BOOST_TEST(body_for("fr-FR;q=0, de;q=0.1") == "Schule");
    BOOST_TEST(body_for("fr-FR;q=-0.5, de;q=0.1") == "Schule");
}

BOOST_AUTO_TEST_CASE(overlooks_what_is_no_text) {
    BOOST_TEST(body_for("\xff\xfe") == "school");
    BOOST_TEST(body_for("\xff\xfe, fr-FR;q=\xff, de;q=0.1") == "Schule");
}

BOOST_AUTO_TEST_CASE(may_come_in_several_fields) {
    const auto response = get("/", {{"Accept-Language", "xx"}, {"Accept-Language", "de"}});
    BOOST_TEST(response.body == "Schule");
}

BOOST_AUTO_TEST_CASE(without_any_is_what_the_handler_says) {
    const auto fallback = [&](httputil::HTTPHeaders headers) {
        return fetch("/", {.body = "", .headers = std::move(headers), .method = "PUT"}).body;
    };
    BOOST_TEST(get().body == "school");
    BOOST_TEST(fallback({}) == "fr_FR");
    BOOST_TEST(fallback({{"Accept-Language", "de;q=0"}}) == "fr_FR");
    BOOST_TEST(fallback({{"Accept-Language", "de"}}) == "de");
    BOOST_TEST(fallback({{"Accept-Language", "xx"}}) == "en_US");  // the default locale, as Tornado
}

BOOST_AUTO_TEST_CASE(looks_at_a_hundred_languages_and_no_more) {
    std::string many;
    for (int i = 0; i < 99; ++i) {
        many += "xx,";
    }
    BOOST_TEST(body_for(many + "de") == "Schule");
    BOOST_TEST(body_for(many + "xx,de") == "school");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(handler_locale, LocaleTest)

BOOST_AUTO_TEST_CASE(is_the_users_before_the_browsers) {
    const auto response = get("/", {{"Cookie", "language=de"}, {"Accept-Language", "fr-FR"}});
    BOOST_TEST(response.body == "Schule");
}

BOOST_AUTO_TEST_CASE(is_what_it_was_set_to) {
    BOOST_TEST(post("").body == "Schule");
}

BOOST_AUTO_TEST_SUITE_END()

#include <tornado/websocket/group.hpp>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>

#include "socket_support.hpp"

namespace {

using websocket::Group;

struct Members {
    Group everybody;
    std::vector<WebSocketHandler*> all;  ///< those that are there, in the order in which they came
    std::size_t over = 0;
};

/// Joins, and tells the others what it hears.
struct Member : WebSocketHandler {
    explicit Member(const std::shared_ptr<Members>& members) : its{members} {}
    ~Member() override {
        std::erase(its->all, this);
        ++its->over;
    }
    void open() {
        its->all.push_back(this);
        its->everybody.add(*this);
    }
    void on_message(std::string_view text) {
        its->everybody.write_message(websocket::SharedMessage{text}, this);
    }
    std::shared_ptr<Members> its;
};

struct GroupTest : SocketTest {
    GroupTest() { serve<Member>(members); }
    RawSocket join() {
        const auto before = members->all.size();
        auto socket = open();
        wait_until([&] { return members->all.size() > before; });
        return socket;
    }
    std::shared_ptr<Members> members = std::make_shared<Members>();
};

}  // namespace

BOOST_AUTO_TEST_SUITE(group)

BOOST_FIXTURE_TEST_CASE(a_message_comes_to_each_member_once, GroupTest) {
    auto first = join();
    auto second = join();
    members->everybody.add(*members->all.at(0));  // who is a member already
    BOOST_TEST(members->everybody.size() == 2u);
    members->everybody.write_message("Hello");
    members->everybody.write_message("\xff", true);
    for (auto* const socket : {&first, &second}) {
        BOOST_TEST(socket->next() == "text:Hello");
        BOOST_TEST(socket->next() == "binary:\xff");
    }
    BOOST_CHECK_THROW(members->everybody.write_message("\xff"), std::invalid_argument);
}

BOOST_FIXTURE_TEST_CASE(one_may_be_left_out, GroupTest) {
    auto first = join();
    auto second = join();
    first.send(masked(Opcode::text, "from the first"));
    BOOST_TEST(second.next() == "text:from the first");
    second.send(masked(Opcode::text, "from the second"));
    BOOST_TEST(first.next() == "text:from the second");  // and not its own before that
}

BOOST_FIXTURE_TEST_CASE(who_has_left_hears_no_more, GroupTest) {
    auto first = join();
    auto second = join();
    auto& leaver = *members->all.at(0);
    BOOST_TEST(members->everybody.contains(leaver));
    members->everybody.remove(leaver);
    members->everybody.remove(leaver);
    BOOST_TEST(!members->everybody.contains(leaver));
    BOOST_TEST(members->everybody.size() == 1u);
    members->everybody.write_message("one");
    members->everybody.add(leaver);
    members->everybody.write_message("two");
    BOOST_TEST(first.next() == "text:two");
    BOOST_TEST(second.next() == "text:one");
    BOOST_TEST(second.next() == "text:two");
}

BOOST_FIXTURE_TEST_CASE(a_member_leaves_by_itself_at_its_end, GroupTest) {
    auto first = join();
    auto second = join();
    first.reset();
    wait_until([&] { return members->over == 1; });
    BOOST_TEST(members->everybody.size() == 1u);
    members->everybody.write_message("still there");
    BOOST_TEST(second.next() == "text:still there");
    second.close();
    wait_until([&] { return members->over == 2; });
    BOOST_TEST(members->everybody.empty());
    members->everybody.write_message("nobody");
}

BOOST_FIXTURE_TEST_CASE(a_member_that_is_closing_is_passed_over, GroupTest) {
    auto first = join();
    auto second = join();
    members->all.at(0)->close(1000, "bye");
    members->everybody.write_message("to those who are open");
    BOOST_TEST(second.next() == "text:to those who are open");
    BOOST_TEST(first.next() == "close1000:bye");
    first.send(client_close(1000));
    BOOST_TEST(first.next() == "end");
}

BOOST_FIXTURE_TEST_CASE(a_member_of_several_groups_leaves_them_all, GroupTest) {
    auto group = std::make_unique<Group>();
    Group other;
    auto first = join();
    auto second = join();
    for (auto* const member : members->all) {
        group->add(*member);
        other.add(*member);
    }
    group.reset();  // before its members
    other.write_message("other");
    BOOST_TEST(first.next() == "text:other");
    BOOST_TEST(second.next() == "text:other");
    first.close();
    wait_until([&] { return members->over == 1; });
    BOOST_TEST(other.size() == 1u);
    BOOST_TEST(members->everybody.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(keeps_the_order_of_joining_while_members_come_and_go, GroupTest) {
    constexpr std::size_t count = 40;
    std::vector<RawSocket> sockets;
    for (std::size_t i = 0; i < count; ++i) {
        sockets.push_back(join());
    }
    const auto handlers = members->all;
    for (std::size_t i = 0; i < count; ++i) {
        if (i % 4 != 3) {
            members->everybody.remove(*handlers[i]);  // three in four: the list is tidied meanwhile
        }
    }
    for (std::size_t i = 0; i < count; i += 4) {
        members->everybody.add(*handlers[i]);
    }
    BOOST_TEST(members->everybody.size() == count / 2);
    members->everybody.write_message("told");
    for (std::size_t i = 0; i < count; ++i) {
        const bool is_in = i % 4 == 0 || i % 4 == 3;
        BOOST_TEST(members->everybody.contains(*handlers[i]) == is_in);
        if (!is_in) {
            handlers[i]->write_message("not told");
        }
        BOOST_TEST(sockets[i].next() == (is_in ? "text:told" : "text:not told"));
    }
}

BOOST_AUTO_TEST_SUITE_END()

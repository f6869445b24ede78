#include <tornado/web/temporary_file.hpp>

#include "../temporary_folder.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

namespace {

using tornado::web::TemporaryFile;

BOOST_AUTO_TEST_SUITE(temporary_file)

BOOST_AUTO_TEST_CASE(is_gone_with_its_object) {
    const TemporaryFolder folder;
    std::string path;
    {
        TemporaryFile file{folder.path()};
        path = file.path();
        file.append("one ");
        file.append("two");
        BOOST_TEST(file.size() == 7U);
        BOOST_TEST(read_file(path) == "one two");
    }
    BOOST_TEST(!std::filesystem::exists(path));
}

BOOST_AUTO_TEST_CASE(is_nobody_elses_to_read) {
    const TemporaryFolder folder;
    const TemporaryFile file{folder.path()};
    struct stat status {};
    BOOST_TEST(::stat(file.path().c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 0777) == 0600U);
}

BOOST_AUTO_TEST_CASE(stays_under_another_name) {
    const TemporaryFolder folder;
    folder.put("kept", "old");
    {
        TemporaryFile file{folder.path()};
        file.append("new");
        file.move_to(folder / "kept");
        BOOST_TEST(file.path() == folder / "kept");
        file.append("er");
    }
    BOOST_TEST(read_file(folder / "kept") == "newer");
}

BOOST_AUTO_TEST_CASE(opens_again_what_was_closed) {
    const TemporaryFolder folder;
    TemporaryFile file{folder.path()};
    file.append("one ");
    file.close();
    file.close();
    file.append("two");
    BOOST_TEST(read_file(file.path()) == "one two");
    file.close();
    file.move_to(folder / "kept");
    char first = 0;
    BOOST_TEST(::pread(file.fileno(), &first, 1, 0) == 1);
    BOOST_TEST(first == 'o');
}

BOOST_AUTO_TEST_CASE(says_what_went_wrong) {
    const TemporaryFolder folder;
    BOOST_CHECK_THROW(TemporaryFile{folder / "absent"}, std::system_error);
    TemporaryFile file{folder.path()};
    BOOST_CHECK_THROW(file.move_to(folder / "absent/file"), std::system_error);
    file.append("still there");
    BOOST_TEST(read_file(file.path()) == "still there");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace

#define BOOST_TEST_MODULE tornado
#include <boost/test/unit_test.hpp>

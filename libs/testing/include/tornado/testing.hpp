#pragma once

#include "tornado/testing/async_http_test_case.hpp"
#include "tornado/testing/async_test_case.hpp"
#include "tornado/testing/expect_log.hpp"
#include "tornado/testing/http_response.hpp"
#include "tornado/testing/raw_connection.hpp"
#include "tornado/testing/shuffled_schedule.hpp"
#include "tornado/testing/unused_port.hpp"
#include "tornado/testing/virtual_time.hpp"

# What of the tests of `database` needs real servers: for each kind an entry of its own, which shows when there is none here.
tornado_define_for(database/servers.cpp
    TEST_DATABASE_SERVERS="${CMAKE_CURRENT_SOURCE_DIR}/database/servers.py" TEST_DATABASE_FOLDER="${PROJECT_BINARY_DIR}/test/databases")
if(NOT TARGET database_test)
    return()
endif()

set(test ${TORNADO_TEST_PREFIX}unit.database)
set_tests_properties(${test} PROPERTIES ENVIRONMENT "${tornado_test_environment};TORNADO_TEST_DATABASE=sqlite")
if("thread" IN_LIST TORNADO_SANITIZE)
    return()  # only SQLite has threads
endif()
set(only_mariadb mariadb_connection)
set(only_postgresql postgresql_connection,listener)
set(on_both connection,pool,row_stream,server_connection,server_restart,transaction)
set(suites_postgresql --run_test=${on_both},${only_postgresql} --run_test=server_tls/postgresql)
set(suites_mariadb --run_test=${on_both},${only_mariadb} --run_test=server_tls/mariadb)
set(suites_postgresql-pooled --run_test=pooler)
foreach(server postgresql postgresql-pooled mariadb)
    add_test(NAME ${test}.${server} COMMAND ${tornado_test_launcher} $<TARGET_FILE:database_test> ${suites_${server}})
    set_tests_properties(${test}.${server} PROPERTIES LABELS unit TIMEOUT 900
        ENVIRONMENT "${tornado_test_environment};TORNADO_TEST_DATABASE=${server}"
        SKIP_REGULAR_EXPRESSION "skipped .[a-z0-9-]+. is not installed.*No errors detected")
endforeach()

# What the tests of `database` need to run on real servers.
if(TARGET database_test)
    target_compile_definitions(database_test PRIVATE
        TEST_DATABASE_SERVERS="${CMAKE_CURRENT_SOURCE_DIR}/database/servers.py"
        TEST_DATABASE_FOLDER="${PROJECT_BINARY_DIR}/test/databases")
endif()

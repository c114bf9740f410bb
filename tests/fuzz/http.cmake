trunkshow_fuzz_target(http SOURCES ${CMAKE_CURRENT_LIST_DIR}/http/fuzz_http.c LINK server_hub CORPUS ${CMAKE_CURRENT_LIST_DIR}/http/corpus)

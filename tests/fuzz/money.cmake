trunkshow_fuzz_target(money SOURCES ${CMAKE_CURRENT_LIST_DIR}/money/fuzz_money.c LINK server_base CORPUS ${CMAKE_CURRENT_LIST_DIR}/money/corpus)

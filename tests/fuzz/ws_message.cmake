trunkshow_fuzz_target(ws_message SOURCES ${CMAKE_CURRENT_LIST_DIR}/ws_message/fuzz_ws_message.c LINK server_api
                      CORPUS ${CMAKE_CURRENT_LIST_DIR}/ws_message/corpus)

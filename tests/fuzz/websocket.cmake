trunkshow_fuzz_target(websocket SOURCES ${CMAKE_CURRENT_LIST_DIR}/websocket/fuzz_websocket.c LINK server_hub
                      CORPUS ${CMAKE_CURRENT_LIST_DIR}/websocket/corpus)
